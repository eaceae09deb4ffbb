"""Tables of addresses, dates and texts as feeds write them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.poll import canonical, dates
from services.poll.text import one_line, plain, shorten

DATA = Path(__file__).parents[1] / "data" / "poll"


def rows(name: str) -> list[list[str]]:
    """The lines of a table, without comments."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(("link", "address", "identity"), rows("canonical.tsv"))
def test_addresses(link: str, address: str, identity: str) -> None:
    """Golden: the address for readers, and what is compared."""
    assert canonical.clean(link) == address
    assert canonical.identity(link) == identity


@given(st.text(max_size=80))
def test_cleaning_an_address_twice_changes_nothing(path: str) -> None:
    """Whatever follows the host."""
    once = canonical.clean(f"https://diario.example/{path}")
    assert canonical.clean(once) == once
    assert canonical.identity(once) == canonical.identity(canonical.clean(once))


def test_relative_links_are_resolved() -> None:
    """Against the address that answered."""
    assert canonical.clean("../nota?x=1", "https://diario.example/rss/feed.xml") == "https://diario.example/nota?x=1"
    assert canonical.clean("//otro.example/a", "https://diario.example/") == "https://otro.example/a"


@pytest.mark.parametrize(("written", "country", "expected"), rows("dates.tsv"))
def test_dates(written: str, country: str, expected: str) -> None:
    """Golden."""
    found = dates.parse(written, country)
    assert ("-" if found is None else datetime.fromtimestamp(found, UTC).strftime("%Y-%m-%dT%H:%M:%S")) == expected


@given(st.text(max_size=60))
def test_no_text_makes_the_date_reader_raise(text: str) -> None:
    """It answers None instead."""
    found = dates.parse(text, "AR")
    assert found is None or isinstance(found, float)


def test_a_date_must_be_plausible() -> None:
    """Not before feeds existed, not more than a day ahead."""
    now = 1_795_000_000.0
    assert dates.plausible(now - 86_400, now) == now - 86_400
    assert dates.plausible(now + 3600, now) == now + 3600
    assert dates.plausible(now + 2 * 86_400, now) is None
    assert dates.plausible(0.0, now) is None
    assert dates.plausible(None, now) is None


TEXTS = (
    ("<p>Chile y <b>Perú</b></p><p>firman</p>", "Chile y Perú\nfirman"),
    ("uno<br>dos<br/>tres", "uno\ndos\ntres"),
    ("<ul><li>uno</li><li>dos</li></ul>", "uno\ndos"),
    ("Migraci&amp;oacute;n &amp;amp; minas", "Migración & minas"),
    ("&lt;p&gt;Hola&lt;/p&gt;", "Hola"),
    ("<script>alert(1)</script>texto<style>p{}</style>", "texto"),
    ("<!-- nada -->texto", "texto"),
    ("5 < 6 y 7 > 2", "5 < 6 y 7 > 2"),
    ("AT&T y R&D", "AT&T y R&D"),
    ("mal <b cerrado", "mal"),
    ("a\u0000b\u200bc\u00add", "abcd"),
    ("n\u0303andu\u0301", "ñandú"),
    ("uno\r\n\r\n\r\ndos   tres\u00a0cuatro", "uno\ndos tres cuatro"),
    ("a\ud83db", "ab"),
    ("", ""),
)


@pytest.mark.parametrize(("markup", "text"), TEXTS)
def test_plain_text(markup: str, text: str) -> None:
    """What a reader would see."""
    assert plain(markup, 1000) == text


def test_titles_are_one_line() -> None:
    """Whatever breaks they came with."""
    assert one_line("<h1>Uno</h1>\n dos<br>tres", 100) == "Uno dos tres"


@given(st.text(max_size=400), st.integers(2, 60))
def test_text_is_always_bounded_and_can_be_encoded(markup: str, limit: int) -> None:
    """For whatever markup: within the limit, valid UTF-8, no control characters but the line break."""
    text = plain(markup, limit)
    assert len(text) <= limit
    assert text.encode().decode() == text
    assert all(char == "\n" or char.isprintable() or ord(char) > 0xFF for char in text) or not text


@given(st.text(alphabet="ab ", max_size=80), st.integers(2, 40))
def test_shortening_keeps_the_beginning(text: str, limit: int) -> None:
    """A cut text is a prefix and an ellipsis."""
    cut = shorten(text, limit)
    assert len(cut) <= limit
    assert cut == text or (cut.endswith("…") and text.startswith(cut[:-1].rstrip()))
