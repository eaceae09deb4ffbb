"""What of each country's press is seen, so that silence can be told from blindness.

The poller makes these records and puts them into the store; whoever tells people that nothing was found asks `quiet`
for the words. Nothing here knows how feeds are polled: see `poll.coverage` for how a state comes about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

SEEING, PARTLY_BLIND, BLIND, STARTING = "seeing", "partly blind", "blind", "starting"
STATES = (SEEING, PARTLY_BLIND, BLIND, STARTING)

NOTHING_HAPPENED = "quiet because nothing happened"
QUIET_BLIND = "quiet because blind"
QUIET_PARTLY_BLIND = "quiet, and partly blind"
QUIET_STARTING = "quiet because just started"

STALE = 900.0
"""Seconds: a sight that no poller has renewed for so long says nothing, so the country counts as blind. Pollers renew
it every minute."""


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """One country's press as we see it. `rate` and `usual`: entries a day now, and by habit."""

    country: str
    state: str  # one of `STATES`
    at: float  # when this was found
    feeds: int
    seen_feeds: int
    families: int
    seen_families: int
    rate: float
    usual: float
    health: dict[str, int]  # feeds by state
    last_read: float  # when any feed of it was last read; 0: never
    last_entry: float  # when any feed of it last brought something new; 0: never


def state_now(sight: Sight | None, now: float) -> str:
    """The state as it counts at this moment: blind where nobody looks any more, or never did."""
    return BLIND if sight is None or now - sight.at > STALE else sight.state


def quiet(sights: Mapping[str, Sight], countries: Iterable[str], now: float) -> str:
    """Why nothing was found in these countries, in words for digests and pages; without countries: in all."""
    states = {state_now(sights.get(country), now) for country in countries}
    states = states or {state_now(each, now) for each in sights.values()} or {BLIND}
    if states == {SEEING}:
        return NOTHING_HAPPENED
    if states == {BLIND}:
        return QUIET_BLIND
    return QUIET_STARTING if states <= {STARTING, SEEING} else QUIET_PARTLY_BLIND
