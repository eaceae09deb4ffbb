"""Negation, modality, tense and quotation of relations, on labelled sentences."""

from __future__ import annotations

import msgspec
import pytest

from services.tag.accuracy import wrong_fields
from services.tag.accuracy_report import Input
from services.tag.gold import GoldSentence, read_sentences
from tests.unit.tagging import ROOT, tagger

PATH = ROOT / "tests" / "data" / "accuracy" / "flags.jsonl"
SENTENCES = read_sentences(PATH.name, PATH.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda sentence: str(sentence.id))
def test_a_sentence_has_the_expected_kind_and_flags(sentence: GoldSentence) -> None:
    """The relation between the expected states says what was, was not, may be or will be."""
    found = tagger().tag(Input(sentence.id, "", sentence.text, sentence.lang, None, None), 0.0)
    assert wrong_fields(sentence, msgspec.to_builtins(found)) == (), sentence.text
