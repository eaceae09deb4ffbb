"""What of each country's press we see, so that silence can be told from blindness. Pure.

A country's voices are its publisher families: ten feeds of one house are one voice. A family is seen when one of
its feeds answers as it should; a feed that has fallen silent for longer than its habit does not count as seen.

    seeing        at least two thirds of the families that were ever read are seen
    partly blind  fewer than that
    blind         fewer than one third, or none
    starting      nothing has been read yet

What is said when nothing is found for a country follows from this state alone: see `model.sight`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.model.sight import BLIND, PARTLY_BLIND, STARTING, Sight
from services.model.sight import SEEING as SEES
from services.poll.health import SEEING

_LATE = 6 * 3600.0
"""A feed last read longer ago than this, and than four of its intervals, is not seen, whatever its state says."""

_Known = tuple[Feed, FeedState, bool]


def coverage(feeds: Iterable[_Known], now: float) -> dict[str, Sight]:
    """By country, from each feed, its state, and whether it is paused. Sample feeds are left out."""
    groups: dict[str, list[_Known]] = {}
    for feed, state, paused in feeds:
        if not feed.sample:
            groups.setdefault(feed.country, []).append((feed, state, paused))
    return {country: _sight(country, group, now) for country, group in sorted(groups.items())}


def is_seen(state: FeedState, paused: bool, now: float) -> bool:
    """Whether nothing that this feed publishes is missed."""
    if paused or state.health not in SEEING:
        return False
    return now - state.succeeded <= max(_LATE, 4 * state.interval)


def _sight(country: str, group: list[_Known], now: float) -> Sight:
    seen = [(feed, state) for feed, state, paused in group if is_seen(state, paused, now)]
    families = {feed.family for feed, _, _ in group}
    seen_families = {feed.family for feed, _ in seen}
    tried = {feed.family for feed, state, _ in group if state.health != "new"}
    return Sight(
        country=country,
        state=_state(len(seen_families), len(families), len(tried)),
        at=now,
        feeds=len(group),
        seen_feeds=len(seen),
        families=len(families),
        seen_families=len(seen_families),
        rate=sum(state.rate for _, state in seen),
        usual=sum(state.usual for _, state, _ in group),
        health=dict(Counter("paused" if paused else state.health for _, state, paused in group)),
        last_read=max((state.succeeded for _, state, _ in group), default=0.0),
        last_entry=max((state.fresh for _, state, _ in group), default=0.0),
    )


def _state(seen: int, families: int, tried: int) -> str:
    if not tried:
        return STARTING
    if 3 * seen >= 2 * families:
        return SEES
    if tried < families and 3 * seen >= 2 * tried:
        return STARTING
    return PARTLY_BLIND if 3 * seen >= families and seen else BLIND
