"""Subscriptions on Redis.

Keys: `atalaya:subscriptions` (hash id → document), `atalaya:subscriptions:of:OWNER` (set of ids),
`atalaya:subscriptions:revision`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.model.subscription import Subscription
from services.store.redis.client import PREFIX, guarded, script
from services.store.subscriptions import Taken

_ALL = PREFIX + "subscriptions"
_OF = PREFIX + "subscriptions:of:"
_REVISION = PREFIX + "subscriptions:revision"

_decoder = msgspec.json.Decoder(Subscription)


class RedisSubscriptions:
    """See `store.subscriptions.SubscriptionStore`."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client  # redis-py types each answer as a union over all its protocols
        self._change = script(client, Path(__file__).with_name("subscriptions.lua"))

    def replace(self, owner: str, subscriptions: Sequence[Subscription]) -> bool:
        """Makes these the owner's only ones."""
        return self._write("replace", owner, subscriptions)

    def put(self, subscription: Subscription) -> None:
        """Adds or replaces one."""
        self._write("put", subscription.owner, [subscription])

    def remove(self, subscription_id: str) -> bool:
        """Removes one."""
        found = self.get(subscription_id)
        if found is None:
            return False
        with guarded():
            answer = self._change(keys=[_ALL, _REVISION], args=["remove", _OF, subscription_id, found.owner])
        return bool(answer[0] == b"changed")

    def get(self, subscription_id: str) -> Subscription | None:
        """The one with this id."""
        with guarded():
            value = self._client.hget(_ALL, subscription_id)
        return None if value is None else _decoder.decode(value)

    def revision(self) -> int:
        """Grows with every change."""
        with guarded():
            return int(self._client.get(_REVISION) or 0)

    def all(self) -> tuple[int, list[Subscription]]:
        """Revision and documents, read in one transaction."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            pipe.get(_REVISION)
            pipe.hvals(_ALL)
            revision, values = pipe.execute()
        found = sorted(map(_decoder.decode, values), key=lambda subscription: subscription.id)
        return int(revision or 0), found

    def _write(self, operation: str, owner: str, subscriptions: Sequence[Subscription]) -> bool:
        owned = [msgspec.structs.replace(subscription, owner=owner) for subscription in subscriptions]
        documents = [(each.id, msgspec.json.encode(each).decode()) for each in owned]
        with guarded():
            answer = self._change(
                keys=[_ALL, _REVISION, _OF + owner], args=[operation, _OF, msgspec.msgpack.encode(documents)]
            )
        if answer[0] == b"taken":
            raise Taken([each.decode() for each in answer[1:]])
        return bool(answer[0] == b"changed")
