"""A file that may change while we run: looked at by its time stamp and size, read only when these differ."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


class WatchedFile:
    """Looks at most every `every` seconds. A file that is missing or cannot be read has not changed.

    A change counts when the file has rested for `rest` seconds, or two looks in a row find the same: one that is
    still being written may look whole and hold half of what it should. The first text is given at once.
    """

    def __init__(
        self,
        path: Path,
        every: float = 1.0,
        rest: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.path = path
        self._every = every
        self._rest = rest
        self._clock = clock
        self._wall = wall
        self._next = clock()
        self._read: tuple[int, int, int] | None = None
        self._seen: tuple[int, int, int] | None = None  # at the last look

    def changed(self) -> str | None:
        """The text, when it is new since the last call; None otherwise. Undecodable bytes become U+FFFD."""
        if self._clock() < self._next:
            return None
        self._next = self._clock() + self._every
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            rests = stamp == self._seen or self._wall() - found.st_mtime >= self._rest
            self._seen = stamp
            if stamp == self._read or not (rests or self._read is None):
                return None
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        self._read = stamp
        return text

    def forget(self) -> None:
        """The text could not be used for now: `changed` gives it again at the next call."""
        self._read = None
        self._next = self._clock()
