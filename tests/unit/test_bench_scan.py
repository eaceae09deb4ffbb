"""The scan that is timed finds what the obvious design finds: a fast wrong answer would be worth nothing."""

from __future__ import annotations

from services.bench.scan import bare, lexicon_of, obvious, terms
from services.bench.text import TextMaker
from services.tag.text import Field


def test_both_ways_find_the_same_spans() -> None:
    found = terms(400)
    lexicon, expression = lexicon_of(found), obvious(found)
    total = 0
    for article in TextMaker(seed=9).on_topic(12):
        assert len(bare(article.text)) == len(article.text)
        ours = {(m.start, m.end) for m in lexicon.scan(Field("text", article.text), "es", accented=True)}
        assert ours == {m.span() for m in expression.finditer(bare(article.text))}
        total += len(ours)
    assert total > 10


def test_terms_are_the_same_every_time_and_as_many_as_asked_for() -> None:
    assert terms(300) == terms(300)
    assert len(terms(300)) == 300
    assert max(map(len, terms(300))) <= 12
