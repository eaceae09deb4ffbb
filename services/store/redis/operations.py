"""Dead letters, latches and processes on Redis.

Keys: `atalaya:dead` (hash id → dead letter), `atalaya:dead:by-time` (sorted set of ids),
`atalaya:latches` (hash stage → latch), `atalaya:process:NAME` (string with a time to live).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import redis

from services.store.operations import DeadLetter, Latch, Process
from services.store.redis.client import PREFIX, guarded

_DEAD = PREFIX + "dead"
_BY_TIME = PREFIX + "dead:by-time"
_LATCHES = PREFIX + "latches"
_PROCESS = PREFIX + "process:"
_PAGE = 500

_letter = msgspec.json.Decoder(DeadLetter)
_latch = msgspec.json.Decoder(Latch)
_process = msgspec.json.Decoder(Process)


class RedisOperations:
    """See `store.operations.OperationStore`."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them, in one transaction."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            for letter in letters:
                pipe.hset(_DEAD, letter.id, msgspec.json.encode(letter))
                pipe.zadd(_BY_TIME, {letter.id: letter.at})
            pipe.execute()

    def dead_letters(self, stage: str | None = None, state: str | None = "open", limit: int = 1000) -> list[DeadLetter]:
        """The newest first, read page by page."""
        found: list[DeadLetter] = []
        start = 0
        with guarded():
            while len(found) < limit:
                ids = self._client.zrevrange(_BY_TIME, start, start + _PAGE - 1)
                if not ids:
                    break
                values = self._client.hmget(_DEAD, ids)
                page = [_letter.decode(value) for value in values if value is not None]
                found += [letter for letter in page if stage in (None, letter.stage) and state in (None, letter.state)]
                start += _PAGE
        return found[:limit]

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        with guarded():
            value = self._client.hget(_DEAD, letter_id)
        return None if value is None else _letter.decode(value)

    def mark_dead_letter(self, letter_id: str, state: str) -> None:
        """Sets its state."""
        if letter := self.dead_letter(letter_id):
            with guarded():
                self._client.hset(_DEAD, letter_id, msgspec.json.encode(msgspec.structs.replace(letter, state=state)))

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
