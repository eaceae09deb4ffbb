"""The index of dead letters: what stages gave up on, kept until somebody retries or drops it, and a while longer.

Owns their end as well: a closed letter goes some days after it was closed, and there is a number that all of them
never exceed for long, so that an index which nobody looks at cannot fill the store.
"""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import NamedTuple, Protocol

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


class Kept(NamedTuple):
    """How long letters stay; the same in all processes."""

    closed: float = 30 * 86_400.0  # seconds from the closing of a letter to its end
    most: int = 10_000  # beyond this many the oldest go, closed ones first


DEFAULT = Kept()


class Expired(NamedTuple):
    """How many letters were removed: closed ones, and open ones for which there was no room."""

    closed: int = 0
    open: int = 0


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

    def mark(self, letter_id: str, state: str, now: float) -> None:
        """Closes it: retried or dropped. Unknown ids are ignored.

        Atomic: a letter that fails anew meanwhile is either closed before and open again, or closed as it is then.
        """
        ...

    def expire(self, now: float) -> Expired:
        """Removes what `Kept` does not keep, perhaps not all of it at once."""
        ...
