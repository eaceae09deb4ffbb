"""Dead letters on Redis.

Keys: `atalaya:dead` (hash id → dead letter), `atalaya:dead:by-time` (sorted set of ids), `atalaya:dead:closed` (sorted
set of the closed ones' ids, by when they were closed).
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.store.dead_letters import DEFAULT, DeadLetter, Expired, Kept
from services.store.redis.client import PREFIX, guarded, script

_DEAD = PREFIX + "dead"
_BY_TIME = PREFIX + "dead:by-time"
_CLOSED = PREFIX + "dead:closed"
_KEYS = [_DEAD, _BY_TIME, _CLOSED]
_PAGE = 500

_letter = msgspec.json.Decoder(DeadLetter)


class RedisDeadLetters:
    """See `store.dead_letters.DeadLetterStore`."""

    def __init__(self, client: redis.Redis, kept: Kept = DEFAULT) -> None:
        self._client = client
        self._kept = kept
        self._script: Any = script(client, Path(__file__).with_name("dead_letters.lua"))

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them, in one transaction."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            for letter in letters:
                pipe.hset(_DEAD, letter.id, msgspec.json.encode(letter))
                pipe.zadd(_BY_TIME, {letter.id: letter.at})
                pipe.zrem(_CLOSED, letter.id)
            pipe.execute()

    def list(
        self, stage: str | None = None, state: str | None = "open", limit: int = 1000
    ) -> builtins.list[DeadLetter]:
        """The newest first, read page by page."""
        found: builtins.list[DeadLetter] = []
        start = 0
        with guarded():
            while len(found) < limit:
                ids = [bytes(each) for each in self._client.zrevrange(_BY_TIME, start, start + _PAGE - 1)]  # type: ignore[arg-type]
                if not ids:
                    break
                values = self._client.hmget(_DEAD, ids)
                page = [_letter.decode(value) for value in values if value is not None]
                found += [letter for letter in page if stage in (None, letter.stage) and state in (None, letter.state)]
                start += _PAGE
        return found[:limit]

    def get(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        with guarded():
            value = self._client.hget(_DEAD, letter_id)
        return None if value is None else _letter.decode(value)

    def mark(self, letter_id: str, state: str, now: float) -> None:
        """Closes it, in one script that changes nothing when the letter is another than was read; then once more."""
        with guarded():
            while (value := self._client.hget(_DEAD, letter_id)) is not None:
                closed = msgspec.json.encode(msgspec.structs.replace(_letter.decode(value), state=state))
                if self._script(keys=_KEYS, args=["close", letter_id, value, closed, f"{now:.3f}"]):
                    return

    def expire(self, now: float) -> Expired:
        """Some thousand at most, in one script."""
        with guarded():
            before = f"{now - self._kept.closed:.3f}"
            closed, waiting = self._script(keys=_KEYS, args=["expire", before, self._kept.most])
        return Expired(int(closed), int(waiting))
