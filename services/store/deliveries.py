"""Where deliveries wait for their time: claimed before they are sent, settled after.

Rows are made by `AlertStore.raise_all` together with their alert. Each address (endpoint) has a queue of its own,
so that one that fails or stalls holds up nobody else: at most `cap` of its deliveries are claimed at a time, only
one while its last attempt failed, and none while it is held (after many failures in a row, or because it asked
for a pause) or paused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.model.delivery import Delivery, Endpoint, Settlement


class Limits(NamedTuple):
    """How an endpoint is treated; the same in all workers."""

    cap: int = 4  # claims at a time
    failures: int = 5  # in a row, after which it is held
    hold: float = 60.0  # seconds


class DeliveryStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def claim(self, token: str, now: float, limit: int, lease: float, limits: Limits) -> list[Delivery]:
        """At most `limit` that are due; nobody else gets them for `lease` seconds. `token` names the claimer."""
        ...

    def settle(self, token: str, settlements: Sequence[Settlement], limits: Limits) -> list[bool]:
        """What the claimed came to. False: the claim had run out and another has it; only its attempt is noted."""
        ...

    def get(self, delivery_id: str) -> Delivery | None:
        """The row with its attempts log, for as long as it is kept."""
        ...

    def recent(self, state: str, limit: int = 100) -> list[Delivery]:
        """Those that ended in this state (dead or cancelled), the newest first."""
        ...

    def endpoints(self) -> list[Endpoint]:
        """Every address that has something waiting, failing or paused, by address."""
        ...

    def resume(self, endpoint: str, now: float) -> bool:
        """Lifts a pause or a hold; what waits is due at once. False when there was neither."""
        ...

    def redeliver(self, delivery_id: str, now: float) -> bool:
        """Makes an ended delivery due again, with its schedule from the start. False: unknown or waiting."""
        ...
