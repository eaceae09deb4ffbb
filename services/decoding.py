"""A stage that reads a topic: decodes the records, then lets the stage handle what they hold."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from services.log.base import Delivered, PartitionLost, Reader
from services.model.codec import Codec, FutureVersion, Unreadable
from services.stage import Failed, Handled, Invalid, Latched, Stage

_GLANCE = 0.02  # seconds for which another topic is waited for: Kafka's client needs some to join its group
_SELDOM = 0.5  # seconds between two looks at other topics while the first has something at every turn

Body = TypeVar("Body", bound=msgspec.Struct)


class Decoding(Generic[Body]):
    """See `stage.Stage`. Unreadable records are `Invalid`; a newer release's records latch the stage."""

    def __init__(self, kind: type[Body], stage: Stage[Body]) -> None:
        self._codec = Codec(kind)
        self._stage = stage

    def handle(self, items: Sequence[Delivered]) -> Sequence[Handled]:
        """Decodes all, then handles all."""
        return self._stage.handle([self._decode(item) for item in items])

    def _decode(self, item: Delivered) -> Body:
        try:
            return self._codec.decode(item.value)
        except Unreadable as error:
            raise Invalid(f"unreadable: {error}") from error
        except FutureVersion as error:
            raise Latched(f"{item.topic}, partition {item.partition}: {error}", needs=error.found) from error


class TopicSource:
    """See `stage.Source`: the records of a topic, committed in order; then of further topics, which nobody waits for.

    What another topic says of an article comes behind what the first says: the others are read when the first has
    nothing more. A record that was made from one of the first is so handled after it.
    """

    def __init__(self, reader: Reader, *others: Reader) -> None:
        self._reader = reader
        self._others = others
        self._from: dict[str, Reader] = {}  # topic → who read it
        self._glanced = 0.0

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """Of the first what there is, waiting for it; then of the others what is there.

        Looking at the others takes a moment, so it is not done at every turn that has something to do.
        """
        found = list(self._noted(self._reader, self._reader.read(limit, wait)))
        if found and (len(found) >= limit or time.monotonic() - self._glanced < _SELDOM):
            return found
        for other in self._others:
            if len(found) < limit:
                found += self._noted(other, other.read(limit - len(found), _GLANCE))
        self._glanced = time.monotonic()
        return found

    def commit(self, done: Sequence[tuple[Delivered, Handled | Failed]]) -> None:
        """The records; what became of them is no matter to the log. Raises `PartitionLost` when all are committed
        that could be."""
        lost: PartitionLost | None = None
        for topic, reader in self._from.items():
            if records := [item for item, _ in done if item.topic == topic]:
                try:
                    reader.commit(records)
                except PartitionLost as error:
                    lost = error
        if lost is not None:
            raise lost

    def close(self) -> None:
        """Leaves the groups."""
        for reader in (self._reader, *self._others):
            reader.close()

    def _noted(self, reader: Reader, records: Sequence[Delivered]) -> Sequence[Delivered]:
        if records:
            self._from[records[0].topic] = reader
        return records
