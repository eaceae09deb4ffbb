"""Log lines as people see them."""

from __future__ import annotations

import json

import msgspec
import pytest

from services.channels.card import card
from services.model.alert import Alert, Quote, Stamps
from services.render import readable

NOW = 1_790_000_000.0
ALERT = Alert(
    id="a1", subscription="s", story="x", development="first", article="x", version=1, digest="", title="A\x1b[2Jtitle",
    url="http://example.org/", outlet="example", lang="en", areas=("mining",), topics=(), countries=("CL",),
    quotes=(Quote(field="text", start=0, end=9, text="They met."),), stamps=Stamps(seen=NOW - 60),
)  # fmt: skip

LINES = [
    # event, the readable line without colour
    (
        {"time": "2026-11-22T18:03:04.5Z", "level": "info", "stage": "tag", "event": "rules loaded", "rules": "ab12"},
        "18:03:04 tag       rules loaded  rules=ab12",
    ),
    (
        {"time": "2026-11-22T18:03:04Z", "level": "warning", "stage": "up", "event": "worker ended", "why": "no room"},
        '18:03:04 up        worker ended  why="no room"',
    ),
    (
        {"time": "2026-11-22T18:03:04Z", "stage": "poll", "event": "a", "count": 3, "list": [1, 2], "on": True},
        '18:03:04 poll      a  count=3 list="[1, 2]" on=true',
    ),
    ({"event": "alone"}, "           alone"),
    (
        {"time": "2026-11-22T18:03:04Z", "stage": "tag", "event": "failed", "exception": "Traceback\n  line"},
        "18:03:04 tag       failed\nTraceback\n  line",
    ),
    (
        {"time": "2026-11-22T18:03:04Z", "stage": "tag", "event": "ñandú", "text": "Perú"},
        "18:03:04 tag       ñandú  text=Perú",
    ),
]

AS_THEY_ARE = ["Traceback (most recent call last):", "", '["a", "list"]', '{"no": "event"}', "{broken", "42"]


def plain(line: str) -> str:
    """Without colour, a hundred wide."""
    return readable(line, NOW, colour=False, width=100)


@pytest.mark.parametrize(("event", "expected"), LINES, ids=[str(number) for number in range(len(LINES))])
def test_an_event_is_one_line_with_its_fields(event: dict[str, object], expected: str) -> None:
    assert plain(json.dumps(event)) == expected


@pytest.mark.parametrize("line", AS_THEY_ARE)
def test_a_line_that_is_no_event_comes_back_as_it_is(line: str) -> None:
    assert plain(line) == line


@pytest.mark.parametrize(("level", "code"), [("debug", "2"), ("warning", "33"), ("error", "31"), ("critical", "31;1")])
def test_levels_other_than_info_have_a_colour(level: str, code: str) -> None:
    line = json.dumps({"time": "2026-11-22T18:03:04Z", "level": level, "stage": "tag", "event": "x"})
    assert readable(line, NOW, colour=True, width=100) == f"\x1b[{code}m18:03:04 tag       x\x1b[0m"


def test_info_has_none() -> None:
    line = json.dumps({"time": "2026-11-22T18:03:04Z", "level": "info", "stage": "tag", "event": "x"})
    assert "\x1b" not in readable(line, NOW, colour=True, width=100)


def test_an_alert_is_a_card() -> None:
    line = json.dumps({"event": "alert", "delivery": "d", "alert": msgspec.to_builtins(ALERT)})
    assert plain(line) == card(ALERT, NOW, colour=False, width=100)
    assert "They met." in plain(line)


def test_what_an_article_says_cannot_steer_the_terminal() -> None:
    line = json.dumps({"event": "alert", "alert": msgspec.to_builtins(ALERT)})
    assert "\x1b" not in plain(line)


@pytest.mark.parametrize("field", ["detail", "event", "exception"])
def test_what_a_field_quotes_cannot_steer_the_terminal(field: str) -> None:
    """A feed's address, a receiver's answer or an error may hold anything."""
    line = json.dumps(
        {"time": "2026-11-22T18:03:04Z", "stage": "poll", "event": "x", field: "a\x1b]0;title\x07\r\x9bb"}
    )
    assert not {"\x1b", "\x07", "\r", "\x9b"} & set(plain(line))
    assert "a�]0;title���b" in plain(line)


def test_an_alert_of_another_shape_is_shown_as_it_is() -> None:
    """A newer release may write what this one cannot draw: nothing is hidden."""
    line = json.dumps({"event": "alert", "alert": {"id": 1}})
    assert plain(line) == line
