"""What operators look at and act on: latched stages and running processes."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Latch(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that waits for somebody to look. `needs`: the record version with which it goes on by itself."""

    stage: str
    reason: str
    since: float
    needs: int | None = None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A running worker as it last reported itself. `problem` is empty while all is well."""

    name: str  # stage-number@host
    stage: str
    pid: int
    address: str  # host:port of its /metrics and /health, empty when it serves none
    at: float
    problem: str = ""


class OperationStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def latch(self, latch: Latch) -> None:
        """Stops the stage, in all its workers, until `resume`."""
        ...

    def latches(self) -> dict[str, Latch]:
        """Stage → its latch, for the stages that are latched."""
        ...

    def resume(self, stage: str) -> bool:
        """Lifts the latch; False when there was none."""
        ...

    def report(self, process: Process, ttl: float) -> None:
        """A worker's sign of life; forgotten after `ttl` seconds without another."""
        ...

    def processes(self) -> list[Process]:
        """The workers that have reported themselves, by name."""
        ...
