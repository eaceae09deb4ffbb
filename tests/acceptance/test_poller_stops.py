"""The source stops soon whatever is under way, and takes no more than it can hold when nobody reads."""

from __future__ import annotations

import time

from services.http.client import Client
from services.poll.parsers import Parsers
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage
from services.settings import HttpSettings
from services.stage import Failed
from services.store.memory.feeds import MemoryFeeds
from tests.conftest import until
from tests.hostile import behaviours
from tests.hostile.cases import REDOS
from tests.hostile.feeds import item, numbered, rss
from tests.hostile.newsroom import RULES, a_feed
from tests.hostile.server import HostileServer, Local, answer


def a_source(
    store: MemoryFeeds, server: HostileServer, count: int, concurrency: int = 8
) -> tuple[PollSource, PollStage]:
    """A poller of `count` feeds, each at /N on a host of its own."""
    stage = PollStage(store, Parsers(1, 30.0), RULES)
    how = Fetching(
        concurrency=concurrency, spacing=0.0, robots=False, backoff=stage.backoff, read=stage.read, closing=stage.close
    )
    feeds = [a_feed(f"{server.of_host(f'h{number}')}/{number}", f"h{number}") for number in range(count)]
    allow = [f"127.0.0.1:{server.port}"]
    return PollSource(store, feeds, lambda: Client(HttpSettings(), allow, Local()), how), stage


def test_it_stops_within_two_seconds_with_hostile_feeds_under_way() -> None:
    """A parser at work, an answer that never comes, and one that never ends; leases are given back."""
    store = MemoryFeeds()
    routes = {
        "/0": [behaviours.feed(rss([item(1)], head=REDOS))],
        "/1": [behaviours.silent()],
        "/2": [behaviours.slow_body()],
    }
    with HostileServer(routes) as server:
        source, _ = a_source(store, server, 3)
        assert source.read(10, 0.0) == []
        until(lambda: len(server.requests) == 3)
        began = time.monotonic()
        source.close()
        source.close()
        assert time.monotonic() - began < 2.5
        assert all(each.due <= time.time() for each in store.statuses())


def test_nobody_reads_so_nothing_more_is_asked() -> None:
    """The log is full: four times the concurrency is held, then no feed is leased."""
    store = MemoryFeeds()
    with HostileServer({f"/{number}": [behaviours.feed(numbered(1, 3))] for number in range(60)}) as server:
        source, stage = a_source(store, server, 60, concurrency=4)
        assert source.read(0, 0.0) == []
        until(lambda: len(server.requests) >= 16)
        until(lambda: source._finished.qsize() >= 16)
        assert len(server.requests) < 24
        taken = 0

        def drain() -> bool:
            nonlocal taken
            items = source.read(10, 0.1)
            source.commit(list(zip(items, stage.handle(items), strict=True)))
            taken += len(items)
            return taken == 60

        until(drain)
        source.close()


def test_a_fetch_that_the_loop_gave_up_on_comes_back_later() -> None:
    """Its dead letter is safe; the feed is neither lost nor asked at once."""
    store = MemoryFeeds()
    with HostileServer({"/0": [answer(200, numbered(1, 3))]}) as server:
        source, _ = a_source(store, server, 1)
        items = until(lambda: source.read(10, 0.1))
        assert isinstance(items, list)
        source.commit([(items[0], Failed("poison"))])
        source.close()
        status = store.statuses()[0]
        assert status.state.health == "not-a-feed"
        assert status.due > time.time() + 600
