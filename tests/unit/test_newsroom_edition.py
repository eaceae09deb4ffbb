"""Editions: what is shown when, as a pure function; new at each start, never taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.newsroom.edition import (
    FIRST_LOT_AGE,
    QUICK_TURNS,
    Edition,
    edition,
    edition_id,
    edition_start,
    length,
    published_after,
)
from services.newsroom.library import shipped

START = datetime(2026, 3, 14, 15, 9, 26, tzinfo=UTC)  # a Saturday
END = START + length(shipped(), 1.0)


def at(seconds: float) -> Edition:
    """The edition of START, so many seconds after it."""
    return edition(shipped(), START, START + timedelta(seconds=seconds))


def paths(shown: Edition) -> set[str]:
    """Every article's link in every feed."""
    return {item.path for view in shown.feeds.values() for item in view.items}


def test_the_first_lot_is_there_at_once_and_fresh() -> None:
    """At the start there is something of every turn-0 article, dated within the last minutes."""
    items = [item for view in at(0).feeds.values() for item in view.items]
    assert len(items) >= 8
    assert all(START - FIRST_LOT_AGE <= item.published <= START for item in items)
    assert len({item.published for item in items}) > len(items) // 2


def test_turns_come_quickly_then_slowly() -> None:
    """Three seconds a turn at first, fifteen later; twice the pace is half the time."""
    gaps = [published_after(turn + 1, 1) - published_after(turn, 1) for turn in range(QUICK_TURNS + 3)]
    assert [gap.total_seconds() for gap in gaps] == [3] * QUICK_TURNS + [15] * 3
    assert published_after(20, 2) * 2 == published_after(20, 1)


@given(st.integers(0, 300), st.integers(0, 300))
def test_nothing_published_disappears(first: int, more: int) -> None:
    """What a feed has shown it goes on showing."""
    assert paths(at(first)) <= paths(at(first + more))


@given(st.integers(0, 300))
def test_nothing_is_dated_in_the_future(seconds: int) -> None:
    """No entry and no feed claims a moment that has not come."""
    for view in at(seconds).feeds.values():
        assert view.updated <= START + timedelta(seconds=seconds)
        assert all(item.published <= item.updated for item in view.items)
        assert all(item.listed <= START + timedelta(seconds=seconds) for item in view.items)


def test_it_is_a_function_of_its_arguments() -> None:
    """Two calls agree; another seed chooses other words."""
    assert at(100) == at(100)
    other = edition(shipped(), START, START + timedelta(seconds=100), seed=1)
    assert other != at(100)
    assert paths(other) == paths(at(100))


def test_every_start_is_a_new_edition() -> None:
    """No link and no guid of one edition is in the next, a second later."""
    later = START + timedelta(seconds=1)
    second = edition(shipped(), later, later + timedelta(hours=1))
    everything = at(3600)
    assert not paths(everything) & paths(second)
    guids = [{item.guid for view in each.feeds.values() for item in view.items} for each in (everything, second)]
    assert not guids[0] & guids[1]


def test_the_id_gives_the_start_back() -> None:
    """An old link is enough to know its edition; what is no id gives None."""
    assert edition_start(edition_id(START)) == START
    assert edition_start("20261399-000000") is None


def test_the_weekday_is_the_days() -> None:
    """[[today]] is the weekday in the outlet's language, and no mark is left in any text."""
    whole = at(3600)
    texts = {
        outlet: " ".join(item.title + " ".join(item.paragraphs) for item in view.items)
        for outlet, view in whole.feeds.items()
    }
    assert not [outlet for outlet, text in texts.items() if "[[" in text or "]]" in text]
    assert "este sábado" in texts["faro-del-sur"]
    assert "on Saturday" in texts["southern-ledger"]


def test_an_edit_keeps_link_and_guid_and_changes_what_it_says() -> None:
    """The arrival in Quito says nothing of security at first, and the edit does, under the same link."""

    def arrival(seconds: float) -> tuple[str, str, str, tuple[str, ...]]:
        items = at(seconds).feeds["faro-del-sur"].items
        found = next(item for item in items if item.path.endswith("/llegada-a-quito"))
        return found.guid, found.path, found.title, found.areas

    before, after = arrival(10), arrival(22)
    assert before[:2] == after[:2]
    assert before[2] != after[2]
    assert (before[3], after[3]) == ((), ("security",))


def test_a_copy_has_the_owners_link_with_tracking_parameters() -> None:
    """The copied entry's page is the original's; its guid is its own."""
    whole = at(3600).feeds
    copy = next(item for item in whole["voz-de-la-sierra"].items if "?" in item.path)
    original = next(item for item in whole["faro-del-sur"].items if item.path == copy.page)
    assert copy.path.startswith(original.path + "?utm_source=")
    assert copy.guid != original.guid
    assert copy.paragraphs == original.paragraphs


def test_a_reprint_has_its_own_link_and_the_agencys_words() -> None:
    """The wire's text at another outlet is an article of that outlet."""
    whole = at(3600).feeds
    reprint = next(item for item in whole["ecos-de-la-mitad"].items if item.path.endswith("/traslado-de-presos"))
    wire = next(item for item in whole["agencia-meridiano"].items if item.path.endswith("/traslado-de-presos"))
    assert reprint.path != wire.path
    assert reprint.paragraphs == wire.paragraphs


def test_after_the_last_turn_it_is_quiet() -> None:
    """Nothing changes any more, so that a quiet newsroom reads as quiet and not as broken."""
    assert edition(shipped(), START, END) == edition(shipped(), START, END + timedelta(days=2))
    assert edition(shipped(), START, END - timedelta(seconds=1)) != edition(shipped(), START, END)
