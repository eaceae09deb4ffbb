"""A day of feeds, replayed against the poller's decisions and against a naive loop: requests, bytes and parses.

No network and no clock: feeds publish by a seeded chance (most of them seldom, a few often, more by day than by
night), seven in ten answer conditional requests, and the decisions are the real ones of `services.poll`. The naive
loop asks every feed every 15 minutes without validators and parses every answer.

    python -m services.bench.poll_day
"""

from __future__ import annotations

import heapq
import math
import random
import sys
from collections import deque
from typing import NamedTuple

from services.bench.row import Row
from services.model.feed import Feed
from services.model.feed_state import FeedState, Seen
from services.poll import decide, entries, verdict
from services.poll.parse import Entry, Parsed
from services.poll.schedule import Pace

DAY = 86_400.0
NAIVE_INTERVAL = 900.0
START = 1_795_000_000.0
_WARM_UP = 2 * DAY
_SHOWN = 25
_BODY = 30_000
_SMALL = 300  # bytes of an answer without a body
_VALIDATING = 0.7


class Day(NamedTuple):
    """What one day cost. Delays are seconds from publication to the fetch that brought it, median and 95th."""

    requests: int
    bytes: int
    parses: int
    articles: int
    delay_p50: float
    delay_p95: float


class _Outlet:
    """A feed's own life: when it publishes, and what it shows."""

    def __init__(self, number: int, chance: random.Random) -> None:
        self.feed = Feed(
            url=f"https://outlet-{number}.example/rss", title="", country="PE", language="es", outlet="o", family="f"
        )
        self.validates = chance.random() < _VALIDATING
        rate = min(200.0, math.exp(chance.gauss(math.log(8.0), 1.3)))  # entries a day
        self.moments = _moments(rate, chance)
        self.number = number

    def shown(self, now: float) -> list[tuple[int, float]]:
        """Numbers and dates of the entries at this moment, the newest first."""
        published = [(index, moment) for index, moment in enumerate(self.moments) if moment <= now]
        return published[-_SHOWN:][::-1]

    def parsed(self, now: float) -> Parsed:
        """The body as the parser would read it."""
        found = tuple(
            Entry(f"{index}", f"https://outlet-{self.number}.example/{index}", f"Noticia {index}", "Texto", moment)
            for index, moment in self.shown(now)
        )
        return Parsed("rss20", found, len(found))

    def tag(self, now: float) -> str:
        """The ETag, and the hash of the body."""
        shown = self.shown(now)
        return f'"{shown[0][0] if shown else -1}"'


def naive(count: int = 300) -> Day:
    """Every feed every 15 minutes."""
    outlets = [_Outlet(number, _chance(number)) for number in range(count)]
    begin, end = START + _WARM_UP, START + _WARM_UP + DAY
    delays = []
    for outlet in outlets:
        offset = _chance(outlet.number + 10**6).random() * NAIVE_INTERVAL
        for moment in outlet.moments:
            if begin <= moment < end:
                delays.append(NAIVE_INTERVAL - (moment - begin - offset) % NAIVE_INTERVAL)
    requests = int(count * DAY / NAIVE_INTERVAL)
    return Day(requests, requests * _BODY, requests, len(delays), *_percentiles(delays))


def ours(count: int = 300) -> Day:
    """The real decisions; the first days teach them the feeds' paces and are not counted."""
    outlets = [_Outlet(number, _chance(number)) for number in range(count)]
    states = [FeedState() for _ in outlets]
    memory: dict[str, Seen] = {}
    queue = [(START, number) for number in range(count)]
    begin, end = START + _WARM_UP, START + _WARM_UP + DAY
    requests = size = parses = 0
    delays: list[float] = []
    while queue and queue[0][0] < end:
        now, number = heapq.heappop(queue)
        outcome, cost, articles = _fetch(outlets[number], states[number], memory, now)
        states[number] = outcome.state
        heapq.heappush(queue, (outcome.due, number))
        if now >= begin:
            requests, size, parses = requests + 1, size + cost, parses + (cost > _SMALL and bool(articles is not None))
            delays += [now - moment for moment in articles or () if begin <= moment < end]
    return Day(requests, size, parses, len(delays), *_percentiles(delays))


def rows() -> list[Row]:
    """For `make bench`."""
    loop, found = naive(), ours()
    note = f"delay p50 {found.delay_p50 / 60:.0f} min against {loop.delay_p50 / 60:.0f} min of the naive loop"
    return [
        Row("poll_day_bytes", found.bytes, "bytes", baseline=loop.bytes, less_is_better=True, note=note),
        Row("poll_day_parses", found.parses, "parses", baseline=loop.parses, less_is_better=True, note=note),
        Row("poll_day_requests", found.requests, "requests", baseline=loop.requests, less_is_better=True, note=note),
    ]


def _chance(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same day each time is what is wanted


def _fetch(
    outlet: _Outlet, state: FeedState, memory: dict[str, Seen], now: float
) -> tuple[decide.Outcome, int, list[float] | None]:
    """The outcome, the bytes, and the publication moments of new articles; None when nothing was parsed."""
    feed, tag = outlet.feed, outlet.tag(now)
    asked = verdict.request_headers(state, feed.url)
    if outlet.validates and asked.get("If-None-Match") == tag:
        return decide.same(feed.url, state, verdict.Verdict("same"), now, Pace()), _SMALL, None
    got = decide.Got({"etag": tag} if outlet.validates else {}, feed.url, True, "If-None-Match" in asked, tag)
    judged = verdict.Verdict("body")
    if state.body == tag:
        return decide.repeated(feed.url, state, judged, got, now, Pace()), _BODY, None
    parsed = outlet.parsed(now)
    naming = entries.name(feed, state, parsed, feed.url)
    found = entries.sort(feed, state, naming, memory, {}, now, 2 * DAY, 30 * DAY)
    memory.update(found.seen)
    outcome = decide.read(feed.url, state, judged, got, parsed, naming, found.fresh, now, Pace())
    return outcome, _BODY, [article.published or now for article in found.articles]


def _moments(rate: float, chance: random.Random) -> list[float]:
    """Publication times over the days of the replay and one before: a Poisson stream, three times denser by day."""
    moments: deque[float] = deque()
    now = START - DAY
    while now < START + _WARM_UP + DAY:
        now += chance.expovariate(2 * rate / DAY)
        hour = (now % DAY) / 3600
        if chance.random() < (0.75 if 11 <= hour < 23 else 0.25):
            moments.append(now)
    return list(moments)


def _percentiles(delays: list[float]) -> tuple[float, float]:
    ordered = sorted(delays) or [0.0]
    return ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.95)]


if __name__ == "__main__":
    for name, day in (("naive", naive()), ("ours", ours())):
        sys.stdout.write(f"{name:6} {day}\n")
    for row in rows():
        sys.stdout.write(f"{row.name:18} {row.ratio or 0:.1f} times less\n")
