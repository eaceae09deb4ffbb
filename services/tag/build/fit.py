"""Fit the weights of relations and dyads on labelled articles, and say how they do on articles left out.

    python -m services.tag.build.fit LABELS.jsonl ... [--write]

Labels are articles with `dyads` and `dyads_optional` as in tests/data/accuracy. Only numbers come out: a weight for
each named feature of `services.tag.score` and `services.tag.dyads`, and two cuts. Nothing of the articles is kept.

  relation  logistic regression over relations that stand beside a topic: is their pair labelled at all?
  dyad      logistic regression over pairs and areas, each seen from its best relation (three rounds)
  cuts      by five-fold cross-validation over the press articles: `likely` is the lowest score with nearly the best
            F1, `firm` the one above which 85 of a hundred are right (the pair most in the news left out: with it,
            nine of ten); scores between are mapped so that these two become 0.6 and 0.8. The project's own files
            help with the weights and have no say in the cuts: short reports written to be clear are easier than
            the press is

The checked-in numbers come from 548 press articles that two readers labelled and 747 that our own readers judged from
the tagger's answers (none of these texts is part of the project), and from tests/data/accuracy: articles,
neighbours-seen, wire and tour. Weights keep the sign that their meaning has (a guard never speaks for a relation).
Seeded: the same labels and rules give the same numbers. Needs numpy, which the language model brings along.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.tag import dyads, score, topic_score
from services.tag.language import language_of
from services.tag.relation_tags import Found, analyse
from services.tag.score import Features, Weights
from services.tag.tagger import Tagger

Array = NDArray[np.float64]
CONFIG = Path("config")
STRENGTH = 2.0  # of the pull of every weight towards zero (L2)
NEVER_FOR = (
    "historical", "negated", "hypothetical", "guard", "carried", "article", "home", "sides before", "sides after",
    "a gang", "beyond a", "is a place", "bare demonym", "strength 1", "far from", "weaker side", "more states",
    "someone else", "a long list", "another area", "hangs on", "quoted", "other pairs", "one in neither",
)  # fmt: skip
NEVER_AGAINST = (
    "plainly said", "in the title", "strong topic", "beside the cue", "near the cue", "strength 3", "the cue is about",
    "several weak", "both in the title", "relations that name",
    "the article's area", "the article has", "relation", "topic of the proposal",
    "weak topic in the sentence",
)  # fmt: skip


class Judged(NamedTuple):
    """A pair in an area, scored, and whether readers have it."""

    score: float
    right: bool
    pair: tuple[str, str]


class Labelled(NamedTuple):
    """An article read, with its labels."""

    found: Found
    wanted: Mapping[tuple[str, str, str], Any]
    optional: frozenset[tuple[str, str, str]]


def read(tagger: Tagger, path: Path) -> list[Labelled]:
    """The articles of a label file, analysed."""
    out = []
    for line in path.read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        lang = language_of(item["title"], item["text"], item.get("lang")).lang
        reading = tagger.read(item["title"], item["text"], lang)
        areas = topic_score.judge(reading.document, reading.topics.hits).areas
        matches = (reading.title, reading.text)
        published, outlet = item.get("published"), item.get("outlet_country")
        found = analyse(tagger.relations, reading.document, matches, reading.topics.hits, areas, published, outlet)
        wanted = {(d["pair"][0], d["pair"][1], d["area"]): d["stance"] for d in item["dyads"]}
        optional = frozenset((d["pair"][0], d["pair"][1], d["area"]) for d in item["dyads_optional"])
        out.append(Labelled(found, wanted, optional))
    return out


def fit(data: Sequence[Labelled], stance: Mapping[str, float], cuts: tuple[float, float]) -> Weights:
    """All weights from these articles."""
    relation = _fit_relation(data)
    return Weights(relation, _fit_dyad(data, relation), stance, *cuts)


def _fit_relation(data: Sequence[Labelled]) -> dict[str, float]:
    rows: list[Features] = []
    truth: list[float] = []
    weight: list[float] = []
    for article in data:
        wanted = {key[:2] for key in article.wanted}
        skipped = {key[:2] for key in article.optional} - wanted
        mine: dict[tuple[str, str], list[Features]] = defaultdict(list)
        for draft, seen in zip(article.found.drafts, article.found.features, strict=True):
            if any(n.where == "cue" or (n.where == "same" and n.strong) for n in draft.topics):
                for pair in draft.pairs():
                    mine[pair].append(seen)
        for pair, features in mine.items():
            if pair not in skipped:
                rows += features
                truth += [float(pair in wanted)] * len(features)
                weight += [len(features) ** -0.5] * len(features)
    names = _names(rows)
    return _solve(names, _matrix(names, rows), np.array(truth), np.array(weight), STRENGTH)


def _fit_dyad(data: Sequence[Labelled], relation: Mapping[str, float]) -> dict[str, float]:
    cases: list[list[Features]] = []
    truth: list[float] = []
    for article in data:
        scored = _scored(article, relation)
        for case in dyads.cases(scored.drafts):
            key = (*case.pair, case.area)
            if key not in article.optional and dyads.in_its_area(scored, case):
                cases.append([dyads.features(scored, case, index) for index in case.drafts])
                truth.append(float(key in article.wanted))
    names = _names([features for case in cases for features in case])
    blocks = [_matrix(names, case) for case in cases]
    weights = {name: float(name == "relation") for name in names}
    for _ in range(3):
        vector = np.array([weights[name] for name in names])
        best = np.array([block[int(np.argmax(block @ vector))] for block in blocks])
        weights = _solve(names, best, np.array(truth), np.ones(len(truth)), STRENGTH / 2)
    return weights


def _scored(article: Labelled, relation: Mapping[str, float]) -> dyads.Article:
    logits = score.relation_logits(article.found.drafts, article.found.features, relation)
    return article.found.article._replace(logits=logits)


def _names(rows: Sequence[Features]) -> list[str]:
    return sorted({name for row in rows for name in row})


def _matrix(names: Sequence[str], rows: Sequence[Features]) -> Array:
    return np.array([[row.get(name, 0.0) for name in names] for row in rows], dtype=np.float64)


def _solve(names: Sequence[str], rows: Array, truth: Array, weight: Array, pull: float) -> dict[str, float]:
    """Logistic regression; a weight whose sign contradicts its meaning is set to zero and the rest solved again."""
    free = np.ones(len(names), dtype=bool)
    found = np.zeros(len(names))
    for _ in range(8):
        found = np.zeros(len(names))
        found[free] = _newton(rows[:, free], truth, weight, pull)
        bad = [i for i, name in enumerate(names) if free[i] and _contradicts(name, float(found[i]))]
        if not bad:
            break
        free[bad] = False
    return {name: round(float(value), 4) for name, value in zip(names, found, strict=True)}


def _contradicts(name: str, value: float) -> bool:
    if any(word in name for word in NEVER_FOR):
        return value > 0
    return value < 0 and any(name.startswith(word) or name.endswith(word) for word in NEVER_AGAINST)


def _newton(rows: Array, truth: Array, weight: Array, pull: float) -> Array:
    found: Array = np.zeros(rows.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weight * (chance - truth)) + pull * found
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + pull * np.eye(rows.shape[1])
        step = np.linalg.solve(curve, slope)
        found = found - step
        if float(np.abs(step).max()) < 1e-6:
            break
    return found


def held_out(
    data: Sequence[Labelled], stance: Mapping[str, float], counted: Collection[int], folds: int = 5
) -> list[Judged]:
    """Every case, scored by weights that never saw its article; missed ones are not here.

    `counted` are the ids of the articles that are asked about; the others only help to fit.
    """
    order = list(range(len(data)))
    random.Random(1).shuffle(order)  # noqa: S311  a repeatable shuffle, no secret
    out: list[Judged] = []
    for fold in range(folds):
        left = set(order[fold::folds])
        weights = fit([data[i] for i in order if i not in left], stance, (0.0, 1.0))
        for index in left:
            article = data[index]
            if id(article) not in counted:
                continue
            scored = _scored(article, weights.relation)
            for case in dyads.cases(scored.drafts):
                key = (*case.pair, case.area)
                if key not in article.optional and dyads.in_its_area(scored, case):
                    best = max(score.add_up(dyads.features(scored, case, i), weights.dyad) for i in case.drafts)
                    out.append(Judged(best, key in article.wanted, case.pair))
    return out


OWN = Path("tests/data")  # written for the project: it teaches weights, but is no measure of the press
NEARLY = 0.004  # of F1: of cuts that differ by less the lower one is taken, which misses less
FIRM_RIGHT = 0.85  # how many of those above the cut are right
_FEW = 20  # cases above a cut, below which a share says nothing


def cuts(scored: Sequence[Judged], expected: int) -> tuple[float, float]:
    """The scores that become 0.6 (nearly the best F1) and 0.8 (of those above it enough are right).

    The pair that is in the news most has no say in the second: it is easier than the others, and would speak for them.
    """
    ranked = sorted(scored, reverse=True)
    right, f1 = 0, []
    for number, one in enumerate(ranked, 1):
        right += one.right
        f1.append(2 * right / (number + expected))
    likely = ranked[max(number for number, reached in enumerate(f1) if reached >= max(f1) - NEARLY)].score
    (loudest, _), *_ = Counter(one.pair for one in ranked).most_common(1)
    right, firm = 0, ranked[0].score
    for number, one in enumerate((one for one in ranked if one.pair != loudest), 1):
        right += one.right
        if number >= _FEW and right / number >= FIRM_RIGHT:
            firm = one.score
    return round(likely, 3), round(max(firm, likely + 0.2), 3)


def main(arguments: list[str]) -> int:
    """Fit, print the five-fold figures and write the numbers when asked to."""
    tagger = Tagger.load(CONFIG, try_examples=False)
    paths = [Path(name) for name in arguments if not name.startswith("--")]
    sets = {path: read(tagger, path) for path in paths}
    data = [article for articles in sets.values() for article in articles]
    old = score.load()
    press = [article for path, articles in sets.items() if not path.is_relative_to(OWN) for article in articles]
    if not press:
        sys.stderr.write("fit: no label file of press articles given (see the head of services/tag/build/fit.py)\n")
        return 2
    scored = held_out(data, old.stance, {id(article) for article in press})
    total = sum(len(article.wanted) for article in press)
    likely, firm = cuts(scored, total)
    for name, cut in (("likely", likely), ("firm", firm)):
        kept = [one.right for one in scored if one.score >= cut]
        figures = f"P {sum(kept) / len(kept):.3f}  R {sum(kept) / total:.3f}  n {len(kept)}"
        sys.stdout.write(f"{name}: cut {cut:+.2f}  {figures}\n")
    if "--write" in arguments:
        weights = fit(data, old.stance, (likely, firm))
        text = json.dumps(weights._asdict(), indent=1, sort_keys=True)
        score.WEIGHTS.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
