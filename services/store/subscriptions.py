"""Where subscriptions live. The store is the truth; files and the API write to it, each under an owner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.model.subscription import Subscription
from services.store.base import StoreError


class Taken(StoreError):
    """Another owner has a subscription with this id: choose another id. Nothing was changed."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"these subscription ids belong to another owner: {', '.join(ids)}")
        self.ids = tuple(ids)


class SubscriptionStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def replace(self, owner: str, subscriptions: Sequence[Subscription]) -> bool:
        """Makes these the owner's only ones, all at once; False when nothing changed. Raises `Taken`."""
        ...

    def put(self, subscription: Subscription) -> None:
        """Adds it or replaces the one of the same owner and id. Raises `Taken`."""
        ...

    def remove(self, subscription_id: str) -> bool:
        """Removes it, whoever owns it; False when there was none."""
        ...

    def get(self, subscription_id: str) -> Subscription | None:
        """The one with this id."""
        ...

    def revision(self) -> int:
        """Grows with every change, and with nothing else."""
        ...

    def all(self) -> tuple[int, list[Subscription]]:
        """The revision and all subscriptions of that very revision, by id."""
        ...
