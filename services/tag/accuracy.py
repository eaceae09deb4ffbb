"""How good the tags are, measured on labelled articles.

Owns the arithmetic: what counts as found, false and missed, precision, recall and F1, intervals. It takes what
``atalaya tag`` wrote, one mapping an article, and what readers expect (``services.tag.gold``). It opens no file,
prints nothing and uses the standard library only, so the figures depend on nothing but their inputs and the seed.

Areas: an article has an area when any of its topics has it; an area labelled ``None`` is not scored.
Dyads: pair and area must agree; optional ones count neither way. The stance is judged over the dyads that were found.
A rate without anything to divide by is NaN, never 0 or 1.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import nan
from typing import Any, Final

from services.tag.gold import AREAS, Dyad, GoldArticle, GoldSentence

Tags = Mapping[str, Any]
NO_TAGS: Final[Tags] = {}
FRIENDLY: Final = frozenset({"cooperate", "propose", "consult"})
SOUTH_AMERICA: Final = frozenset("AR BO BR CL CO EC GY PE PY SR UY VE".split())


@dataclass(frozen=True, slots=True)
class Counts:
    """Found rightly, found wrongly, missed. Adding two sums them."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        return ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        return ratio(self.tp, self.tp + self.fn)

    @property
    def f1(self) -> float:
        return ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)


@dataclass(frozen=True, slots=True)
class Hit:
    """A dyad that was expected and found, with the stances that were admissible and the one that was given."""

    dyad: Dyad
    expected: frozenset[str]
    given: str

    @property
    def exact(self) -> bool:
        return self.given in self.expected

    @property
    def same_sign(self) -> bool:
        return (self.given in FRIENDLY) in {stance in FRIENDLY for stance in self.expected}


@dataclass(frozen=True, slots=True)
class Row:
    """One article compared with its labels."""

    id: str
    lang: str
    case: str
    answered: bool
    areas: Mapping[str, Counts]
    hits: tuple[Hit, ...]
    false: Mapping[Dyad, str]
    missed: Mapping[Dyad, frozenset[str]]
    evidence_valid: int
    evidence_total: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval over articles."""

    value: float
    low: float
    high: float


def ratio(part: int, whole: int) -> float:
    """``part / whole``, or NaN when there is nothing to divide by."""
    return part / whole if whole else nan


def compare(gold: GoldArticle, tags: Tags | None) -> Row:
    """One article against its tags; ``None`` stands for an article that was not answered."""
    answer = NO_TAGS if tags is None else tags
    given = {_key(item): str(item["stance"]) for item in answer.get("dyads", ())}
    areas = {str(topic["area"]) for topic in answer.get("topics", ())}
    checks = [_is_valid(gold, entry) for entry in _evidence(answer)]
    return Row(
        id=gold.id,
        lang=gold.lang,
        case=gold.case,
        answered=tags is not None,
        areas={area: _outcome(gold.areas[area], area in areas) for area in AREAS},
        hits=tuple(Hit(dyad, gold.dyads[dyad], given[dyad]) for dyad in sorted(gold.dyads.keys() & given.keys())),
        false={d: stance for d, stance in given.items() if d not in gold.dyads and d not in gold.optional},
        missed={d: stances for d, stances in gold.dyads.items() if d not in given},
        evidence_valid=sum(checks),
        evidence_total=len(checks),
    )


def compare_all(gold: Iterable[GoldArticle], tags: Iterable[Tags]) -> list[Row]:
    """Every labelled article against the tags of the same id, in the order of the labels."""
    by_id = {str(item["id"]): item for item in tags}
    return [compare(article, by_id.get(article.id)) for article in gold]


def area_counts(rows: Iterable[Row], area: str) -> Counts:
    """What was found of one area."""
    return sum((row.areas[area] for row in rows), Counts())


def any_dyad(dyad: Dyad) -> bool:
    """Keeps every dyad."""
    return True


def within_south_america(dyad: Dyad) -> bool:
    """Keeps dyads whose two sides are South American states."""
    return dyad.first in SOUTH_AMERICA and dyad.second in SOUTH_AMERICA


def dyad_counts(rows: Iterable[Row], keep: Callable[[Dyad], bool] = any_dyad) -> Counts:
    """What was found of the dyads that ``keep`` admits; the stance plays no part."""
    total = Counts()
    for row in rows:
        hits = sum(keep(hit.dyad) for hit in row.hits)
        total += Counts(hits, sum(map(keep, row.false)), sum(map(keep, row.missed)))
    return total


def stance_counts(rows: Iterable[Row], stance: str) -> Counts:
    """What was found of one stance: pair, area and stance must agree. Fits "refusals counted apart"."""
    total = Counts()
    for row in rows:
        right = sum(hit.given == stance and hit.exact for hit in row.hits)
        wrong = sum(hit.given == stance and not hit.exact for hit in row.hits)
        lost = sum(hit.expected == {stance} and not hit.exact for hit in row.hits)
        false = sum(given == stance for given in row.false.values())
        missed = sum(expected == {stance} for expected in row.missed.values())
        total += Counts(right, wrong + false, lost + missed)
    return total


def stance_exact(rows: Iterable[Row]) -> float:
    """Share of the dyads found whose stance is admissible."""
    hits = [hit for row in rows for hit in row.hits]
    return ratio(sum(hit.exact for hit in hits), len(hits))


def sign_right(rows: Iterable[Row]) -> float:
    """Share of the dyads found on the right side: cooperate, propose, consult against reject, conflict."""
    hits = [hit for row in rows for hit in row.hits]
    return ratio(sum(hit.same_sign for hit in hits), len(hits))


def evidence_validity(rows: Iterable[Row]) -> float:
    """Share of evidence entries whose text is the slice of title or text that they name."""
    kept = list(rows)
    return ratio(sum(row.evidence_valid for row in kept), sum(row.evidence_total for row in kept))


def estimate(
    rows: Sequence[Row], figure: Callable[[Sequence[Row]], float], *, rounds: int = 400, seed: int = 1
) -> Estimate:
    """A figure over the rows with its interval; the same rows, rounds and seed always give the same interval."""
    draw = random.Random(seed)  # noqa: S311 -- resampling wants a repeatable generator, not a secret one
    values = [figure(draw.choices(rows, k=len(rows))) for _ in range(rounds)] if rows else []
    usable = sorted(value for value in values if value == value)
    if not usable:
        return Estimate(figure(rows), nan, nan)
    return Estimate(figure(rows), usable[int(0.025 * len(usable))], usable[max(0, int(0.975 * len(usable)) - 1)])


def wrong_fields(gold: GoldSentence, tags: Tags | None) -> tuple[str, ...]:
    """What the relation nearest to the expected one gets wrong: nothing when all is right.

    Only relations between the expected states are looked at; ``("missing",)`` says that there is none.
    """
    relations = (NO_TAGS if tags is None else tags).get("relations", ())
    fitting = [item for item in relations if gold.states <= {*item["actors"], *item["recipients"]}]
    if not fitting:
        return ("missing",)
    verdicts = [tuple(f for f, allowed in gold.expected.items() if item[f] not in allowed) for item in fitting]
    return min(verdicts, key=len)


def _outcome(expected: bool | None, found: bool) -> Counts:
    if expected is None:
        return Counts()
    return Counts(int(expected and found), int(found and not expected), int(expected and not found))


def _key(item: Tags) -> Dyad:
    first, second = sorted(item["pair"])
    return Dyad(first, second, str(item["area"]))


def _evidence(tags: Tags) -> list[Tags]:
    items = [item for name in ("topics", "actors", "relations") for item in tags.get(name, ())]
    return [entry for item in items for entry in item.get("evidence", ())]


def _is_valid(gold: GoldArticle, entry: Tags) -> bool:
    source = gold.title if entry["field"] == "title" else gold.text
    start, end = int(entry["start"]), int(entry["end"])
    return 0 <= start < end <= len(source) and source[start:end] == entry["text"]
