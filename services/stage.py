"""What a stage is: a function from a batch of items to what becomes of each, and a source that it reads.

`worker.py` runs every stage with the same loop:

    source.read | stage.handle | log.append | source.commit

so a crash between any two steps repeats work and loses none. This file is the contract only; it owns no I/O.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

import msgspec

In = TypeVar("In")
InContra = TypeVar("InContra", contravariant=True)


class Keyed(Protocol):
    """A record for the log: its id is its key, so that the versions of one article stay in order."""

    @property
    def id(self) -> str: ...


class Drop(NamedTuple):
    """An article that is not passed on: counted by reason, and found by its id."""

    id: str
    reason: str  # a short code, declared in telemetry.DROP_REASONS


class Handled(NamedTuple):
    """What became of one item."""

    records: Sequence[msgspec.Struct] = ()  # Keyed; appended to the stage's outgoing topic
    dropped: Sequence[Drop] = ()
    effect: object = None  # for the source's commit: a feed's new state, a delivery's outcome


class Invalid(Exception):
    """This item will never be handled, however often it is tried: a dead letter at once, with this reason."""


class Latched(Exception):
    """The stage must not go on until somebody has looked: nearly everything fails, or a newer release writes.

    `needs` is the record version that a release must know to go on by itself; None waits for `atalaya resume`.
    """

    def __init__(self, reason: str, needs: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.needs = needs


class Stage(Protocol[InContra]):
    """Handles items. Holds no position: what it did not return is handled again after a crash."""

    def handle(self, items: Sequence[InContra]) -> Sequence[Handled]:
        """One `Handled` per item, in order.

        May be called again with the same items, alone or together. When it raises, the loop calls it item by
        item, retries those that fail a few times and makes dead letters of the rest; `Invalid` is not retried.
        """
        ...


class Failed(NamedTuple):
    """An item that the loop gave up on; the source learns it at commit, after its dead letter is safe."""

    reason: str


class Source(Protocol[In]):
    """Where a stage's items come from: a topic, the feeds that are due, the deliveries that are due."""

    def read(self, limit: int, wait: float) -> Sequence[In]:
        """At most `limit` items; waits up to `wait` seconds for the first. Empty when there is nothing."""
        ...

    def commit(self, done: Sequence[tuple[In, Handled | Failed]]) -> None:
        """These items are done and what came of them is durable: never give them again.

        Takes any part of what was read, in the order of reading. What was read and never committed is given
        again, to this reader or to another.
        """
        ...

    def close(self) -> None:
        """Gives back what was read and not committed; idempotent."""
        ...
