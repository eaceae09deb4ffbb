"""Folding: one byte a code point, exact ways back, sentences, links to other articles."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tag.text import MAX_CHARS, Document, Field, fold, split

ANY_TEXT = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("aeíãç\u0301\u0303\u200b\ud800\0\u202e .,\n“”")))


@given(ANY_TEXT)
def test_one_byte_for_each_code_point(text: str) -> None:
    """Folding never changes the length, whatever comes in: offsets depend on it."""
    assert len(fold(text)) == len(text)


@given(ANY_TEXT)
def test_view_and_folded_have_one_length(text: str) -> None:
    """The view and its folded form are parallel, and nothing invisible is left in either."""
    field = Field("text", text)
    assert len(field.folded) == len(field.view)
    assert b"\0" not in field.folded


@given(ANY_TEXT, st.data())
def test_evidence_is_the_slice(text: str, data: st.DataObject) -> None:
    """Evidence for any span of the view equals the slice of the original."""
    field = Field("text", text)
    start = data.draw(st.integers(0, len(field.view)))
    end = data.draw(st.integers(start, len(field.view)))
    found = field.evidence(start, end, "rule")
    assert text[found.start : found.end] == found.text
    assert 0 <= found.start <= found.end <= len(text)


@given(ANY_TEXT)
def test_sentences_cover_what_is_not_blank(text: str) -> None:
    """Sentences follow each other without overlap, and every visible character is in one."""
    spans = split(text)
    assert all(a_end <= b_start for (_, a_end), (b_start, _) in pairwise(spans))
    outside = set(range(len(text))) - {at for start, end in spans for at in range(start, end)}
    assert not any(text[at].strip() for at in outside)


def test_accents_and_case_are_folded() -> None:
    assert fold("MINERÍA Ñandú çã œß ½") == b"mineria nandu ca os 1"


def test_decomposed_text_matches_and_keeps_its_marks() -> None:
    """A decomposed í is one letter of the view; its mark is part of the evidence."""
    text = unicodedata.normalize("NFD", "La minería  ilegal")
    field = Field("text", text)
    assert field.folded == b"la mineria ilegal"
    start = field.folded.index(b"mineria ilegal")
    found = field.evidence(start, start + len("minería ilegal"), "rule")
    assert unicodedata.normalize("NFC", found.text) == "minería  ilegal"


def test_soft_hyphens_and_direction_marks_are_invisible() -> None:
    field = Field("title", "con\u00adtra\u200bbando \u202eya")
    assert field.folded == b"contrabando ya"
    assert field.evidence(0, 11, "rule").text == "con\u00adtra\u200bbando"


def test_a_text_is_read_up_to_its_bound() -> None:
    assert len(Field("text", "a" * (MAX_CHARS + 5)).view) == MAX_CHARS


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("El Sr. Pérez llegó. Luego habló.", 2),
        ("EE. UU. y Perú firmaron. «Es un avance», dijo.", 2),
        ("O dep. J. Silva saiu. O governo negou.", 2),
        ("Mr. Smith met the U.S. envoy. They agreed!", 2),
        ("Creció 3.5 por ciento en 2024. 15 países votaron.", 2),
        ("¿Firmará? ¡Sí! Mañana.", 3),
        ("Un titular\nUn texto sin punto", 2),
        ("", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(split(text)) == count


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("Hubo acuerdo. (Lea también: Cae banda de secuestradores) Siguió la cumbre.", "secuestradores"),
        ("Hubo acordo. Leia também: PF prende traficantes\nSeguiu a reunião.", "traficantes"),
        ("They agreed. (Read more: Gang leader held) The summit went on.", "Gang"),
        ("A ministra falou. ++ Polícia apreende cocaína no porto ++ Depois saiu.", "cocaína"),
    ],
)
def test_links_to_other_articles_are_known(text: str, link: str) -> None:
    field = Field("text", text)
    at = text.index(link)
    assert any(start <= at < end for start, end in field.teasers)


def test_ordinary_brackets_are_no_link() -> None:
    assert Field("text", "El acuerdo (firmado ayer) rige ya. También habló el ministro.").teasers == []


def test_accented_is_of_the_whole_article() -> None:
    assert Document("ACUERDO", "Habló ayer.", "es").accented
    assert not Document("Acuerdo “nuevo”", "Hablo ayer…", "es").accented
