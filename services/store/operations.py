"""What operators look at and act on: dead letters, latched stages, running processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True, tag="dead_letter", tag_field="type"):
    """A record that a stage gave up on, with all that is needed to see why and to send it again.

    `id` comes from stage and origin, so the same failure after a crash is one dead letter.
    `value` is the record's bytes (base64 in JSON). `state`: open, retried or dropped.
    """

    id: str
    stage: str
    reason: str
    stack: str
    topic: str
    partition: int
    offset: str
    key: str
    value: bytes
    at: float  # seconds since the epoch
    attempts: int
    state: str = "open"


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

    def add_dead_letters(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them; one whose id is known and open is replaced."""
        ...

    def dead_letters(self, stage: str | None = None, state: str | None = "open", limit: int = 1000) -> list[DeadLetter]:
        """The newest first."""
        ...

    def dead_letter(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        ...

    def mark_dead_letter(self, letter_id: str, state: str) -> None:
        """Sets its state: retried or dropped. Unknown ids are ignored."""
        ...

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
