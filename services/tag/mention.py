"""A mention of a state or an international body in an article, whichever way it is named.

Owns the record and how far each way of naming is trusted. Does not find mentions (`services.tag.actors`).
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from services.model.tagged import How

TRUST: Mapping[How, float] = {
    "leader": 1.0, "seat": 1.0, "state": 1.0, "title": 0.9, "body": 0.9, "capital": 0.6, "people": 0.35,
    "carried": 0.5,
}  # fmt: skip
"""Order of trust; a bare demonym ("people") is an adjective and acts only beside a noun cue."""


class Mention(Struct, frozen=True, gc=False):
    """One mention. The span is of `field.view`."""

    countries: tuple[str, ...]  # one, or the two of a compound ("argentino-chileno")
    how: How
    start: int
    end: int
    rule: str
    role: str | None = None
    name: str | None = None
    place: bool = False  # named as where something happens, not as who does it

    @property
    def acts(self) -> bool:
        """Whether it can be a side by itself."""
        return self.how != "people"

    @property
    def trust(self) -> float:
        """From 0 to 1."""
        return TRUST[self.how] * (0.5 if self.place else 1.0)
