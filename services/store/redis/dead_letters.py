"""Dead letters on Redis.

Keys: `atalaya:dead` (hash id → dead letter), `atalaya:dead:by-time` (sorted set of ids).
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import msgspec
import redis

from services.store.dead_letters import DeadLetter
from services.store.redis.client import PREFIX, guarded

_DEAD = PREFIX + "dead"
_BY_TIME = PREFIX + "dead:by-time"
_PAGE = 500

_letter = msgspec.json.Decoder(DeadLetter)


class RedisDeadLetters:
    """See `store.dead_letters.DeadLetterStore`."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them, in one transaction."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            for letter in letters:
                pipe.hset(_DEAD, letter.id, msgspec.json.encode(letter))
                pipe.zadd(_BY_TIME, {letter.id: letter.at})
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

    def mark(self, letter_id: str, state: str) -> None:
        """Sets its state."""
        if letter := self.get(letter_id):
            with guarded():
                self._client.hset(_DEAD, letter_id, msgspec.json.encode(msgspec.structs.replace(letter, state=state)))
