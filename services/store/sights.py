"""What of each country's press is seen: written by pollers, read by everybody who tells that nothing was found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.model.sight import Sight


class SightStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def put(self, sights: Sequence[Sight]) -> None:
        """Makes these the only ones: a country whose feeds are gone has no sight. Every poller writes the same."""
        ...

    def all(self) -> dict[str, Sight]:
        """By country, sorted. How old they are is in each: see `model.sight.state_now`."""
        ...
