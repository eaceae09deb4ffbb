"""The card of an alert: what a reader sees, and what an article cannot do to a terminal."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from services.channels.card import age, card
from services.match.facts import Facts
from services.match.raising import new_alert
from services.model.alert import Alert
from services.model.subscription import Subscription
from tests.tagged_samples import tagged


@pytest.fixture
def alert() -> Alert:
    return new_alert(Facts(tagged()), Subscription(id="corridor", areas=("migration",)), 1100.0).alert


def test_a_card_shows_area_countries_headline_sentence_link_and_age(alert: Alert) -> None:
    """And that it is a sample, when it is."""
    plain = card(replace(alert, sample=True), 940.0 + 7200, colour=False, width=100)
    assert "SAMPLE MIGRATION · Chile–Peru · propose" in plain
    assert "Presidente electo de Chile propone a Perú un corredor humanitario" in plain
    assert "[propuso] a Perú abrir un [corredor humanitario]" in plain
    assert "https://example.org/a" in plain and "2 h ago" in plain and "El Faro (CL)" in plain
    assert "SAMPLE" not in card(alert, 1100.0, colour=False)
    assert "\x1b" not in plain


def test_colour_marks_the_evidence(alert: Alert) -> None:
    """Without brackets, in reverse."""
    coloured = card(alert, 1100.0, colour=True)
    assert "[propuso]" not in coloured
    assert re.search(r"\x1b\[[0-9;]*7m(propuso)\x1b\[0m", coloured)


def test_an_article_cannot_steer_the_terminal(alert: Alert) -> None:
    """Control characters and markup come out as text."""
    nasty = replace(
        alert, title="[bold]x[/bold] \x1b[2J\r\x07 fin", url="https://example.org/\x1b]0;x\x07", stance=None
    )
    shown = card(nasty, 1100.0, colour=False)
    assert "[bold]x[/bold]" in shown and "\x1b" not in shown and "\x07" not in shown and "\r" not in shown


@pytest.mark.parametrize("width", [1, 40, 200])
def test_lines_fit(alert: Alert, width: int) -> None:
    """Whatever the terminal; only the link is never broken."""
    url = "https://example.org/" + "x" * 300
    lines = card(replace(alert, url=url), 1100.0, colour=False, width=width).splitlines()
    assert f"  {url}" in lines
    assert all(len(line) <= max(width, 30) for line in lines if url not in line)


@pytest.mark.parametrize(
    ("seconds", "text"), [(-5, "0 s ago"), (59, "59 s ago"), (60, "1 min ago"), (7199, "1 h ago"), (1e6, "11 d ago")]
)
def test_ages(seconds: float, text: str) -> None:
    """In the largest unit that fits."""
    assert age(seconds) == text
