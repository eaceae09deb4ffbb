"""The project's labelled files hold what their guide promises, and a wrong line is named."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from services.tag.gold import GoldArticle, GoldError, read_articles, read_sentences

DATA = Path(__file__).parents[1] / "data" / "accuracy"
NEIGHBOURS = (
    "AR-BO AR-BR AR-CL AR-PY AR-UY BO-BR BO-CL BO-PE BO-PY BR-CO BR-GY BR-PE BR-PY BR-SR BR-UY BR-VE "
    "CL-PE CO-EC CO-PE CO-VE EC-PE GY-SR GY-VE"
).split()
FIELDS = {"pair": ["CL", "PE"], "area": "mining", "stance": "reject"}
GOOD: dict[str, Any] = {
    "id": "a",
    "lang": "es",
    "title": "t",
    "text": "x",
    "kind_of_case": "c",
    "areas": {"security": 0, "migration": None, "mining": 1},
    "dyads": [FIELDS],
    "dyads_optional": [],
}


def articles(name: str) -> list[GoldArticle]:
    return read_articles(name, (DATA / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def neighbours() -> list[GoldArticle]:
    return articles("neighbours-seen.jsonl") + articles("neighbours-unseen.jsonl")


def test_neighbours_cover_every_pair_and_stance(neighbours: list[GoldArticle]) -> None:
    assert len(neighbours) >= 150
    assert len({item.id for item in neighbours}) == len(neighbours)
    pairs = {f"{dyad.first}-{dyad.second}" for item in neighbours for dyad in item.dyads}
    assert pairs >= set(NEIGHBOURS)
    stances = Counter(stance for item in neighbours for allowed in item.dyads.values() for stance in allowed)
    assert min(stances.values()) >= 20
    assert len(stances) == 5


def test_a_fifth_of_the_neighbours_only_look_like_relations(neighbours: list[GoldArticle]) -> None:
    assert 0.15 <= sum(not item.dyads for item in neighbours) / len(neighbours) <= 0.25


def test_halves_are_of_one_size() -> None:
    assert abs(len(articles("neighbours-seen.jsonl")) - len(articles("neighbours-unseen.jsonl"))) <= 1


@pytest.mark.parametrize(("name", "least", "most"), [("neighbours", 60, 180), ("articles", 80, 300)])
def test_texts_are_of_the_length_of_a_report(name: str, least: int, most: int) -> None:
    items = [item for path in sorted(DATA.glob(f"{name}*.jsonl")) for item in articles(path.name)]
    assert [item.id for item in items if not least <= len(item.text.split()) <= most] == []


def test_every_language_has_its_articles() -> None:
    counts = Counter(item.lang for item in articles("articles.jsonl"))
    assert min(counts[lang] for lang in ("es", "pt", "en")) >= 65


@pytest.mark.parametrize(("name", "each"), [("article", 2), ("wires", 4), ("loose", 3)])
def test_tour_is_told_in_every_language(name: str, each: int) -> None:
    counts = Counter(item.lang for item in articles(f"tour/{name}.jsonl"))
    assert counts == {"es": each, "pt": each, "en": each}


def test_expected_dyads_lie_in_areas_that_are_not_denied() -> None:
    for path in sorted(DATA.rglob("*.jsonl")):
        if path.name == "flags.jsonl":
            continue
        for item in articles(str(path.relative_to(DATA))):
            assert [dyad for dyad in item.dyads if item.areas[dyad.area] is False] == [], item.id


def test_sentences_cover_the_flags() -> None:
    sentences = read_sentences("flags.jsonl", (DATA / "flags.jsonl").read_text(encoding="utf-8"))
    assert len(sentences) >= 60
    for field in ("negated", "hypothetical", "quoted"):
        assert {item.expected[field] for item in sentences if field in item.expected} == {(True,), (False,)}
    assert {item.lang for item in sentences} == {"es", "pt", "en"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lang": "fr"}, "field lang: one of es, pt, en"),
        ({"title": " "}, "field title: a text"),
        ({"areas": {"security": 1}}, "field areas: exactly security, migration, mining"),
        ({"areas": {"security": 2, "migration": 0, "mining": 1}}, "field areas.security: 0, 1 or null"),
        ({"dyads": [FIELDS | {"pair": ["PE", "CL"]}]}, "not in alphabetical order"),
        ({"dyads": [FIELDS | {"pair": ["Chile", "PE"]}]}, "field dyads.pair: two codes"),
        ({"dyads": [FIELDS | {"stance": "ally"}]}, "field dyads.stance: one of cooperate"),
        ({"dyads": [FIELDS | {"stance": []}]}, "field dyads.stance: one of cooperate"),
        ({"dyads_optional": [FIELDS]}, "expected and optional"),
        ({"dyads": None}, "field dyads: a list"),
    ],
)
def test_wrong_line_is_named(change: dict[str, Any], message: str) -> None:
    content = "\n" + json.dumps(GOOD | change)
    with pytest.raises(GoldError, match=r"gold\.jsonl, line 2") as caught:
        read_articles("gold.jsonl", content)
    assert message in str(caught.value)


def test_line_that_is_no_json_is_named() -> None:
    with pytest.raises(GoldError, match=r"gold\.jsonl, line 1: not a JSON object"):
        read_articles("gold.jsonl", "{")


def test_same_id_twice_is_refused() -> None:
    line = json.dumps(GOOD)
    with pytest.raises(GoldError, match=r"the id 'a' occurs twice"):
        read_articles("gold.jsonl", f"{line}\n{line}")


def test_sentence_without_expectation_is_refused() -> None:
    line = json.dumps({"id": "f", "lang": "es", "text": "x", "actors": ["PE"], "recipients": ["CL"], "expected": {}})
    with pytest.raises(GoldError, match=r"field expected"):
        read_sentences("flags.jsonl", line)
