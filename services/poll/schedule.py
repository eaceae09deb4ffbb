"""When a feed is fetched next. Pure: the state, what came, and `now` go in; a time comes out.

The interval follows the feed's own pace (about two fetches per new entry), between a floor and a ceiling; the
publisher's wishes raise it, also above the ceiling, and never lower it. Jitter is drawn from the feed's address and
the moment of its last fetch, so feeds do not march in step and a computation can be repeated.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NamedTuple

from services.model.feed_state import FeedState

DAY = 86_400.0
FETCHES_PER_ENTRY = 2.0
"""Half of the usual time between two entries: an alert is worth more than a fetch that finds nothing."""
BACKOFF_MAX = DAY
"""A feed that fails is asked at least once in this time: feeds come back after weeks."""


class Pace(NamedTuple):
    """The limits, in seconds."""

    start: float = 900.0
    floor: float = 300.0
    ceiling: float = 1_800.0
    backoff: float = BACKOFF_MAX
    wish: float = 14_400.0  # the longest interval that a publisher can ask for


def chance(key: str, moment: float) -> float:
    """From 0 to 1, the same for the same feed and moment."""
    digest = blake2b(f"{key}\n{moment:.3f}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def learn_rate(state: FeedState, fresh: int, now: float) -> float:
    """The moving average of new entries a day, over about three days."""
    past = now - state.checked if state.checked else 0.0
    if past <= 0.0:
        return state.rate
    weight = 1.0 - math.exp(-past / (3 * DAY))
    return (1.0 - weight) * state.rate + weight * fresh * DAY / past


def learn_usual(state: FeedState, fresh: int, now: float) -> float:
    """The feed's habit in entries a day, over about two weeks; learnt only when something comes."""
    past = now - state.fresh if state.fresh else 0.0
    if past <= 0.0 or not fresh:
        return state.usual
    weight = 1.0 - math.exp(-past / (14 * DAY))
    return (1.0 - weight) * state.usual + weight * fresh * DAY / past


def first_rate(moments: list[float], now: float) -> float:
    """The pace that the dates in a first body suggest; 0 when they say nothing."""
    recent = sorted(moment for moment in moments if moment <= now)
    if len(recent) < 3:
        return 0.0
    span = max(now - recent[0], 3600.0)
    return len(recent) * DAY / span


def interval(state: FeedState, fresh: int, gap: bool, wish: float, pace: Pace) -> float:
    """The next interval of a feed that answered. `wish`: the publisher's own, 0 when there is none."""
    if pace.floor >= pace.ceiling:
        return pace.floor  # a fixed pace
    base = state.interval or pace.start
    if state.rate > 0.0:
        aim = DAY / state.rate / FETCHES_PER_ENTRY
        # Half-way towards the aim each time: one quiet or busy fetch does not throw it about.
        aim = math.sqrt(base * min(max(aim, pace.floor), pace.ceiling))
    else:
        aim = base if fresh else base * 1.5
    if gap:
        aim = min(aim, base / 2)
    return max(min(max(aim, pace.floor), pace.ceiling), min(wish, pace.wish))


def after_success(url: str, state: FeedState, now: float) -> float:
    """The next due time: the interval, give or take a tenth, moved out of the hours that the publisher excludes."""
    due = now + state.interval * (0.9 + 0.2 * chance(url, now))
    return _outside_skips(due, state.skip_hours, state.skip_days)


def after_failure(url: str, failures: int, now: float, pace: Pace) -> float:
    """Exponential back-off from the starting interval, spread by a quarter each way."""
    wait = min(pace.start * 2.0 ** min(max(failures, 1) - 1, 30), pace.backoff)
    return now + wait * (0.75 + 0.5 * chance(url, now))


def after_throttle(url: str, failures: int, wait: float, now: float, pace: Pace) -> float:
    """Never earlier than told; later by up to a quarter, so that feeds of one host do not return together."""
    told = wait or min(pace.start * 2.0 ** min(max(failures, 1), 30), pace.backoff)
    return now + told * (1.0 + 0.25 * chance(url, now))


def _outside_skips(due: float, hours: tuple[int, ...], days: tuple[int, ...]) -> float:
    """RSS 2.0 skipHours and skipDays, in GMT; a feed that excludes everything is not believed."""
    moment = due
    for _ in range(24 * 8):
        at = datetime.fromtimestamp(moment, UTC)
        if at.hour not in hours and at.weekday() not in days:
            return moment
        moment = (moment // 3600 + 1) * 3600 + due % 600
    return due
