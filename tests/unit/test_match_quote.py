"""The sentence around a span: a table of texts, and what must hold for any text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.match.quote import LONGEST, quotes
from services.match.words import Span

TABLE = Path(__file__).parent.parent / "data" / "match-quotes.tsv"
CASES = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


def cut(marked: str) -> tuple[str, int, int]:
    start = marked.index("[[")
    end = marked.index("]]") - 2
    return marked.replace("[[", "").replace("]]", ""), start, end


@pytest.mark.parametrize(("marked", "expected"), CASES)
def test_sentences(marked: str, expected: str) -> None:
    """Whole sentences, the span marked at its place."""
    text, start, end = cut(marked.replace("⏎", "\n"))
    (quote,) = quotes("", text, [Span("text", start, end)])
    sentence, a, b = cut(expected)
    assert quote.text == sentence == text[quote.start : quote.end]
    assert quote.marks == ((a, b),)


@given(st.text(alphabet="ab .\n?A", max_size=1500), st.data())
def test_any_quote_is_an_exact_slice_that_holds_its_span(text: str, data: st.DataObject) -> None:
    """Not much longer than allowed, however the text is cut up."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    (quote,) = quotes("", text, [Span("text", start, end)])
    assert text[quote.start : quote.end] == quote.text
    assert quote.start <= start and quote.end >= end
    assert len(quote.text) <= max(LONGEST, end - start)


def test_spans_of_one_sentence_share_a_quote() -> None:
    """Overlaps are united; the first span's sentence comes first; at most three quotes, title or text."""
    title, text = "Uno dos", "Tres cuatro cinco. Seis siete."
    spans = [Span("text", 5, 11), Span("text", 8, 17), Span("title", 0, 3), Span("text", 0, 4), Span("text", 19, 23)]
    first, second, third = quotes(title, text, spans)
    assert (first.text, first.marks) == ("Tres cuatro cinco.", ((0, 4), (5, 17)))
    assert (second.field, second.text) == ("title", "Uno dos")
    assert third.text == "Seis siete."
    assert len(quotes(title, text, spans, most=1)) == 1
