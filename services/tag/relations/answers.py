"""A refusal without a recipient answers the last proposal on the same topic.

Owns the list of proposals of one article. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.tag.relations.draft import Draft, Near
from services.tag.relations.frame import Side

_OPEN = frozenset(("propose", "request", "demand"))


class Proposals:
    """The proposals told so far, in order."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []

    def note(self, draft: Draft) -> None:
        """Remember a relation if it is a proposal."""
        if draft.kind in _OPEN and not draft.flags.negated:
            self._drafts.append(draft)

    def answered_by(self, side: Side, topics: Iterable[Near]) -> Side | None:
        """Who is refused when this side refuses something about these topics, or None."""
        areas = {near.area for near in topics}
        mine = set(side.countries)
        for draft in reversed(self._drafts):
            if set(draft.actors) & mine:
                continue
            if not areas or not draft.areas or areas & set(draft.areas):
                return draft.actor
        return None
