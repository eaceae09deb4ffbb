"""Leases feeds that are due, fetches and parses them all the time, in the background; hands out what is finished.

Owns the leases of this poller, the hosts that they take, and the thread with the event loop in which it fetches: a
host is freed when its answer is here. Decides nothing about what an answer means: that is the stage's. A slow feed
holds up no other, and when nobody takes finished fetches (the log is full) no new feed is leased.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

from services.http.base import Http, HttpError, Refused
from services.http.robots import Robots
from services.model.feed import Feed
from services.model.sight import Sight
from services.poll.fetched import Fetched
from services.poll.gauges import measure
from services.poll.pushing import Listening, Pushing
from services.poll.verdict import body_hash, request_headers
from services.stage import Failed, Handled
from services.store.base import StoreError, StoreFull
from services.store.feeds import SHORTEST_LEASE, FeedStore, Leased, Settled
from services.telemetry import log

_IDLE = 0.2  # seconds between two looks for due feeds when there are none
_CLOSE = 2.0
_QUIET = {"new": "ok", "unchanged": "ok"}  # going from one of these to another is no news
_FULL = 2.0  # seconds until a full store is asked again
_MEASURE = 60.0  # seconds between two counts of the feeds by state
_HOLD = 30.0  # seconds after which a host is free whose poller died; renewed while it is asked


@dataclass(frozen=True)
class Fetching:
    """How the source behaves. Seconds; `clock` gives seconds since the epoch."""

    concurrency: int = 64
    lease: float = 120.0
    spacing: float = 5.0
    remember: float = 30 * 86_400.0
    robots: bool = True
    read: Callable[[Fetched], Fetched] = lambda fetched: fetched  # parses the body, where needed
    parsers: int = 2  # calls of `read` at the same time
    backoff: Callable[[Leased, str, float], Settled] | None = None  # for a fetch that the loop gave up on
    changed: Callable[[], Sequence[Feed] | None] = lambda: None  # the feeds, when they are others than before
    listening: Listening | None = None  # for hubs
    closing: Callable[[], None] = lambda: None  # called last when the source closes
    tell: Callable[[Sequence[Sight]], None] = lambda sights: None  # what is seen of each country, once a minute
    clock: Callable[[], float] = field(default=time.time)


class PollSource:
    """See `stage.Source`. The thread starts with the first `read`."""

    def __init__(self, store: FeedStore, feeds: Sequence[Feed], connect: Callable[[], Http], how: Fetching) -> None:
        """`feeds`: what the store is made to hold at the first `read`. `connect` is called in the loop's thread."""
        self._store = store
        self._feeds = feeds
        self._connect = connect
        self._how = how
        self._finished: queue.SimpleQueue[Fetched] = queue.SimpleQueue()
        self._held: dict[str, Leased] = {}  # leased and not settled, by URL
        self._reading = ThreadPoolExecutor(how.parsers, thread_name_prefix="poll-read")
        self._running: set[asyncio.Task[None]] = set()
        self._asked: set[str] = set()  # hosts that we have taken
        self._freed: dict[str, float] = {}  # hosts that we have asked, and from when on they may be asked again
        self._stop = threading.Event()
        self._broken: BaseException | None = None
        self._thread: threading.Thread | None = None
        self.inbox_port = 0  # where hubs are heard, once the thread runs

    def read(self, limit: int, wait: float) -> Sequence[Fetched]:
        """Finished fetches. Raises the store's error when leasing failed."""
        self._start()
        found: list[Fetched] = []
        deadline = time.monotonic() + wait
        while len(found) < limit:
            if self._broken is not None:
                raise self._broken
            left = deadline - time.monotonic() if not found else 0.0
            try:
                found.append(self._finished.get(block=left > 0, timeout=min(left, 0.2) if left > 0 else None))
            except queue.Empty:
                if found or time.monotonic() >= deadline:
                    break
        return found

    def commit(self, done: Sequence[tuple[Fetched, Handled | Failed]]) -> None:
        """Moves the state of these feeds; a lost lease changes nothing, its new holder will."""
        for fetched, what in done:
            settled = self._settled(fetched, what)
            if not self._store.settle(fetched.leased, settled, self._how.remember):
                log.info("lease lost", feed=fetched.leased.feed.url)
            else:
                _tell(fetched.leased, settled)
            self._held.pop(fetched.leased.feed.url, None)

    def close(self) -> None:
        """Stops fetching; leases not settled run out by themselves, and are shortened to now where possible."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_CLOSE)
            self._thread = None
        with suppress(StoreError):
            held = list(self._held.values())
            self._held.clear()
            self._store.renew(held, self._how.clock(), 0.0)
            self._store.free({**dict.fromkeys(self._asked, self._how.clock() + self._how.spacing), **self._freed})
        self._how.closing()
        self._reading.shutdown(wait=False, cancel_futures=True)

    def _settled(self, fetched: Fetched, what: Handled | Failed) -> Settled:
        if isinstance(what, Handled):
            assert isinstance(what.effect, Settled)  # noqa: S101 - the stage's promise
            return what.effect
        assert self._how.backoff is not None  # noqa: S101 - set by `build`
        return self._how.backoff(fetched.leased, what.reason, fetched.at)

    def _start(self) -> None:
        if self._thread is None and not self._stop.is_set():
            self._store.sync(self._feeds, self._how.clock())
            self._thread = threading.Thread(target=self._main, name="poll-fetch", daemon=True)
            self._thread.start()

    def _main(self) -> None:
        try:
            asyncio.run(self._fetch_forever())
        except BaseException as error:  # noqa: BLE001 - read() raises it in the worker's thread
            self._broken = error

    async def _fetch_forever(self) -> None:
        http = self._connect()
        robots = Robots(http, self._how.clock) if self._how.robots else None
        renewed = self._how.clock()
        measured = renewed - _MEASURE
        loop = asyncio.get_running_loop()
        pushing = Pushing(self._how.listening, self._store, self._how.clock) if self._how.listening else None
        if pushing is not None:
            await pushing.inbox.open()
            self.inbox_port = pushing.inbox.port
        asking = ThreadPoolExecutor(1, thread_name_prefix="poll-store")
        try:
            while not self._stop.is_set():
                leased = await loop.run_in_executor(asking, self._lease_if_room)
                for each in leased:
                    task = asyncio.create_task(self._fetch(http, robots, pushing, each))
                    self._running.add(task)
                    task.add_done_callback(self._running.discard)
                if self._how.clock() - renewed > min(self._how.lease, SHORTEST_LEASE) / 3:
                    renewed = self._how.clock()
                    await loop.run_in_executor(asking, self._renew)
                if self._how.clock() >= measured + _MEASURE:
                    measured = self._how.clock()
                    await loop.run_in_executor(asking, self._measure)
                if not leased:
                    await self._pause()
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)
            if pushing is not None:
                await pushing.inbox.close()
            await http.close()
            asking.shutdown(wait=False)

    def _lease_if_room(self) -> list[Leased]:
        """Nothing while the store is full: polling pauses, and what was fetched goes on being settled."""
        try:
            return self._lease()
        except StoreFull as error:
            log.warning("paused: no room in the store", detail=str(error)[:200])
            self._stop.wait(_FULL)
            return []

    def _lease(self) -> list[Leased]:
        """As many as there is room for: fetches running, and finished ones that nobody has taken, both count."""
        if (feeds := self._how.changed()) is not None:
            log.info("feeds changed", feeds=len(feeds))
            self._store.sync(feeds, self._how.clock())
        freed = dict(self._freed)
        self._store.free(freed)
        for host in freed:
            del self._freed[host]  # nobody asks it before it was free
        room = self._how.concurrency - len(self._running)
        if room <= 0 or len(self._held) >= 4 * self._how.concurrency:
            return []
        spacing = self._how.spacing
        leased = self._store.lease(self._how.clock(), room, self._how.lease, spacing, _HOLD if spacing else 0.0)
        self._held.update((each.feed.url, each) for each in leased)
        if spacing:
            self._asked.update(each.host for each in leased if each.host)
        return leased

    def _renew(self) -> None:
        self._store.renew(list(self._held.values()), self._how.clock(), self._how.lease)
        self._store.hold(list(self._asked), self._how.clock() + _HOLD)

    def _measure(self) -> None:
        """Once a minute: the feeds counted, what is seen told, and what means nothing any more forgotten."""
        now, statuses = self._how.clock(), self._store.statuses()
        sights = measure(((each.feed, each.state, each.paused) for each in statuses), now)
        with suppress(StoreFull):  # told again in a minute
            self._how.tell(list(sights.values()))
        self._store.tidy(now)

    async def _pause(self) -> None:
        """Until a fetch ends or a moment has passed."""
        if len(self._running) >= self._how.concurrency:
            await asyncio.wait(self._running, timeout=_IDLE, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(_IDLE)

    def _done_with(self, host: str) -> None:
        """The spacing counts from now: the request has reached its server, however long it took to get there."""
        if host in self._asked:
            self._freed[host] = self._how.clock() + self._how.spacing
            self._asked.discard(host)

    def _read(self, fetched: Fetched) -> Fetched:
        """Parsed, and without the body: finished fetches may wait long, and there may be many."""
        read = self._how.read(fetched)
        return read if read.answer is None else read._replace(answer=read.answer._replace(body=b""))

    async def _fetch(self, http: Http, robots: Robots | None, pushing: Pushing | None, leased: Leased) -> None:
        address = leased.state.address or leased.feed.url
        headers = request_headers(leased.state, address)
        conditional = "If-None-Match" in headers or "If-Modified-Since" in headers
        answer, error = None, None
        try:
            if robots is not None and not await robots.allows(address):
                raise Refused("robots", "robots.txt asks us not to fetch this feed")
            answer = await http.get(address, headers)
        except HttpError as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - a feed whose fetch is lost would be held, and renewed, for ever
            log.exception("fetch failed", feed=leased.feed.url)
            error = HttpError("internal", f"{type(caught).__name__}: {caught}"[:300])
        finally:
            self._done_with(leased.host)
        found = body_hash(answer.body) if answer is not None and answer.body else ""
        fetched = Fetched(leased, address, conditional, self._how.clock(), answer, error, found)
        if found:
            fetched = await asyncio.get_running_loop().run_in_executor(self._reading, self._read, fetched)
        self._finished.put(fetched)
        if pushing is not None:
            await pushing.subscribe(http, leased.feed.url, leased.state, leased.pushed_until)


def _tell(leased: Leased, settled: Settled) -> None:
    """A log line when the feed's state has changed."""
    before, after = leased.state.health, settled.state.health
    if _QUIET.get(before, before) != _QUIET.get(after, after):
        tell = log.warning if after == "gone" else log.info
        tell("feed changed", feed=leased.feed.url, health=after, why=settled.state.detail)
