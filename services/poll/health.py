"""The state that a feed is in, for people. Pure.

new          never fetched
ok           the last fetch brought something new
unchanged    it answers, nothing new
moved        it answers through a permanent redirect
silent       it answers, but has brought nothing new for far longer than is its habit
throttled    the host asks us to come back later
unreachable  no usable answer (network, HTTP errors)
not-a-feed   it answers with something that is no feed, or that no parser can read
refused      we do not ask: robots.txt, a forbidden address, a broken URL
gone         the publisher says that it is gone for good (410): not asked until somebody resumes it
"""

from __future__ import annotations

from services.model.feed_state import FeedState

STATES = ("new", "ok", "unchanged", "moved", "silent", "throttled", "unreachable", "not-a-feed", "refused", "gone")
SEEING = frozenset(("ok", "unchanged", "moved"))
"""States in which nothing that the feed publishes is missed."""
_DAY = 86_400.0


def answering(state: FeedState, fresh: int, moved: bool, now: float) -> str:
    """The state of a feed that has just answered with its entries, or with "not modified"."""
    if moved:
        return "moved"
    if fresh:
        return "ok"
    return "silent" if is_silent(state, now) else "unchanged"


def is_silent(state: FeedState, now: float) -> bool:
    """Nothing new for three days at least, and for ten times the feed's usual time between entries (up to 180 days).

    A feed whose habit is not known yet is taken for one that brings an entry a day.
    """
    if not state.fresh:
        return False
    return now - state.fresh > max(3 * _DAY, min(10 * _DAY / (state.usual or 1.0), 180 * _DAY))
