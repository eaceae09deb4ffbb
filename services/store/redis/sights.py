"""Sights on Redis: the hash `atalaya:sights`, country → sight as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from services.model.sight import Sight
from services.store.redis.client import PREFIX, guarded

_SIGHTS = PREFIX + "sights"

_sight = msgspec.json.Decoder(Sight)


class RedisSights:
    """See `store.sights.SightStore`."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client  # redis-py types each answer as a union over all its protocols

    def put(self, sights: Sequence[Sight]) -> None:
        """Replaces all, in one transaction."""
        rows = {each.country: msgspec.json.encode(each) for each in sights}
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            pipe.delete(_SIGHTS)
            if rows:
                pipe.hset(_SIGHTS, mapping=rows)
            pipe.execute()

    def all(self) -> dict[str, Sight]:
        """One command."""
        with guarded():
            found = [_sight.decode(value) for value in self._client.hvals(_SIGHTS)]
        return {each.country: each for each in sorted(found, key=lambda each: each.country)}
