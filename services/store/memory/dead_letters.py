"""Dead letters, in memory."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import msgspec

from services.store.dead_letters import DEFAULT, DeadLetter, Expired, Kept


class MemoryDeadLetters:
    """See `store.dead_letters.DeadLetterStore`."""

    def __init__(self, kept: Kept = DEFAULT) -> None:
        self._kept = kept
        self._letters: dict[str, DeadLetter] = {}
        self._closed: dict[str, float] = {}  # id → when it was closed

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them."""
        for letter in letters:
            self._closed.pop(letter.id, None)
        self._letters |= {letter.id: letter for letter in letters}

    def list(
        self, stage: str | None = None, state: str | None = "open", limit: int = 1000
    ) -> builtins.list[DeadLetter]:
        """The newest first."""
        found = [
            letter
            for letter in self._letters.values()
            if stage in (None, letter.stage) and state in (None, letter.state)
        ]
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    def get(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        return self._letters.get(letter_id)

    def mark(self, letter_id: str, state: str, now: float) -> None:
        """Closes it."""
        if letter := self._letters.get(letter_id):
            self._letters[letter_id] = msgspec.structs.replace(letter, state=state)
            self._closed[letter_id] = now

    def expire(self, now: float) -> Expired:
        """Removes what is not kept."""
        old = [name for name, at in self._closed.items() if at <= now - self._kept.closed]
        self._remove(old)
        over = max(0, len(self._letters) - self._kept.most)
        more = sorted(self._closed, key=self._closed.__getitem__)[:over]
        self._remove(more)
        waiting = sorted(self._letters, key=lambda name: self._letters[name].at)[: over - len(more)]
        self._remove(waiting)
        return Expired(len(old) + len(more), len(waiting))

    def _remove(self, ids: Sequence[str]) -> None:
        for name in ids:
            self._letters.pop(name)
            self._closed.pop(name, None)
