"""The page queue in memory, for one process. Thread-safe."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from services.store.pages import Claimed, Page


class MemoryPages:
    """See `store.pages.PageStore`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._pages: dict[str, Page] = {}
        self._due: dict[str, float] = {}
        self._token: dict[str, int] = {}
        self._tokens = 0

    def add(self, pages: Sequence[Page], now: float) -> None:
        """Queues them."""
        with self._lock:
            for page in pages:
                key = page.article.id
                known = self._pages.get(key)
                if known is None or known.article.version < page.article.version:
                    self._pages[key] = page
                    self._due[key] = now
                    self._token[key] = 0

    def claim(self, now: float, limit: int, seconds: float) -> list[Claimed]:
        """Pages that are due."""
        with self._lock:
            found = sorted((when, key) for key, when in self._due.items() if when <= now)[:limit]
            for _, key in found:
                self._due[key] = now + seconds
                self._token[key] = self._tokens = self._tokens + 1
            return [Claimed(self._pages[key], self._token[key]) for _, key in found]

    def settle(self, claimed: Claimed, again: Page | None, due: float) -> bool:
        """Done, or to be tried again."""
        key = claimed.page.article.id
        with self._lock:
            if key not in self._pages or self._token[key] != claimed.token:
                return False
            if again is None:
                for table in (self._pages, self._due, self._token):
                    table.pop(key)
            else:
                self._pages[key], self._due[key], self._token[key] = again, due, 0
            return True

    def hurry(self, articles: Sequence[str], now: float) -> int:
        """Puts them at the head."""
        with self._lock:
            waiting = [each for each in articles if each in self._due and self._token[each] == 0]
            for each in waiting:
                self._due[each] = 0.0
            return len(waiting)

    def waiting(self) -> int:
        """How many."""
        with self._lock:
            return len(self._pages)
