"""What a fetch does to a feed's state and its next due time. Pure.

One function per kind of verdict. The state that comes out is stored only after the articles are safe on the log.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from services.model.feed_state import FeedState, Move
from services.poll import health, schedule
from services.poll.entries import KEPT_MARKS, Naming, is_gap
from services.poll.parse import Parsed
from services.poll.schedule import Pace
from services.poll.verdict import LONGEST_WAIT, Verdict, cache_seconds

NEVER = 1e11
MOVE_SIGHTINGS = 3
MOVE_SECONDS = 2 * 86_400.0
"""A permanent redirect is believed after this many sightings over at least this time."""
_LIE_MARGIN = 600.0


class Outcome(NamedTuple):
    """The feed's state afterwards, when it is due, and until when its host wants rest."""

    state: FeedState
    due: float
    pause_host_until: float = 0.0


class Got(NamedTuple):
    """What is known of an answer with a usable body."""

    headers: Mapping[str, str]
    asked: str  # the address that was asked
    direct: bool  # it answered itself, without redirects
    conditional: bool  # validators were sent
    hash: str


def failed(url: str, state: FeedState, verdict: Verdict, now: float, pace: Pace) -> Outcome:
    """No entries: back off as the verdict says. What was known of the feed stays, for when it comes back."""
    failures = state.failures + 1
    after = _health(replace(state, checked=now, failures=failures), _STATE_OF[verdict.kind], verdict.detail, now)
    if verdict.kind == "gone":
        return Outcome(after, NEVER)
    if verdict.kind == "throttled":
        due = schedule.after_throttle(url, failures, verdict.wait, now, pace)
        return Outcome(after, due, now + verdict.wait if verdict.wait else 0.0)
    due = schedule.after_failure(url, failures, now, pace)
    return Outcome(after, max(due, now + verdict.wait))


def unreadable(url: str, state: FeedState, reason: str, now: float, pace: Pace, body: str = "") -> Outcome:
    """It answered, but not with a feed. The validators are forgotten: a later 304 must not hide that.

    `body`: the hash of the bytes, so that the same bytes are not parsed again and again.
    """
    cleared = replace(state, etag="", modified="", validators_of="", conditional=0, body="", bad=body, bad_at=now)
    return failed(url, cleared, Verdict("not-a-feed", reason), now, pace)


def unreadable_again(url: str, state: FeedState, now: float, pace: Pace) -> Outcome:
    """The same bytes that no parser could read the last time."""
    return failed(url, state, Verdict("not-a-feed", state.detail), now, pace)


def same(url: str, state: FeedState, verdict: Verdict, now: float, pace: Pace) -> Outcome:
    """HTTP 304. Counts towards the next probe; a feed that was never read has nothing that could be unmodified."""
    if not state.body:
        return failed(url, state, Verdict("unreachable", "HTTP 304 without a validator of ours"), now, pace)
    after = replace(state, conditional=state.conditional + 1)
    return _answered(url, after, verdict, 0, False, 0.0, now, pace)


def repeated(url: str, state: FeedState, verdict: Verdict, got: Got, now: float, pace: Pace) -> Outcome:
    """The same bytes as the last time: nothing was parsed."""
    after = _with_validators(replace(state, conditional=0), got)
    return _answered(url, after, verdict, 0, False, cache_seconds(got.headers, now), now, pace)


def read(
    url: str,
    state: FeedState,
    verdict: Verdict,
    got: Got,
    parsed: Parsed,
    naming: Naming,
    fresh: int,
    now: float,
    pace: Pace,
) -> Outcome:
    """A body whose entries were read."""
    gap = is_gap(state, naming.named)
    lied = _lied(state, got, naming, fresh)
    moments = [each.entry.published for each in naming.named if each.entry.published is not None]
    first = not state.parsed
    after = replace(
        _with_validators(state, got),
        trusted=state.trusted and not lied,
        conditional=0,
        body=got.hash,
        bad="",
        bad_at=0.0,
        parsed=now,
        hint=parsed.hint,
        skip_hours=parsed.skip_hours,
        skip_days=parsed.skip_days,
        size=len(naming.named),
        largest=max(state.largest, len(naming.named)),
        last=tuple(each.mark for each in naming.named[:KEPT_MARKS]),
        weak=naming.weak,
        gaps=state.gaps + gap,
        gap_at=now if gap else state.gap_at,
        hub=parsed.hub,
        topic=parsed.topic,
    )
    if first:
        rate = schedule.first_rate(moments, now)
        newest = max((moment for moment in moments if moment <= now), default=now)
        after = replace(after, rate=rate, usual=rate, fresh=newest if naming.named else 0.0)
    outcome = _answered(url, after, verdict, fresh, gap, cache_seconds(got.headers, now), now, pace, first)
    if lied:
        told = "its validators say that nothing changed when something did; they are not sent any more"
        return outcome._replace(state=replace(outcome.state, detail=told))
    return outcome


_STATE_OF = {
    "throttled": "throttled",
    "gone": "gone",
    "unreachable": "unreachable",
    "refused": "refused",
    "not-a-feed": "not-a-feed",
}


def _answered(
    url: str,
    state: FeedState,
    verdict: Verdict,
    fresh: int,
    gap: bool,
    cached: float,
    now: float,
    pace: Pace,
    first: bool = False,
) -> Outcome:
    """Success, with or without news: learn the feed's pace and set the next interval."""
    if not first:
        rate, usual = schedule.learn_rate(state, fresh, now), schedule.learn_usual(state, fresh, now)
        state = replace(state, rate=rate, usual=usual, fresh=now if fresh else state.fresh)
    state = replace(state, checked=now, succeeded=now, failures=0)
    wish = max(state.hint, min(cached, LONGEST_WAIT))
    state = replace(state, interval=schedule.interval(state, fresh, gap, wish, pace))
    state = _moved(state, verdict.moved_to, now)
    moved = verdict.moved_to
    detail = f"moved to {moved}" if moved else "entries were missed" if gap else ""
    state = _health(state, health.answering(state, fresh, bool(moved), now), detail, now)
    return Outcome(state, schedule.after_success(url, state, now))


def _health(state: FeedState, name: str, detail: str, now: float) -> FeedState:
    return replace(state, health=name, detail=detail[:300], since=state.since if state.health == name else now)


def _moved(state: FeedState, target: str, now: float) -> FeedState:
    """Counts sightings of a permanent redirect; at last the new address is asked instead of the old one."""
    if not target:
        return replace(state, move=None)
    if state.move is None or state.move.target != target:
        return replace(state, move=Move(target, now, 1))
    move = Move(target, state.move.first, state.move.count + 1)
    if move.count >= MOVE_SIGHTINGS and now - move.first >= MOVE_SECONDS:
        return replace(state, move=None, address=target, etag="", modified="", validators_of="")
    return replace(state, move=move)


def _with_validators(state: FeedState, got: Got) -> FeedState:
    """Validators belong to the address that gave them; those behind a redirect are not kept."""
    if not got.direct:
        return replace(state, etag="", modified="", validators_of="")
    etag, modified = got.headers.get("etag", "")[:500], got.headers.get("last-modified", "")[:100]
    return replace(state, etag=etag, modified=modified, validators_of=got.asked if etag or modified else "")


def _lied(state: FeedState, got: Got, naming: Naming, fresh: int) -> bool:
    """Whether an unconditional answer shows that "not modified" was untrue.

    Either the validators are the same as before and the entries are not, or an entry is dated clearly before the
    last time that the server said "not modified" and had not been shown.
    """
    if got.conditional or not got.direct or not fresh or state.validators_of != got.asked:
        return False
    etag, modified = got.headers.get("etag", ""), got.headers.get("last-modified", "")
    if (state.etag and etag == state.etag) or (not state.etag and state.modified and modified == state.modified):
        return True
    if not state.conditional:
        return False
    before = {mark[:8] for mark in state.last}
    hidden = [each.entry.published for each in naming.named if each.mark[:8] not in before]
    return any(moment is not None and state.parsed < moment < state.checked - _LIE_MARGIN for moment in hidden)
