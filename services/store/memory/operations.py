"""Latches and processes, in memory."""

from __future__ import annotations

import time
from collections.abc import Callable

from services.store.operations import Latch, Process


class MemoryOperations:
    """See `store.operations.OperationStore`."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._latches: dict[str, Latch] = {}
        self._processes: dict[str, tuple[Process, float]] = {}
        self._clock = clock

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
