"""The span of time that an analyst names, and the articles of it on a log in memory."""

from __future__ import annotations

import pytest

from services.log.base import Record, Topic
from services.log.memory import MemoryLog
from services.looking_back import LookBack, SpanError, is_span, seconds_of
from services.model.article import Article
from services.model.codec import VERSION, encode

DAY = 86_400.0
NOW = 1_789_997_600.0


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("last-7-days", 7 * DAY),
        ("last-1-day", DAY),
        ("last-24-hours", DAY),
        ("last-90-minutes", 5400.0),
        ("last-2-weeks", 14 * DAY),
    ],
)
def test_a_span_is_so_long(words: str, seconds: float) -> None:
    assert is_span(words)
    assert seconds_of(words) == seconds


@pytest.mark.parametrize(
    "words", ["last-days", "last-0-days", "last-7-months", "last-7", "last 7 days", "last--7-days"]
)
def test_an_error_says_what_is_allowed(words: str) -> None:
    assert is_span(words)
    with pytest.raises(SpanError, match=r"is no span of time: write last-N-minutes, last-N-hours, last-N-days"):
        seconds_of(words)


@pytest.fixture
def log() -> MemoryLog:
    """Three articles, stored three days, two days and an hour ago; and a record that is none."""
    moments = iter([NOW - 3 * DAY, NOW - 2 * DAY, NOW - 3600, NOW - 1800])
    filled = MemoryLog(clock=lambda: next(moments))
    filled.prepare([Topic("t", ("g",), partitions=2)])
    for name in ("a", "b", "c"):
        article = Article(id=name, version=1, digest="d", url="u", title=name, text="", feed="f", outlet="o", seen=NOW)
        filled.append("t", [Record(name, encode(article))])
    filled.append("t", [Record("x", encode(article, VERSION + 1))])
    return filled


def test_the_articles_of_the_span_and_no_others(log: MemoryLog) -> None:
    back = LookBack(log, "t", NOW - 2.5 * DAY)
    assert sorted(each.id for each in back) == ["b", "c"]
    assert list(back.notes(168)) == [
        "Articles stored from 2026-09-19 13:33 to 2026-09-21 13:03 UTC.",
        "Asked was from 2026-09-19 01:33 UTC on: the log holds nothing older than these. "
        "It keeps what has been read for 168 hours (topics.keep_hours).",
        "1 records could not be read as articles and were passed over.",
    ]
    assert log.lag("t", "g") == 4


def test_an_empty_span_is_said(log: MemoryLog) -> None:
    back = LookBack(log, "t", NOW)
    assert list(back) == []
    assert list(back.notes(168)) == ["The log holds no article stored since 2026-09-21 13:33 UTC."]
