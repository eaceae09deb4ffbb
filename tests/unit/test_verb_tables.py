"""The verb tables: forms that everybody knows, accents, and that the files are what the lists would give."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.tag.build import verbs
from services.tag.build.verbs import LANGUAGES, lemmas, table

BUILD = Path(verbs.__file__).parent
DATA = BUILD.parent / "data"
CASES = Path(__file__).parent.parent / "data" / "verb-forms.tsv"


def _words(lang: str, entry: str) -> set[str]:
    lemma, change = next(lemmas(entry, "case"))
    return {form.word for way in change.split(",") for form in LANGUAGES[lang](lemma, way)}


def _cases() -> list[list[str]]:
    rows = [line.split("\t") for line in CASES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert len(rows) > 60
    return rows


@pytest.mark.parametrize(("lang", "entry", "there", "absent"), _cases(), ids=lambda cell: cell[:24])
def test_forms(lang: str, entry: str, there: str, absent: str) -> None:
    words = _words(lang, entry)
    assert set(there.split()) <= words
    assert not set(absent.split()) & words


@pytest.mark.parametrize("lang", LANGUAGES)
def test_tables_are_what_the_lists_give(lang: str) -> None:
    text = (BUILD / f"verbs-{lang}.txt").read_text(encoding="utf-8")
    assert (DATA / f"verbs-{lang}.tsv").read_text(encoding="utf-8") == table(lang, text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_language_has_four_hundred_verbs(lang: str) -> None:
    lines = (DATA / f"verbs-{lang}.tsv").read_text(encoding="utf-8").splitlines()
    assert len({line.split("\t")[0] for line in lines if not line.startswith("#")}) >= 400
    assert all(line.count("\t") == 6 for line in lines)


def test_a_verb_with_two_changes_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match=r"verbs-es\.txt:3: 'acordar' was listed before with change 'ue'"):
        list(lemmas("# agree\nacordar/ue\nacordar\n", "verbs-es.txt"))


@pytest.mark.parametrize(("lang", "word"), [("es", "acuerdo"), ("pt", "acordo"), ("en", "b4n")])
def test_what_is_no_infinitive_is_refused(lang: str, word: str) -> None:
    with pytest.raises(ValueError, match=r"not an? "):
        LANGUAGES[lang](word, "")


def test_a_change_that_the_stem_cannot_make_is_refused() -> None:
    with pytest.raises(ValueError, match="no 'o' that could change to 'ue'"):
        LANGUAGES["es"]("negar", "ue")
