"""Hostile text: bounded time, no crash, evidence still exact."""

from __future__ import annotations

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tag.tag_cli import Line, write_line
from tests.unit.tagging import tagger

HOSTILE = {
    "10 MB of words": "minería ilegal en la frontera de Perú y Chile, que rechazó el acuerdo. " * 140_000,
    "10 MB of one word": "oro" * 3_400_000,
    "combining marks alone": "\u0301\u0303\u0308" * 300_000,
    "a letter under many marks": "e" + "\u0301" * 500_000,
    "digits alone": "0123456789" * 100_000,
    "lone surrogates": "\ud800\udfff" * 200_000,
    "NUL": "\0" * 500_000,
    "right-to-left marks": "\u202e\u200f" * 200_000 + "minería",
    "zero-width between letters": "\u200b".join("minería ilegal" * 20_000),
    "100,000 matches": "oro " * 100_000,
    "gap pattern bait": "tráfico ilícito internacional de de de de " * 30_000,
    "mixed wide and narrow": "a“" * 300_000,
    "no spaces": "\u4e2d" * 1_000_000,
    "brackets": "(Lea " * 200_000,
    "plus signs": "++ " * 300_000,
    "full stops": ". A" * 300_000,
    "line breaks": "\n" * 500_000,
    "spaces": " " * 1_000_000,
    "one long sentence of states": "Chile, Perú, Bolivia y Ecuador, " * 30_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_bounded_time(name: str) -> None:
    text = HOSTILE[name]
    tagger()
    begun = time.process_time()
    tagged = tagger().tag(Line("h", text[:2_000], text, "es"))
    write_line(tagged)
    assert time.process_time() - begun < 20, "seconds of processor time"
    fields = {"title": text[:2_000], "text": text}
    for topic in tagged.topics:
        for span in topic.evidence:
            assert fields[span.field][span.start : span.end] == span.text


def test_hostile_text_takes_bounded_memory() -> None:
    text = HOSTILE["10 MB of words"]
    tagger().tag(Line("warm", "Perú", "Minería ilegal.", "es"))
    tracemalloc.start()
    try:
        tagger().tag(Line("h", "", text, "es"))
        assert tracemalloc.get_traced_memory()[1] < 300_000_000
    finally:
        tracemalloc.stop()


NASTY = st.text(
    alphabet=st.one_of(st.characters(), st.sampled_from("aeo \u0301\u200b\ud800\0\u202e.,\n(“")), max_size=300
)
BAIT = st.sampled_from(
    ["minería ilegal", "Perú rechazó", "(Lea también: oro)", "EE. UU.", "narcotráfico", "migrantes", "Chile y Perú"]
)


@settings(max_examples=120, deadline=None)
@given(NASTY, st.lists(st.one_of(NASTY, BAIT), max_size=6), st.sampled_from(["es", "pt", "en", None]))
def test_any_text_is_tagged_with_exact_evidence(title: str, parts: list[str], lang: str | None) -> None:
    text = " ".join(parts)
    tagged = tagger().tag(Line("x", title, text, lang), 0.0)
    fields = {"title": title, "text": text}
    for item in (*tagged.topics, *tagged.actors, *tagged.relations):
        assert item.evidence
        for span in item.evidence:
            assert fields[span.field][span.start : span.end] == span.text
    for blocked in tagged.blocked:
        assert fields[blocked.field][blocked.start : blocked.end] == blocked.text
    write_line(tagged)
