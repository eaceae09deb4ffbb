"""Sights, in memory."""

from __future__ import annotations

from collections.abc import Sequence

from services.model.sight import Sight


class MemorySights:
    """See `store.sights.SightStore`."""

    def __init__(self) -> None:
        self._sights: dict[str, Sight] = {}

    def put(self, sights: Sequence[Sight]) -> None:
        """Replaces all."""
        self._sights = {each.country: each for each in sorted(sights, key=lambda each: each.country)}

    def all(self) -> dict[str, Sight]:
        """By country."""
        return dict(self._sights)
