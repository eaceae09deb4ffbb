"""Tours told as an article, as wire items and loosely: pairs are carried through a stop and dropped at the next."""

from __future__ import annotations

from functools import cache

import msgspec
import pytest

from services.model.tagged import Tagged
from services.tag.accuracy_report import LABELS, Input
from services.tag.gold import GoldArticle, read_articles
from tests.unit.tagging import ROOT, tagger

FOLDER = ROOT / LABELS / "tour"


@cache
def told(name: str) -> tuple[tuple[GoldArticle, Tagged], ...]:
    content = (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8")
    raw = {item["id"]: item for item in map(msgspec.json.decode, content.splitlines())}
    out = []
    for gold in read_articles(name, content):
        item = raw[gold.id]
        read = Input(gold.id, gold.title, gold.text, gold.lang, item["published"], item["outlet_country"])
        out.append((gold, tagger().tag(read)))
    return tuple(out)


def right(name: str) -> tuple[int, int, int]:
    """(pairs, areas and stances right; expected; false pairs) of one way of telling."""
    good = expected = false = 0
    for gold, found in told(name):
        given: dict[tuple[str, str, str], str] = {(*d.pair, d.area): d.stance for d in found.dyads}
        wanted = {(d.first, d.second, d.area): stances for d, stances in gold.dyads.items()}
        optional = {(d.first, d.second, d.area) for d in gold.optional}
        good += sum(given.get(key) in stances for key, stances in wanted.items())
        expected += len(wanted)
        false += len(given.keys() - wanted.keys() - optional)
    return good, expected, false


BARS = {"article": 0.93, "wires": 0.93, "loose": 0.9, "others": 0.7, "paraphrases": 0.9}


@pytest.mark.parametrize(("name", "share"), BARS.items())
def test_the_tour_is_read_stop_by_stop(name: str, share: float) -> None:
    """At least this share of the dyads, stance included, and hardly a false one."""
    good, expected, false = right(name)
    assert good >= share * expected, f"{good} of {expected}"
    assert false <= 0.1 * expected


@pytest.mark.parametrize("name", BARS)
def test_towns_on_the_border_are_no_governments(name: str) -> None:
    """Arica and Tacna are places: no actor is made of them."""
    for _, found in told(name):
        assert not [e.text for actor in found.actors for e in actor.evidence if e.text in ("Arica", "Tacna")]


def test_what_chile_proposed_and_peru_refused_is_a_refusal_and_both_are_told() -> None:
    """In every language some telling holds the proposal and the refusal."""
    for lang in ("es", "pt", "en"):
        items = [found for gold, found in (*told("article"), *told("wires")) if gold.lang == lang]
        stances = {(d.pair, d.area, d.stance) for tags in items for d in tags.dyads}
        assert (("CL", "PE"), "migration", "reject") in stances
        assert any({"propose", "reject"} <= {r.kind for r in t.relations} for t in items)
