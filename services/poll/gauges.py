"""Feeds by state and country, as metrics. Every poller shows the same figures: take the largest, not the sum. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.poll.coverage import coverage
from services.telemetry import COUNTRY_SEEN, FEEDS


def measure(feeds: Iterable[tuple[Feed, FeedState, bool]], now: float) -> None:
    """Sets the gauges from each feed, its state, and whether it is paused."""
    known = list(feeds)
    counts = Counter((feed.country, "paused" if paused else state.health) for feed, state, paused in known)
    FEEDS.clear()
    for (country, health), count in counts.items():
        FEEDS.labels(country, health).set(count)
    for country, found in coverage(known, now).items():
        COUNTRY_SEEN.labels(country).set(found.seen_families / max(1, found.families))
