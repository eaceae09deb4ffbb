"""The page queue in memory, for one process. Thread-safe."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

from services.store.memory.feeds import MemoryFeeds
from services.store.pages import HURRY_SECONDS, Claimed, Page


class MemoryPages:
    """See `store.pages.PageStore`."""

    def __init__(self, feeds: MemoryFeeds | None = None) -> None:
        """`feeds`: whose hosts are shared; none: pages have them for themselves."""
        self._feeds = feeds or MemoryFeeds()
        self._lock = Lock()
        self._pages: dict[str, Page] = {}
        self._due: dict[str, float] = {}
        self._token: dict[str, int] = {}
        self._tokens = 0
        self._hurried: dict[str, float] = {}

    def add(self, pages: Sequence[Page], now: float) -> None:
        """Queues them."""
        with self._lock:
            for page in pages:
                key = page.article.id
                known = self._pages.get(key)
                if known is None or known.article.version < page.article.version:
                    self._pages[key] = page
                    self._due[key] = 0.0 if key in self._hurried else now
                    self._token[key] = 0

    def claim(self, now: float, limit: int, seconds: float) -> list[Claimed]:
        """Pages that are due and whose host is free."""
        taken: list[Claimed] = []
        with self._lock:
            for _, key in sorted((when, key) for key, when in self._due.items() if when <= now):
                host = self._pages[key].host
                if len(taken) >= limit or (host and not self._feeds.take(host, now, now + seconds)):
                    continue
                self._due[key] = now + seconds
                self._token[key] = self._tokens = self._tokens + 1
                taken.append(Claimed(self._pages[key], self._token[key]))
        return taken

    def renew(self, claimed: Sequence[Claimed], until: float) -> None:
        """Keeps these claims."""
        with self._lock:
            for each in claimed:
                if self._token.get(each.page.article.id) == each.token:
                    self._due[each.page.article.id] = until

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
            self._hurried = {each: at for each, at in self._hurried.items() if at > now - HURRY_SECONDS}
            self._hurried.update((each, now) for each in articles if each not in self._due)
            waiting = [each for each in articles if each in self._due and self._token[each] == 0]
            waiting = [each for each in waiting if self._due[each] <= now]
            for each in waiting:
                self._due[each] = 0.0
            return len(waiting)

    def waiting(self) -> int:
        """How many."""
        with self._lock:
            return len(self._pages)
