"""What of each country's press we see, so that silence can be told from blindness. Pure.

A country's voices are its publisher families: ten feeds of one house are one voice. A family is seen when one of
its feeds answers as it should; a feed that has fallen silent for longer than its habit does not count as seen.

    seeing        at least two thirds of the families that were ever read are seen
    partly blind  fewer than that
    blind         fewer than one third, or none
    starting      nothing has been read yet

When nothing is found for a country the words are: "quiet because nothing happened" (seeing), "quiet because blind"
(blind), "quiet, and partly blind", or "quiet because just started".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.poll.health import SEEING

NOTHING_HAPPENED = "quiet because nothing happened"
BLIND = "quiet because blind"
PARTLY_BLIND = "quiet, and partly blind"
STARTING = "quiet because just started"
_LATE = 6 * 3600.0
"""A feed last read longer ago than this, and than four of its intervals, is not seen, whatever its state says."""


class Coverage(NamedTuple):
    """One country's press as we see it. `rate` and `usual`: entries a day now, and by habit."""

    country: str
    state: str
    feeds: int
    seen_feeds: int
    families: int
    seen_families: int
    rate: float
    usual: float
    health: Mapping[str, int]  # feeds by state
    last_read: float  # when any feed of it was last read


def coverage(feeds: Iterable[tuple[Feed, FeedState, bool]], now: float) -> dict[str, Coverage]:
    """By country, from each feed, its state, and whether it is paused. Sample feeds are left out."""
    groups: dict[str, list[tuple[Feed, FeedState, bool]]] = {}
    for feed, state, paused in feeds:
        if not feed.sample:
            groups.setdefault(feed.country, []).append((feed, state, paused))
    return {country: _coverage(country, group, now) for country, group in sorted(groups.items())}


def quiet(covered: Mapping[str, Coverage], countries: Iterable[str]) -> str:
    """Why nothing was found in these countries: the words for digests and the page."""
    states = [covered[country].state if country in covered else "blind" for country in countries]
    if not states:
        states = [each.state for each in covered.values()] or ["blind"]
    if all(state == "seeing" for state in states):
        return NOTHING_HAPPENED
    if all(state == "blind" for state in states):
        return BLIND
    if all(state in ("starting", "seeing") for state in states):
        return STARTING
    return PARTLY_BLIND


def is_seen(state: FeedState, paused: bool, now: float) -> bool:
    """Whether nothing that this feed publishes is missed."""
    if paused or state.health not in SEEING:
        return False
    return now - state.succeeded <= max(_LATE, 4 * state.interval)


def _coverage(country: str, group: list[tuple[Feed, FeedState, bool]], now: float) -> Coverage:
    seen = [(feed, state) for feed, state, paused in group if is_seen(state, paused, now)]
    families = {feed.family for feed, _, _ in group}
    seen_families = {feed.family for feed, _ in seen}
    health: dict[str, int] = {}
    for _, state, paused in group:
        name = "paused" if paused else state.health
        health[name] = health.get(name, 0) + 1
    tried = {feed.family for feed, state, _ in group if state.health != "new"}
    return Coverage(
        country,
        _state(len(seen_families), len(families), len(tried)),
        len(group),
        len(seen),
        len(families),
        len(seen_families),
        sum(state.rate for _, state in seen),
        sum(state.usual for _, state, _ in group),
        health,
        max((state.succeeded for _, state, _ in group), default=0.0),
    )


def _state(seen: int, families: int, tried: int) -> str:
    if not tried:
        return "starting"
    if 3 * seen >= 2 * families:
        return "seeing"
    if tried < families and 3 * seen >= 2 * tried:
        return "starting"
    return "partly blind" if 3 * seen >= families and seen else "blind"
