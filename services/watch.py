"""A file that may change while we run: looked at by its time stamp and size, read only when these differ."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


class WatchedFile:
    """Looks at most every `every` seconds. A file that is missing or cannot be read has not changed."""

    def __init__(self, path: Path, every: float = 1.0, clock: Callable[[], float] = time.monotonic) -> None:
        self.path = path
        self._every = every
        self._clock = clock
        self._next = clock()
        self._stamp: tuple[int, int, int] | None = None

    def changed(self) -> str | None:
        """The text, when it is new since the last call; None otherwise. Undecodable bytes become U+FFFD."""
        if self._clock() < self._next:
            return None
        self._next = self._clock() + self._every
        try:
            found = self.path.stat()
            stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
            if stamp == self._stamp:
                return None
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        self._stamp = stamp
        return text

    def forget(self) -> None:
        """The text could not be used for now: `changed` gives it again at the next call."""
        self._stamp = None
        self._next = self._clock()
