"""Dead letters, in memory."""

from __future__ import annotations

import builtins
from collections.abc import Sequence

import msgspec

from services.store.dead_letters import DeadLetter


class MemoryDeadLetters:
    """See `store.dead_letters.DeadLetterStore`."""

    def __init__(self) -> None:
        self._letters: dict[str, DeadLetter] = {}

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them."""
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

    def mark(self, letter_id: str, state: str) -> None:
        """Sets its state."""
        if letter := self._letters.get(letter_id):
            self._letters[letter_id] = msgspec.structs.replace(letter, state=state)
