"""Articles from the log and finished pages, from one source.

Owns the claims on pages, the hosts that they take, and the thread in which they are fetched. An article is committed
when its page is queued; a page is settled when its text has gone on. A worker that is killed loses its claims and
hosts within half a minute, and its pages are fetched again.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

from msgspec.structs import replace

from services.fulltext.extractors import Extractors
from services.fulltext.fetching import PageFetcher
from services.fulltext.page import PageText
from services.fulltext.wanted import Rules, retry_in
from services.http.base import Http
from services.http.robots import Robots
from services.log.base import Delivered, Reader
from services.stage import Failed, Handled
from services.store.base import StoreError, StoreFull
from services.store.feeds import FeedStore
from services.store.pages import Claimed, Page, PageStore
from services.telemetry import PAGES_WAITING, log

_IDLE = 0.25
_CLAIM = 30.0  # seconds; renewed while a page is fetched or waits for its settling
_CLOSE = 2.0
_FULL = 2.0  # seconds until a full store is asked again
_SHORT = 0.1  # seconds that the log is waited for while pages may finish


class Finished(NamedTuple):
    """A page that was fetched, or given up."""

    claimed: Claimed
    page: PageText

    @property
    def id(self) -> str:
        """The article's: names it in a dead letter."""
        return self.claimed.page.article.id


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
        self._held: dict[str, Claimed] = {}  # article id → its claim, until it is settled
        self._asked: set[str] = set()  # hosts that we have taken
        self._freed: dict[str, float] = {}  # hosts that we have asked, and from when on they may be asked again
        self._renewed = 0.0
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
        wait = 0.0 if found else min(wait, _SHORT) if self._held else wait
        return [*found, *self._reader.read(max(1, limit - len(found)), wait)]

    def commit(self, done: Sequence[tuple[Delivered | Finished, Handled | Failed]]) -> None:
        """Articles to the log's group, pages out of the queue."""
        for item, _ in done:
            if isinstance(item, Finished):
                self._settle(item.claimed, None, 0.0)
        if records := [item for item, _ in done if isinstance(item, Delivered)]:
            self._reader.commit(records)

    def close(self) -> None:
        """Stops fetching; pages that were not finished are given back, and their hosts."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE)
            self._thread = None
        with suppress(StoreError):
            now = self._how.clock()
            self._pages.renew(list(self._held.values()), now)
            self._feeds.free({**dict.fromkeys(self._asked, now + self._how.spacing), **self._freed})
        self._held.clear()
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
        asking = ThreadPoolExecutor(1, thread_name_prefix="pages-store")
        fetcher = PageFetcher(http, robots, self._extractors, threads, how.cap, how.limit)
        try:
            while not self._stop.is_set():
                claimed = await loop.run_in_executor(asking, self._claim)
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
            asking.shutdown(wait=False)
            threads.shutdown(wait=False, cancel_futures=True)

    def _claim(self) -> list[Claimed]:
        """Frees the hosts that were asked, renews what is held, and claims as much as there is room for."""
        try:
            return self._turn(self._how.clock())
        except StoreFull as error:
            log.warning("paused: no room in the store", detail=str(error)[:200])
            self._stop.wait(_FULL)
            return []

    def _turn(self, now: float) -> list[Claimed]:
        freed = dict(self._freed)
        self._feeds.free(freed)
        for host, moment in freed.items():
            if self._freed.get(host) == moment:
                del self._freed[host]
        if now - self._renewed > _CLAIM / 5:
            self._renewed = now
            self._pages.renew(list(self._held.values()), now + _CLAIM)
            self._feeds.hold(list(self._asked), now + _CLAIM)
            PAGES_WAITING.set(self._pages.waiting())
        room = self._how.concurrency - len(self._running)
        if room <= 0 or len(self._held) > 4 * self._how.concurrency:
            return []
        claimed = self._pages.claim(now, room, _CLAIM)
        self._held.update((each.page.article.id, each) for each in claimed)
        self._asked.update(each.page.host for each in claimed if each.page.host)
        return claimed

    async def _one(self, fetcher: PageFetcher, claimed: Claimed) -> None:
        wait = 0.0
        try:
            wait = await self._fetch(fetcher, claimed)
        except Exception:  # noqa: BLE001 - the claim runs out and the page is tried again
            log.exception("page failed", article=claimed.page.article.id)
            self._held.pop(claimed.page.article.id, None)
        finally:
            if host := claimed.page.host:
                self._freed[host] = self._how.clock() + max(self._how.spacing, wait)
                self._asked.discard(host)

    async def _fetch(self, fetcher: PageFetcher, claimed: Claimed) -> float:
        """The seconds for which the host asked to be left alone."""
        page = claimed.page
        if self._how.clock() - page.article.seen > self._how.rules.fresh:
            self._finished.put(Finished(claimed, PageText(problem="late")))
            return 0.0
        outcome = await fetcher.fetch(page.article.url, self._how.spacing if page.host else 0.0)
        again = retry_in(page.attempts + 1, outcome.wait, self._how.rules) if outcome.again else None
        if again is None:
            self._finished.put(Finished(claimed, outcome.page))
        else:
            self._settle(claimed, replace(page, attempts=page.attempts + 1), self._how.clock() + again)
        return outcome.wait

    def _settle(self, claimed: Claimed, again: Page | None, due: float) -> None:
        """A claim that was lost changes nothing; the page belongs to its new holder, or a newer version waits."""
        self._pages.settle(claimed, again, due)
        key = claimed.page.article.id
        if self._held.get(key) == claimed:
            del self._held[key]
