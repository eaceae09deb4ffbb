"""Dead letters: kept as records of `atalaya.dead` and in the index; sent again or dropped by hand."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from services.log.base import Log, Record
from services.model.codec import encode
from services.store.dead_letters import DeadLetter, DeadLetterStore

TOPIC = "atalaya.dead"


class DeadLetterBox:
    """Owns the order: the record first, then the index, so that what is listed is safe."""

    def __init__(self, log: Log, index: DeadLetterStore, clock: Callable[[], float] = time.time) -> None:
        self._log = log
        self._index = index
        self._clock = clock

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Keeps them; the same letters again are the same letters."""
        self._log.append(TOPIC, [Record(letter.id, encode(letter)) for letter in letters])
        self._index.add(letters)

    def retry(self, letter: DeadLetter) -> bool:
        """Appends the record to its origin again; False when it came from no topic (a feed, a delivery).

        A crash between the two steps leaves the letter open: a second retry sends it twice, and the stages
        recognise the repeat by its id.
        """
        if not letter.topic:
            return False
        self._log.append(letter.topic, [Record(letter.key, letter.value)])
        self._index.mark(letter.id, "retried", self._clock())
        return True

    def drop(self, letter: DeadLetter) -> None:
        """Closes it; the record stays in the topic for as long as the topic keeps records."""
        self._index.mark(letter.id, "dropped", self._clock())
