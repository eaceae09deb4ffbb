"""A stage that reads a topic: decodes the records, then lets the stage handle what they hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

from services.log.base import Delivered, Reader
from services.model.codec import Codec, FutureVersion, Unreadable
from services.stage import Failed, Handled, Invalid, Latched, Stage

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
    """See `stage.Source`: a topic's records, committed in order."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """The reader's."""
        return self._reader.read(limit, wait)

    def commit(self, done: Sequence[tuple[Delivered, Handled | Failed]]) -> None:
        """The records; what became of them is no matter to the log."""
        self._reader.commit([item for item, _ in done])

    def close(self) -> None:
        """Leaves the group."""
        self._reader.close()
