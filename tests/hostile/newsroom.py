"""Runs the real poller against a hostile server, in virtual time: rounds are hours apart and take moments."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.http.client import Client
from services.model.article import Article
from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.poll.parse import Limits
from services.poll.parsers import Parsers
from services.poll.schedule import Pace
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage, Rules
from services.settings import HttpSettings
from services.stage import Drop, Handled
from services.store.feeds import FeedStore
from services.store.memory.feeds import MemoryFeeds
from tests.hostile.feeds import NOW
from tests.hostile.server import HostileServer, Local

HTTP = HttpSettings(
    connect_seconds=1.0, header_seconds=2.0, body_seconds=3.0, max_body_kb=4096, max_redirects=5, robots=True
)
RULES = Rules(
    Pace(900.0, 300.0, 14_400.0), Pace(3.0, 3.0, 3.0, 30.0), Limits(500, 20_000, 5_000), 48 * 3600.0, 720 * 3600.0
)


class Clock:
    """Seconds since the epoch, moved by hand."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Result(NamedTuple):
    """What became of one feed in all rounds."""

    state: FeedState
    due: float
    articles: Sequence[Article]
    dropped: Sequence[Drop]
    states: Sequence[str]  # health after each round
    dues: Sequence[float]  # seconds until due, after each round


def a_feed(url: str, name: str, language: str = "es") -> Feed:
    """A press feed of Peru."""
    return Feed(url=url, title=name, country="PE", language=language, outlet=name, family=name)


class Newsroom:
    """One poller with real sockets and parser children, on one server."""

    def __init__(self, server: HostileServer, feeds: Sequence[Feed], store: FeedStore | None = None) -> None:
        self.clock = Clock()
        self.store = store or MemoryFeeds()
        self.feeds = {feed.url: feed for feed in feeds}
        self.stage = PollStage(self.store, Parsers(2, 4.0), RULES)
        how = Fetching(
            concurrency=96,
            lease=3600.0,
            spacing=0.0,
            remember=RULES.remember,
            backoff=self.stage.backoff,
            read=self.stage.read,
            clock=self.clock,
            closing=self.stage.close,
        )
        allow = [f"{server.host}:{server.port}"]
        settings = HttpSettings(**{**{name: getattr(HTTP, name) for name in HTTP.__struct_fields__}, "per_host": 200})
        self.source = PollSource(self.store, feeds, lambda: Client(settings, allow, Local()), how)
        self.articles: dict[str, list[Article]] = {url: [] for url in self.feeds}
        self.dropped: dict[str, list[Drop]] = {url: [] for url in self.feeds}
        self.states: dict[str, list[str]] = {url: [] for url in self.feeds}
        self.dues: dict[str, list[float]] = {url: [] for url in self.feeds}

    def round(self, seconds: float = 60.0) -> None:
        """Every feed that is due is fetched and settled once."""
        self.store.sync(list(self.feeds.values()), self.clock.now)
        waiting = {each.feed.url for each in self.store.statuses() if each.due <= self.clock.now}
        deadline = time.monotonic() + seconds
        while waiting:
            assert time.monotonic() < deadline, f"never finished: {sorted(waiting)}"
            items = self.source.read(100, 0.2)
            done = list(zip(items, self.stage.handle(items), strict=True)) if items else []
            self.source.commit(done)
            for fetched, handled in done:
                self._note(fetched.leased.feed.url, handled)
                waiting.discard(fetched.leased.feed.url)
        for status in self.store.statuses():
            self.states[status.feed.url].append(status.state.health)
            self.dues[status.feed.url].append(status.due - self.clock.now)

    def results(self) -> Mapping[str, Result]:
        """By URL."""
        return {
            each.feed.url: Result(
                each.state,
                each.due,
                self.articles[each.feed.url],
                self.dropped[each.feed.url],
                self.states[each.feed.url],
                self.dues[each.feed.url],
            )
            for each in self.store.statuses()
        }

    def close(self) -> None:
        """Ends threads and children."""
        self.source.close()

    def _note(self, url: str, handled: Handled) -> None:
        self.articles[url] += [each for each in handled.records if isinstance(each, Article)]
        self.dropped[url] += handled.dropped
