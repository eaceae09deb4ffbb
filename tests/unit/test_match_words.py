"""Words as a subscriber means them: a table of patterns, texts and what is found."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.match.words import PatternTable, Words, folded, parse

TABLE = Path(__file__).parent.parent / "data" / "match-words.tsv"
CASES = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize(("pattern", "text", "found"), CASES)
def test_what_a_pattern_finds(pattern: str, text: str, found: str, form: str) -> None:
    """In composed and decomposed text, at the exact place."""
    text = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    words = Words("", text)
    spans = words.find(parse(pattern))
    expected = [unicodedata.normalize(form, each) for each in found.split("|") if each]  # type: ignore[arg-type]
    assert [text[span.start : span.end] for span in spans] == expected
    assert words.has(parse(pattern)) == bool(expected)
    assert (pattern in PatternTable([pattern, "otra cosa"]).found(words)) == bool(expected)


def test_a_phrase_does_not_reach_from_the_title_into_the_text() -> None:
    """They are two fields."""
    words = Words("Un corredor", "humanitario")
    assert not words.has(parse("corredor humanitario"))
    assert [span.field for span in words.find(parse("humanitario"))] == ["text"]


@pytest.mark.parametrize("pattern", ["", "***", "- -", "oro *"])
def test_patterns_that_find_nothing_are_refused(pattern: str) -> None:
    """A lone star is no word."""
    with pytest.raises(ValueError, match="letters or digits"):
        parse(pattern)


@given(st.text(alphabet=st.characters(blacklist_categories=("Cs",)), max_size=60))
def test_every_word_is_found_where_it_stands(text: str) -> None:
    """Folding never shifts a word: any text's words, looked for as they are, are at their own places."""
    words = Words("", text)
    for word in words.folded:
        for span in words.find(parse(word)) if word else ():
            assert folded(text[span.start : span.end]).strip() == word
    assert len(words.folded) == len(words.spans)
