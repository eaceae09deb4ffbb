"""Feeds by state, and what is seen of each country, as metrics. Pure.

Every poller shows the same figures: take the largest, not the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.model.sight import STATES, Sight
from services.poll.coverage import coverage
from services.telemetry import COUNTRY_ENTRY, COUNTRY_SEEN, COUNTRY_SIGHT, FEEDS


def measure(feeds: Iterable[tuple[Feed, FeedState, bool]], now: float) -> dict[str, Sight]:
    """Sets the gauges from each feed, its state, and whether it is paused; what is seen of each country."""
    known = list(feeds)
    counts = Counter((feed.country, "paused" if paused else state.health) for feed, state, paused in known)
    FEEDS.clear()
    for (country, health), count in counts.items():
        FEEDS.labels(country, health).set(count)
    sights = coverage(known, now)
    for gauge in (COUNTRY_SEEN, COUNTRY_SIGHT, COUNTRY_ENTRY):
        gauge.clear()
    for country, sight in sights.items():
        COUNTRY_SEEN.labels(country).set(sight.seen_families / max(1, sight.families))
        COUNTRY_ENTRY.labels(country).set(sight.last_entry)
        for state in STATES:
            COUNTRY_SIGHT.labels(country, state).set(state == sight.state)
    return sights
