"""The index of dead letters: what stages gave up on, kept until somebody retries or drops it."""

from __future__ import annotations

import builtins
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


class DeadLetterStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def add(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them; one whose id is known is replaced, and is open again: it has failed anew."""
        ...

    def list(
        self, stage: str | None = None, state: str | None = "open", limit: int = 1000
    ) -> builtins.list[DeadLetter]:
        """The newest first."""
        ...

    def get(self, letter_id: str) -> DeadLetter | None:
        """The one with this id."""
        ...

    def mark(self, letter_id: str, state: str) -> None:
        """Sets its state: retried or dropped. Unknown ids are ignored."""
        ...
