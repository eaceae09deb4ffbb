"""Articles from the log and finished pages, from one source.

Owns the claims on pages and the thread in which they are fetched. An article is committed when its feed text has
gone on and its page is queued; a page is settled when its text has gone on.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec.structs import replace

from services.fulltext.extract import PageText
from services.fulltext.extractors import Extractors
from services.fulltext.fetching import PageFetcher
from services.fulltext.wanted import Rules, retry_in
from services.http.base import Http
from services.http.robots import Robots
from services.log.base import Delivered, Reader
from services.stage import Failed, Handled
from services.store.feeds import FeedStore
from services.store.pages import Claimed, PageStore
from services.telemetry import log

_IDLE = 0.25
_CLAIM = 300.0
_CLOSE = 2.0
_SOON = 2.0  # seconds that a fetch waits for its host inside its task; longer waits go back to the store


class Finished(NamedTuple):
    """A page that was fetched, or given up."""

    claimed: Claimed
    page: PageText


@dataclass(frozen=True)
class Fetching:
    """How pages are fetched. `clock` gives seconds since the epoch."""

    rules: Rules
    concurrency: int = 32
    spacing: float = 5.0
    robots: bool = True
    cap: int = 3 << 20
    limit: int = 20_000
    clock: Callable[[], float] = time.time


class FulltextSource:
    """See `stage.Source`. The thread starts with the first `read`."""

    def __init__(
        self,
        reader: Reader,
        pages: PageStore,
        feeds: FeedStore,
        connect: Callable[[], Http],
        extractors: Extractors,
        how: Fetching,
    ) -> None:
        self._reader = reader
        self._pages = pages
        self._feeds = feeds
        self._connect = connect
        self._extractors = extractors
        self._how = how
        self._finished: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        self._running: set[asyncio.Task[None]] = set()
        self._held = 0  # finished and not settled
        self._stop = threading.Event()
        self._broken: BaseException | None = None
        self._thread: threading.Thread | None = None

    def read(self, limit: int, wait: float) -> Sequence[Delivered | Finished]:
        """Finished pages and new articles. Raises the store's error when claiming failed."""
        self._start()
        if self._broken is not None:
            raise self._broken
        found: list[Delivered | Finished] = []
        while len(found) < limit and not self._finished.empty():
            found.append(self._finished.get_nowait())
        return [*found, *self._reader.read(max(1, limit - len(found)), 0.0 if found else wait)]

    def commit(self, done: Sequence[tuple[Delivered | Finished, Handled | Failed]]) -> None:
        """Articles to the log's group, pages out of the queue."""
        for item, _ in done:
            if isinstance(item, Finished):
                self._pages.settle(item.claimed, None, 0.0)
                self._held -= 1
        self._reader.commit([item for item, _ in done if isinstance(item, Delivered)])

    def close(self) -> None:
        """Stops fetching; claims run out by themselves."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE)
            self._thread = None
        self._extractors.close()
        self._reader.close()

    def _start(self) -> None:
        if self._thread is None and not self._stop.is_set():
            self._thread = threading.Thread(target=self._main, name="pages", daemon=True)
            self._thread.start()

    def _main(self) -> None:
        try:
            asyncio.run(self._fetch_forever())
        except BaseException as error:  # noqa: BLE001 - read() raises it in the worker's thread
            self._broken = error

    async def _fetch_forever(self) -> None:
        how, loop = self._how, asyncio.get_running_loop()
        http = self._connect()
        robots = Robots(http, how.clock) if how.robots else None
        threads = ThreadPoolExecutor(4, thread_name_prefix="pages")
        fetcher = PageFetcher(http, robots, self._extractors, threads, how.cap, how.limit)
        try:
            while not self._stop.is_set():
                claimed = await loop.run_in_executor(threads, self._claim)
                for each in claimed:
                    task = asyncio.create_task(self._one(fetcher, each))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                if not claimed:
                    await asyncio.sleep(_IDLE)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            await http.close()
            threads.shutdown(wait=False, cancel_futures=True)

    def _claim(self) -> list[Claimed]:
        room = self._how.concurrency - len(self._running)
        if room <= 0 or self._held > 4 * self._how.concurrency:
            return []
        return self._pages.claim(self._how.clock(), room, _CLAIM)

    async def _one(self, fetcher: PageFetcher, claimed: Claimed) -> None:
        try:
            await self._fetch(fetcher, claimed)
        except Exception:  # noqa: BLE001 - the claim runs out and the page is tried again
            log.exception("page failed", article=claimed.page.article.id)

    async def _fetch(self, fetcher: PageFetcher, claimed: Claimed) -> None:
        page, now = claimed.page, self._how.clock()
        url = page.article.url
        if not page.reserved:
            wait = self._pause(url)
            if wait > _SOON:
                self._pages.settle(claimed, replace(page, reserved=True), now + wait)
                return
            await asyncio.sleep(wait)
        outcome = await fetcher.fetch(url, lambda: self._pause(url))
        again = retry_in(page.attempts + 1, outcome.wait, self._how.rules) if outcome.again else None
        if again is not None:
            later = replace(page, attempts=page.attempts + 1, reserved=False)
            self._pages.settle(claimed, later, self._how.clock() + again)
            return
        self._held += 1
        self._finished.put(Finished(claimed, outcome.page))

    def _pause(self, url: str) -> float:
        """Takes the next moment of the URL's host, shared with the feeds' pollers; seconds until then."""
        host = urlsplit(url).netloc.lower().removeprefix("www.")
        now = self._how.clock()
        return max(0.0, self._feeds.reserve(host, now, self._how.spacing) - now)
