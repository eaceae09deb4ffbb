"""When feeds are fetched, and what answers mean: tables and properties of pure functions."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.model.feed_state import FeedState
from services.poll import health, schedule, verdict
from services.poll.schedule import DAY, Pace

NOW = 1_795_000_000.0
PACE = Pace()
URL = "https://diario.example/rss"

RETRY_AFTER = (
    ("120", 120.0),
    (" 120 ", 120.0),
    ("0", 0.0),
    ("1.5", 1.5),
    ("316800", DAY),
    ("99999999999999", 0.0),
    ("-5", 0.0),
    ("soon", 0.0),
    ("", 0.0),
    (formatdate(NOW + 3600, usegmt=True), 3600.0),
    (formatdate(NOW - 3600, usegmt=True), 0.0),
    (formatdate(NOW + 88 * 3600, usegmt=True), DAY),
    ("Wed, 99 Nov 2026 99:99:99 GMT", 0.0),
)


@pytest.mark.parametrize(("header", "seconds"), RETRY_AFTER)
def test_retry_after(header: str, seconds: float) -> None:
    """Seconds or a date; nonsense counts as not said; a day at most."""
    assert verdict.retry_after(header, NOW) == pytest.approx(seconds, abs=1.0)


VERDICTS = (
    (200, {}, False, "body"),
    (226, {}, False, "body"),
    (304, {}, True, "same"),
    (400, {}, False, "unreachable"),
    (403, {}, False, "unreachable"),
    (403, {}, True, "throttled"),
    (403, {"retry-after": "60"}, False, "throttled"),
    (404, {}, True, "unreachable"),
    (410, {}, True, "gone"),
    (429, {}, False, "throttled"),
    (500, {}, True, "unreachable"),
    (503, {}, True, "throttled"),
    (301, {}, True, "unreachable"),
)


@pytest.mark.parametrize(("status", "headers", "succeeded", "kind"), VERDICTS)
def test_verdicts(status: int, headers: dict[str, str], succeeded: bool, kind: str) -> None:
    """A 403 is a throttle when the feed was open before, or when it says how long to wait."""
    state = FeedState(succeeded=NOW - DAY if succeeded else 0.0)
    assert verdict.of_answer(state, status, headers, (), NOW).kind == kind


HOPS = (
    ((), ""),
    (((301, "b"),), "b"),
    (((308, "b"), (301, "c")), "c"),
    (((301, "b"), (302, "c")), "b"),
    (((302, "b"), (301, "c")), ""),
    (((307, "b"),), ""),
)


@pytest.mark.parametrize(("hops", "target"), HOPS)
def test_only_leading_permanent_redirects_move_a_feed(hops: tuple[tuple[int, str], ...], target: str) -> None:
    """Behind a temporary redirect nothing is permanent."""
    assert verdict.permanent_target(hops) == target


CACHE = (
    ({"cache-control": "max-age=600"}, 600.0),
    ({"cache-control": "public, Max-Age = 60, must-revalidate"}, 60.0),
    ({"cache-control": "no-cache, max-age=600"}, 0.0),
    ({"cache-control": "max-age=600", "expires": formatdate(NOW + 60, usegmt=True)}, 600.0),
    ({"expires": formatdate(NOW + 60, usegmt=True)}, 60.0),
    ({"expires": "0"}, 0.0),
    ({}, 0.0),
)


@pytest.mark.parametrize(("headers", "seconds"), CACHE)
def test_cache_lifetime(headers: dict[str, str], seconds: float) -> None:
    """Cache-Control before Expires."""
    assert verdict.cache_seconds(headers, NOW) == pytest.approx(seconds, abs=1.0)


def test_validators_go_only_to_the_address_that_gave_them() -> None:
    """And not when they lied, nor when a probe is due."""
    state = FeedState(etag='"a"', modified="Wed", validators_of=URL)
    assert verdict.request_headers(state, URL)["If-None-Match"] == '"a"'
    assert verdict.request_headers(state, URL)["If-Modified-Since"] == "Wed"
    assert "If-None-Match" not in verdict.request_headers(state, URL + "2")
    lied = FeedState(etag='"a"', validators_of=URL, trusted=False)
    assert "If-None-Match" not in verdict.request_headers(lied, URL)
    due = FeedState(etag='"a"', validators_of=URL, conditional=verdict.PROBE_AFTER)
    assert "If-None-Match" not in verdict.request_headers(due, URL)


def test_bodies_that_differ_in_their_build_date_are_equal() -> None:
    """Else every fetch of many feeds would be parsed."""
    one = b"<rss><lastBuildDate>Sun, 22 Nov 2026 10:00:00</lastBuildDate><item>a</item><!-- 12 ms --></rss>"
    two = b"<rss><lastBuildDate>Sun, 22 Nov 2026 10:15:00</lastBuildDate><item>a</item><!-- 9 ms --></rss>"
    assert verdict.body_hash(one) == verdict.body_hash(two) != verdict.body_hash(two.replace(b">a<", b">b<"))


@given(st.floats(0, 1e5), st.integers(0, 500), st.booleans(), st.floats(0, 1e7), st.floats(0, 1e5))
def test_the_interval_stays_between_floor_and_ceiling(
    rate: float, fresh: int, gap: bool, wish: float, before: float
) -> None:
    """Whatever was learnt and whatever the publisher asks for."""
    found = schedule.interval(FeedState(rate=rate, interval=before), fresh, gap, wish, PACE)
    assert PACE.floor <= found <= max(PACE.ceiling, min(wish, PACE.wish))
    assert found >= min(wish, PACE.wish)


@given(st.floats(1, 1000))
def test_the_interval_approaches_the_feeds_own_pace(rate: float) -> None:
    """About two fetches per new entry."""
    state = FeedState(rate=rate)
    for _ in range(12):
        state = FeedState(rate=rate, interval=schedule.interval(state, 1, False, 0.0, PACE))
    assert state.interval == pytest.approx(min(max(DAY / rate / 2, PACE.floor), PACE.ceiling), rel=0.05)


@given(st.integers(1, 200), st.floats(NOW, NOW + 1e8))
def test_back_off_grows_to_a_day_and_no_further(failures: int, now: float) -> None:
    """A feed that fails is still asked about once a day: feeds come back after weeks."""
    wait = schedule.after_failure(URL, failures, now, PACE) - now
    usual = min(900.0 * 2 ** min(failures - 1, 30), DAY)
    assert 0.74 * usual <= wait <= 1.26 * usual


@given(st.floats(1, DAY), st.integers(1, 50))
def test_a_throttled_feed_never_comes_earlier_than_told(wait: float, failures: int) -> None:
    """And those of one host do not come back together."""
    dues = {schedule.after_throttle(f"{URL}/{n}", failures, wait, NOW, PACE) - NOW for n in range(20)}
    assert all(wait * 0.999999 <= due <= wait * 1.2500001 for due in dues)
    assert len(dues) == 20


@given(st.sets(st.integers(0, 23), max_size=23), st.sets(st.integers(0, 6), max_size=6), st.floats(NOW, NOW + 1e7))
def test_excluded_hours_and_days_are_left_out(hours: set[int], days: set[int], now: float) -> None:
    """skipHours and skipDays, in GMT."""
    state = FeedState(interval=900.0, skip_hours=tuple(hours), skip_days=tuple(days))
    due = schedule.after_success(URL, state, now)
    at = datetime.fromtimestamp(due, UTC)
    assert at.hour not in hours
    assert at.weekday() not in days
    assert due >= now


def test_jitter_is_repeatable_and_differs_between_feeds() -> None:
    """Feeds do not march in step, and a test can know the due time."""
    dues = [schedule.after_success(f"{URL}/{n}", FeedState(interval=900.0), NOW) for n in range(50)]
    assert dues == [schedule.after_success(f"{URL}/{n}", FeedState(interval=900.0), NOW) for n in range(50)]
    assert len({round(due) for due in dues}) > 40


def test_habit_is_learnt_and_not_lowered_by_silence() -> None:
    """Ten entries a day for a month, then nothing: silent after three days, and the habit is still about ten."""
    state, now = FeedState(), NOW
    for _ in range(30 * 24):
        now += 3600.0
        fresh = 1 if int(now // 3600) % 24 < 10 else 0
        rate, usual = schedule.learn_rate(state, fresh, now), schedule.learn_usual(state, fresh, now)
        state = FeedState(rate=rate, usual=usual, checked=now, fresh=now if fresh else state.fresh)
    assert state.rate == pytest.approx(10.0, rel=0.5)
    assert not health.is_silent(state, now + 2 * DAY)
    for _ in range(5 * 24):
        now += 3600.0
        state = FeedState(
            rate=schedule.learn_rate(state, 0, now),
            usual=schedule.learn_usual(state, 0, now),
            checked=now,
            fresh=state.fresh,
        )
    assert state.rate < 4.0
    assert state.usual > 5.0
    assert health.is_silent(state, now)


SILENT = (
    (1.0, 2.0, False),
    (1.0, 9.0, False),
    (1.0, 11.0, True),
    (50.0, 2.0, False),
    (50.0, 4.0, True),
    (0.01, 170.0, False),
    (0.01, 190.0, True),
    (0.0, 9.0, False),
    (0.0, 11.0, True),
)


@pytest.mark.parametrize(("usual", "days", "silent"), SILENT)
def test_silence(usual: float, days: float, silent: bool) -> None:
    """Entries a day as a habit, days without any."""
    assert health.is_silent(FeedState(usual=usual, fresh=NOW - days * DAY), NOW) is silent
