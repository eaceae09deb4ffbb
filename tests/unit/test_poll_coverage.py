# ruff: noqa: E501 - a table reads best with a row on a line
"""Quiet because blind, or quiet because nothing happened."""

from __future__ import annotations

import pytest

from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.model.sight import (
    NOTHING_HAPPENED,
    QUIET_BLIND,
    QUIET_PARTLY_BLIND,
    QUIET_STARTING,
    STALE,
    Sight,
    quiet,
    state_now,
)
from services.poll import coverage

NOW = 1_795_000_000.0


def voice(
    family: str, health: str = "ok", country: str = "PE", ago: float = 600.0, number: int = 0
) -> tuple[Feed, FeedState, bool]:
    """A feed of this family, read this many seconds ago."""
    feed = Feed(
        url=f"https://{family}-{number}.example/rss",
        title=family,
        country=country,
        language="es",
        outlet=family,
        family=family,
    )
    return feed, FeedState(health=health, succeeded=NOW - ago, interval=900.0, rate=10.0, usual=12.0), False


TABLE = (
    ("all well", [voice("a"), voice("b"), voice("c")], "seeing", NOTHING_HAPPENED),
    ("two of three", [voice("a"), voice("b"), voice("c", "unreachable")], "seeing", NOTHING_HAPPENED),
    ("half", [voice("a"), voice("b", "throttled")], "partly blind", QUIET_PARTLY_BLIND),
    ("one of four", [voice("a"), voice("b", "gone"), voice("c", "refused"), voice("d", "not-a-feed")], "blind", QUIET_BLIND),
    ("none", [voice("a", "unreachable")], "blind", QUIET_BLIND),
    ("silent is not seen", [voice("a", "silent"), voice("b", "silent")], "blind", QUIET_BLIND),
    ("stale success is not seen", [voice("a", ago=90_000.0)], "blind", QUIET_BLIND),
    ("ten feeds of one house are one voice", [voice("a", number=n) for n in range(10)] + [voice("b", "gone"), voice("c", "gone"), voice("d", "gone")], "blind", QUIET_BLIND),
    ("one feed of a house is enough", [voice("a", "gone", number=n) for n in range(9)] + [voice("a", number=9)], "seeing", NOTHING_HAPPENED),
    ("just started", [voice("a", "new"), voice("b", "new")], "starting", QUIET_STARTING),
    ("starting well", [voice("a"), voice("b", "new"), voice("c", "new")], "starting", QUIET_STARTING),
    ("starting badly", [voice("a", "unreachable"), voice("b", "new")], "blind", QUIET_BLIND),
)  # fmt: skip


@pytest.mark.parametrize(("feeds", "state", "words"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_country(feeds: list[tuple[Feed, FeedState, bool]], state: str, words: str) -> None:
    """The state, and what silence there means."""
    found = coverage.coverage(feeds, NOW)
    assert found["PE"].state == state
    assert quiet(found, ["PE"], NOW) == words


def test_several_countries() -> None:
    """Blind in all is blind, blind in one is partly; a country without any feed is blind."""
    found = coverage.coverage([voice("a"), voice("b", "gone", "CL")], NOW)
    assert quiet(found, ["PE", "CL"], NOW) == QUIET_PARTLY_BLIND
    assert quiet(found, ["CL"], NOW) == QUIET_BLIND
    assert quiet(found, ["SR"], NOW) == QUIET_BLIND
    assert quiet({}, [], NOW) == QUIET_BLIND


def test_paused_and_sample_feeds() -> None:
    """A paused feed is not seen and says so; sample feeds tell nothing about a country."""
    feed, state, _ = voice("a")
    sample = Feed(url="http://127.0.0.1/x", title="s", country="CL", language="es", outlet="s", family="s", sample=True)
    found = coverage.coverage([(feed, state, True), (sample, state, False)], NOW)
    assert dict(found["PE"].health) == {"paused": 1}
    assert found["PE"].state == "blind"
    assert "CL" not in found


AGES = (
    ("just told", 0.0, "seeing", NOTHING_HAPPENED),
    ("told a moment ago", STALE, "seeing", NOTHING_HAPPENED),
    ("no poller has told for too long", STALE + 1.0, "blind", QUIET_BLIND),
)


@pytest.mark.parametrize(("ago", "state", "words"), [row[1:] for row in AGES], ids=[row[0] for row in AGES])
def test_a_sight_that_nobody_renews_is_none(ago: float, state: str, words: str) -> None:
    """When no poller runs, silence says nothing."""
    sights = coverage.coverage([voice("a")], NOW - ago)
    assert state_now(sights["PE"], NOW) == state
    assert quiet(sights, ["PE"], NOW) == quiet(sights, [], NOW) == words


def test_a_country_tells_when_it_was_last_read_and_last_brought_something() -> None:
    """Of all its feeds the newest."""
    early, late = (
        (voice(name)[0], FeedState(health="unchanged", succeeded=NOW - ago, fresh=NOW - 10 * ago), False)
        for name, ago in (("a", 100.0), ("b", 50.0))
    )
    found = coverage.coverage([early, late], NOW)["PE"]
    assert (found.at, found.last_read, found.last_entry) == (NOW, NOW - 50.0, NOW - 500.0)
    assert isinstance(found, Sight)
