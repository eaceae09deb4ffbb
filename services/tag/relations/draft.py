"""A relation as it is read, before it is scored."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from services.model.tagged import Kind
from services.tag.lazy import lazy
from services.tag.relations.flags import Flags
from services.tag.relations.frame import CueHit, Frame, Side


class Near(Struct, frozen=True, gc=False):
    """A topic that stands with a relation: in its sentence, in a neighbour, or in the cue itself."""

    topic: str
    area: str
    where: str  # same | near | cue | answer: of the proposal that is refused
    strong: bool
    start: int
    end: int


class Draft(Struct, frozen=True, dict=True):
    """One cue with its sides, flags and topics."""

    kind: Kind
    hit: CueHit
    frame: Frame
    actor: Side
    recipient: Side  # the same side as `actor` where the states act together as one group
    syntax: str
    flags: Flags
    topics: tuple[Near, ...]

    @lazy
    def actors(self) -> tuple[str, ...]:
        """The states on the acting side."""
        return self.actor.countries

    @lazy
    def recipients(self) -> tuple[str, ...]:
        """The states on the other side; empty when all act together."""
        return () if self.recipient is self.actor else self.recipient.countries

    def pairs(self) -> Sequence[tuple[str, str]]:
        """Every unordered pair of different states that the relation is between, sorted."""
        return self._pairs

    @lazy
    def _pairs(self) -> Sequence[tuple[str, str]]:
        if self.recipient is self.actor:
            both = [(a, b) for i, a in enumerate(self.actors) for b in self.actors[i + 1 :]]
        else:
            both = [(a, b) for a in self.actors for b in self.recipient.countries]
        return sorted({(a, b) if a < b else (b, a) for a, b in both if a != b})

    @lazy
    def areas(self) -> list[str]:
        """The areas of its topics, in order of first appearance."""
        return list(dict.fromkeys(near.area for near in self.topics))
