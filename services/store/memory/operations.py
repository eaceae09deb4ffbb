"""Dead letters, latches and processes, in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import msgspec

from services.store.operations import DeadLetter, Latch, Process


class MemoryOperations:
    """See `store.operations.OperationStore`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._letters: dict[str, DeadLetter] = {}
        self._latches: dict[str, Latch] = {}
        self._processes: dict[str, tuple[Process, float]] = {}
        self._clock = clock

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them."""
        self._letters |= {letter.id: letter for letter in letters}

    def dead_letters(self, stage: str | None = None, state: str | None = "open", limit: int = 1000) -> list[DeadLetter]:
        """The newest first."""
        found = [
            letter
            for letter in self._letters.values()
            if stage in (None, letter.stage) and state in (None, letter.state)
        ]
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        return self._letters.get(letter_id)

    def mark_dead_letter(self, letter_id: str, state: str) -> None:
        """Sets its state."""
        if letter := self._letters.get(letter_id):
            self._letters[letter_id] = msgspec.structs.replace(letter, state=state)

    def latch(self, latch: Latch) -> None:
        """Stops the stage."""
        self._latches[latch.stage] = latch

    def latches(self) -> dict[str, Latch]:
        """Stage → its latch."""
        return dict(self._latches)

    def resume(self, stage: str) -> bool:
        """Lifts the latch."""
        return self._latches.pop(stage, None) is not None

    def report(self, process: Process, ttl: float) -> None:
        """A worker's sign of life."""
        self._processes[process.name] = (process, self._clock() + ttl)

    def processes(self) -> list[Process]:
        """Those that have reported themselves."""
        now = self._clock()
        return sorted((each for each, end in self._processes.values() if end > now), key=lambda each: each.name)
