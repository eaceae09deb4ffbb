"""Latches and processes on Redis.

Keys: `atalaya:latches` (hash stage → latch), `atalaya:process:NAME` (string with a time to live).
"""

from __future__ import annotations

import msgspec
import redis

from services.store.operations import Latch, Process
from services.store.redis.client import PREFIX, guarded

_LATCHES = PREFIX + "latches"
_PROCESS = PREFIX + "process:"

_latch = msgspec.json.Decoder(Latch)
_process = msgspec.json.Decoder(Process)


class RedisOperations:
    """See `store.operations.OperationStore`."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def latch(self, latch: Latch) -> None:
        """Stops the stage."""
        with guarded():
            self._client.hset(_LATCHES, latch.stage, msgspec.json.encode(latch))

    def latches(self) -> dict[str, Latch]:
        """Stage → its latch."""
        with guarded():
            values = self._client.hvals(_LATCHES)
        return {latch.stage: latch for latch in map(_latch.decode, values)}

    def resume(self, stage: str) -> bool:
        """Lifts the latch."""
        with guarded():
            return bool(self._client.hdel(_LATCHES, stage))

    def report(self, process: Process, ttl: float) -> None:
        """A worker's sign of life."""
        with guarded():
            self._client.set(_PROCESS + process.name, msgspec.json.encode(process), px=int(ttl * 1000))

    def processes(self) -> list[Process]:
        """Those that have reported themselves."""
        with guarded():
            keys = sorted(self._client.scan_iter(match=_PROCESS + "*", count=500))
            values = self._client.mget(keys) if keys else []
        return [_process.decode(value) for value in values if value is not None]
