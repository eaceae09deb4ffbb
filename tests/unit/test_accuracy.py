"""The scorer's arithmetic on cases small enough to count by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.tag.accuracy import (
    Counts,
    Row,
    area_counts,
    compare,
    compare_all,
    dyad_counts,
    estimate,
    evidence_validity,
    sign_right,
    stance_counts,
    stance_exact,
    within_south_america,
    wrong_fields,
)
from services.tag.gold import Dyad, GoldArticle, GoldSentence

CL_PE = Dyad("CL", "PE", "migration")
CL_US = Dyad("CL", "US", "mining")


def article(**changes: Any) -> GoldArticle:
    fields: dict[str, Any] = {
        "id": "a",
        "lang": "es",
        "title": "Perú rechaza el corredor",
        "text": "Lima dijo no.",
        "case": "reject",
        "areas": {"security": None, "migration": True, "mining": False},
        "dyads": {CL_PE: frozenset({"reject"})},
        "optional": frozenset(),
    }
    return GoldArticle(**(fields | changes))


def tags(*dyads: tuple[Dyad, str], areas: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "id": "a",
        "topics": [{"area": area} for area in areas],
        "dyads": [{"pair": [d.second, d.first], "area": d.area, "stance": stance} for d, stance in dyads],
    }


def test_rates_of_counts() -> None:
    counts = Counts(tp=3, fp=1, fn=2)
    assert (counts.precision, counts.recall) == (0.75, 0.6)
    assert counts.f1 == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))


def test_nothing_to_divide_by_is_nan() -> None:
    assert all(math.isnan(rate) for rate in (Counts().precision, Counts().recall, Counts().f1, stance_exact([])))


def test_area_that_readers_doubt_is_not_scored() -> None:
    row = compare(article(), tags(areas=("security", "mining")))
    assert row.areas == {"security": Counts(), "migration": Counts(fn=1), "mining": Counts(fp=1)}


def test_area_counts_add_up_over_articles() -> None:
    rows = [compare(article(), tags(areas=("migration",))), compare(article(), tags())]
    assert area_counts(rows, "migration") == Counts(tp=1, fn=1)


def test_pair_is_found_in_either_order() -> None:
    assert dyad_counts([compare(article(), tags((CL_PE, "reject")))]) == Counts(tp=1)


def test_other_area_of_the_same_pair_is_false_and_missed() -> None:
    other = Dyad("CL", "PE", "security")
    assert dyad_counts([compare(article(), tags((other, "reject")))]) == Counts(fp=1, fn=1)


def test_optional_dyad_counts_neither_way() -> None:
    gold = article(dyads={}, optional=frozenset({CL_PE}))
    assert dyad_counts([compare(gold, tags((CL_PE, "propose")))]) == Counts()


def test_unanswered_article_misses_everything() -> None:
    row = compare(article(), None)
    assert not row.answered
    assert dyad_counts([row]) == Counts(fn=1)


def test_answers_are_joined_by_id() -> None:
    rows = compare_all([article(id="b"), article()], [tags((CL_PE, "reject"))])
    assert [(row.id, row.answered) for row in rows] == [("b", False), ("a", True)]


@pytest.mark.parametrize(
    ("expected", "found", "exact", "sign"),
    [
        ({"reject"}, "reject", 1.0, 1.0),
        ({"reject"}, "conflict", 0.0, 1.0),
        ({"reject"}, "propose", 0.0, 0.0),
        ({"cooperate", "consult"}, "consult", 1.0, 1.0),
        ({"cooperate", "consult"}, "propose", 0.0, 1.0),
        ({"propose", "reject"}, "conflict", 0.0, 1.0),
    ],
)
def test_stance_and_sign(expected: set[str], found: str, exact: float, sign: float) -> None:
    rows = [compare(article(dyads={CL_PE: frozenset(expected)}), tags((CL_PE, found)))]
    assert (stance_exact(rows), sign_right(rows)) == (exact, sign)


def test_refusals_are_counted_apart() -> None:
    rows = [
        compare(article(), tags((CL_PE, "reject"))),
        compare(article(), tags((CL_PE, "propose"))),
        compare(article(), tags((CL_US, "reject"))),
        compare(article(dyads={CL_PE: frozenset({"consult"})}), tags((CL_PE, "reject"))),
    ]
    assert stance_counts(rows, "reject") == Counts(tp=1, fp=2, fn=2)


def test_south_american_pairs_are_counted_apart() -> None:
    gold = article(dyads={CL_PE: frozenset({"reject"}), CL_US: frozenset({"consult"})})
    rows = [compare(gold, tags((CL_US, "consult")))]
    assert dyad_counts(rows) == Counts(tp=1, fn=1)
    assert dyad_counts(rows, within_south_america) == Counts(fn=1)


@pytest.mark.parametrize(
    ("field", "start", "end", "text", "valid"),
    [
        ("title", 0, 4, "Perú", 1.0),
        ("text", 0, 4, "Lima", 1.0),
        ("text", 0, 4, "Perú", 0.0),
        ("text", 4, 4, "", 0.0),
        ("text", -4, -1, " no", 0.0),
        ("title", 20, 99, "edor", 0.0),
    ],
)
def test_evidence_must_be_the_slice(field: str, start: int, end: int, text: str, valid: float) -> None:
    entry = {"field": field, "start": start, "end": end, "text": text}
    answer = tags() | {"actors": [{"evidence": [entry]}]}
    assert evidence_validity([compare(article(), answer)]) == valid


def f1(rows: Any) -> float:
    return dyad_counts(rows).f1


def test_interval_holds_the_figure_and_repeats() -> None:
    right, wrong = compare(article(), tags((CL_PE, "reject"))), compare(article(), None)
    rows: list[Row] = [right] * 30 + [wrong] * 10
    first = estimate(rows, f1)
    assert first == estimate(rows, f1)
    assert first != estimate(rows, f1, seed=2)
    assert first.low < first.value < first.high
    assert first.high - first.low < 0.3


def test_interval_of_nothing_is_nan() -> None:
    nothing = estimate([], f1)
    assert all(math.isnan(number) for number in (nothing.value, nothing.low, nothing.high))


@given(st.integers(1, 40), st.integers(0, 40), st.integers(0, 5))
def test_interval_is_ordered(right: int, wrong: int, seed: int) -> None:
    rows = [compare(article(), tags((CL_PE, "reject")))] * right + [compare(article(), None)] * wrong
    got = estimate(rows, f1, rounds=40, seed=seed)
    assert got.low <= got.high <= 1.0


SENTENCE = GoldSentence(
    id="f",
    lang="es",
    text="Perú negó haber rechazado el corredor de Chile.",
    states=frozenset({"CL", "PE"}),
    expected={"kind": ("reject",), "negated": (True,), "tense": ("past", "present")},
)


def relation(**changes: Any) -> dict[str, Any]:
    return {"actors": ["PE"], "recipients": ["CL"], "kind": "reject", "negated": True, "tense": "past"} | changes


@pytest.mark.parametrize(
    ("relations", "wrong"),
    [
        ([relation()], ()),
        ([relation(actors=["PE", "CL"], recipients=[])], ()),
        ([relation(negated=False, tense="future")], ("negated", "tense")),
        ([relation(kind="agree", negated=False), relation(negated=False)], ("negated",)),
        ([relation(recipients=["EC"])], ("missing",)),
        ([], ("missing",)),
    ],
)
def test_nearest_relation_is_judged(relations: list[dict[str, Any]], wrong: tuple[str, ...]) -> None:
    assert wrong_fields(SENTENCE, {"relations": relations}) == wrong


def test_unanswered_sentence_is_missing() -> None:
    assert wrong_fields(SENTENCE, None) == ("missing",)
