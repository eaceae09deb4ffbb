"""Subscriptions, in memory."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.model.subscription import Subscription
from services.store.subscriptions import Taken


class MemorySubscriptions:
    """See `store.subscriptions.SubscriptionStore`."""

    def __init__(self) -> None:
        self._all: dict[str, Subscription] = {}
        self._revision = 0

    def replace(self, owner: str, subscriptions: Sequence[Subscription]) -> bool:
        """Makes these the owner's only ones."""
        owned = self._owned(owner, subscriptions)
        others = {key: each for key, each in self._all.items() if each.owner != owner}
        return self._set(others | owned)

    def put(self, subscription: Subscription) -> None:
        """Adds or replaces one."""
        self._set(self._all | self._owned(subscription.owner, [subscription]))

    def remove(self, subscription_id: str) -> bool:
        """Removes one."""
        return self._set({key: each for key, each in self._all.items() if key != subscription_id})

    def get(self, subscription_id: str) -> Subscription | None:
        """The one with this id."""
        return self._all.get(subscription_id)

    def revision(self) -> int:
        """Grows with every change."""
        return self._revision

    def all(self) -> tuple[int, list[Subscription]]:
        """Revision and documents."""
        return self._revision, [self._all[key] for key in sorted(self._all)]

    def _owned(self, owner: str, subscriptions: Sequence[Subscription]) -> dict[str, Subscription]:
        taken = [each.id for each in subscriptions if each.id in self._all and self._all[each.id].owner != owner]
        if taken:
            raise Taken(taken)
        return {each.id: msgspec.structs.replace(each, owner=owner) for each in subscriptions}

    def _set(self, found: dict[str, Subscription]) -> bool:
        changed = found != self._all
        self._all = found
        self._revision += changed
        return changed
