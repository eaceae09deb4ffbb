"""The same news in other clothes: without accents, with a headline in capitals, with the country for its leader.

Run over the project's labelled texts; bounds are those that the tagger is held to on press articles.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import cache

import msgspec
import pytest

from services.model.tagged import AREAS
from services.tag import accuracy
from services.tag.accuracy import Row
from services.tag.accuracy_report import LABELS, Input
from services.tag.gold import GoldArticle, read_articles
from tests.unit.leader_swap import swapped
from tests.unit.tagging import ROOT, tagger

FILES = ("articles.jsonl", "neighbours-seen.jsonl", "tour/article.jsonl", "tour/wires.jsonl", "tour/loose.jsonl",
         "tour/others.jsonl", "tour/paraphrases.jsonl")  # fmt: skip
Change = Callable[[Input], Input]


@cache
def labelled() -> tuple[tuple[GoldArticle, Input], ...]:
    return tuple(_read())


def _read() -> Iterator[tuple[GoldArticle, Input]]:
    for name in FILES:
        content = (ROOT / LABELS / name).read_text(encoding="utf-8")
        raw = {item["id"]: item for item in map(msgspec.json.decode, content.splitlines())}
        for gold in read_articles(name, content):
            item = raw[gold.id]
            yield gold, Input(gold.id, gold.title, gold.text, gold.lang, item.get("published"), item["outlet_country"])


def rows(change: Change) -> list[Row]:
    articles = labelled()
    tags = (msgspec.to_builtins(tagger().tag(change(article))) for _, article in articles)
    return accuracy.compare_all([gold for gold, _ in articles], tags)


def same(article: Input) -> Input:
    return article


def without_accents(article: Input) -> Input:
    title, text = (_stripped(part) for part in (article.title, article.text))
    return article._replace(title=title, text=text)


def _stripped(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def shouting(article: Input) -> Input:
    return article._replace(title=article.title.upper())


@pytest.mark.parametrize(("change", "points"), [(without_accents, 0.02), (shouting, 0.03)])
def test_other_clothes_cost_little(change: Change, points: float) -> None:
    before, after = rows(same), rows(change)
    for area in AREAS:
        lost = accuracy.area_counts(before, area).f1 - accuracy.area_counts(after, area).f1
        assert lost <= points, f"{area}: {lost:.3f}"
    lost = accuracy.dyad_counts(before).f1 - accuracy.dyad_counts(after).f1
    assert lost <= points, f"dyads: {lost:.3f}"


def test_a_country_for_its_leader_changes_hardly_a_pair() -> None:
    """Of all pairs and areas at most two in a hundred come or go."""
    total = changed = swaps = 0
    for _, article in labelled():
        title, text, count = swapped(article.title, article.text, article.lang or "", article.published)
        pairs = _pairs(article)
        total += len(pairs)
        if count:
            swaps += count
            changed += len(pairs ^ _pairs(article._replace(title=title, text=text)))
    assert swaps >= 30, swaps
    assert changed <= 0.02 * total, f"{changed} of {total}"


def _pairs(article: Input) -> set[tuple[str, ...]]:
    return {(*dyad.pair, dyad.area) for dyad in tagger().tag(article).dyads}
