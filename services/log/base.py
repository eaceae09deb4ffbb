"""The promise of the log. The adapters `memory`, `streams` and `kafka` keep it; one contract suite holds them to it.

Errors, by what the caller does next:

    LogError
    ├── LogFull         pause, keep what you have, try again later: nothing was appended or some of it was
    ├── LogUnavailable  stop uncommitted; the supervisor starts you again with back-off
    ├── PartitionLost   another member owns it now: drop the batch, it is delivered again there
    └── TooLarge        this one record can never be appended: a dead letter
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol


class LogError(Exception):
    """Anything that a log answers with instead of doing what it was asked."""


class LogFull(LogError):
    """No room: the size limit of a topic, or the server's memory or disk, is reached."""


class LogUnavailable(LogError):
    """The server does not answer, or does not let us in."""


class PartitionLost(LogError):
    """A commit came too late: the partition belongs to another member of the group."""


class TooLarge(LogError):
    """The record is larger than the log takes."""


class Topic(NamedTuple):
    """A topic, its readers and its limits. `pipeline.py` declares them all."""

    name: str
    groups: tuple[str, ...]  # every group that reads it: what one of them has not read is not trimmed
    partitions: int = 4
    keep_seconds: float = 7 * 86_400.0  # what every group has read is trimmed after this
    max_records: int = 1_000_000  # at this many the append fails, unless read records can be trimmed; an empty
    # topic takes a batch of any size
    headroom: float = 0.0  # share of the server's memory that must stay free: early topics refuse before late ones,
    # so that what is already inside can still drain


class Record(NamedTuple):
    """What is appended: records with one key stay in one partition, in order."""

    key: str
    value: bytes


class Delivered(NamedTuple):
    """A record as read. (topic, partition, offset) names it for ever."""

    topic: str
    partition: int
    offset: str
    key: str
    value: bytes


class Kept(NamedTuple):
    """A record that the log still holds, and the moment at which it was stored there (seconds since the epoch)."""

    at: float
    record: Delivered


class Reader(Protocol):
    """One member of a group. Each partition belongs to one member at a time; used by one thread."""

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """At most `limit` records of the partitions owned, each partition in order; waits up to `wait` seconds.

        First comes what an earlier owner read and did not commit. Raises `LogUnavailable`.
        """
        ...

    def commit(self, records: Sequence[Delivered]) -> None:
        """The group is done with these and with everything before them in their partitions.

        Raises `PartitionLost` when a partition has moved meanwhile (the others are committed), `LogUnavailable`.
        """
        ...

    def close(self) -> None:
        """Leaves the group; what was read and not committed goes to the other members. Idempotent."""
        ...


class Log(Protocol):
    """Appends, and opens readers. At least once: an append that fails may have been stored all the same."""

    def prepare(self, topics: Sequence[Topic]) -> None:
        """Creates topics and groups that are missing; a group starts at the oldest record. Idempotent."""
        ...

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """Returns when all records are stored as safely as the log can; order is kept per key.

        Raises `LogFull`, `TooLarge`, `LogUnavailable`; then any part may be stored, and all must be sent again.
        """
        ...

    def reader(self, topic: str, group: str, member: str) -> Reader:
        """Joins the group. `member` is stable over restarts where the deployment gives stable names."""
        ...

    def lag(self, topic: str, group: str) -> int:
        """How many records the group has not committed."""
        ...

    def kept(self, topic: str, since: float) -> Iterator[Kept]:
        """What the topic still holds of the records stored from `since` until this call, each partition in order.

        For looking back: it belongs to no group, commits nothing and takes no partition from anybody. What is
        trimmed meanwhile may be missing. Raises `LogUnavailable`, also in the middle.
        """
        ...

    def trim(self, now: float) -> None:
        """Removes what every group has read and is older than the topic keeps. Never what a group has not read."""
        ...

    def close(self) -> None:
        """Releases connections; idempotent."""
        ...
