"""Dyads: what a pair of states does in one area, read from the relations between them.

A dyad's score is that of its best relation together with how that relation stands to the area's topics, and how
much of the article speaks for the pair. Its stance is that of the most important relation; a refusal stands above
the proposal that it answers. Owns this step only. Pure.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.model.tagged import AREAS, LIKELY, Area, Stance
from services.tag import score
from services.tag.relations.draft import Draft
from services.tag.relations.kinds import Kinds
from services.tag.score import Features, Weights

_BODIES = frozenset(("EU", "UN", "OAS", "IOM", "MERCOSUR", "CAN"))
"""International bodies that can be one side of a pair; others ("INTERPOL") act but are no counterpart."""


_PLAIN = ("answer", "around", "with", "before", "after")
"""Syntaxes in which both sides of a refusal are certain enough to set it above the proposal."""


_REFUSABLE = frozenset(("agree", "support", "cooperate", "aid", "propose", "request"))
"""Kinds that are refused when they are negated; the negation of others tells of nothing."""


AREA_AT_ALL = 0.05  # confidence that the article is about the area
_DOUBTFUL = 0.7  # confidence that the surest relation of a firm dyad has at least
_NOT_FIRM = 0.79
_UNLIKELY = 0.3  # confidence of a dyad in an area that the article is hardly about


_GUESSED = ("carried", "article", "home", "both", "stop", "office")


class Case(NamedTuple):
    """The relations of one pair in one area."""

    pair: tuple[str, str]
    area: Area
    drafts: tuple[int, ...]  # indexes into the article's relations


class Scored(NamedTuple):
    """A pair and area with its score and stance."""

    case: Case
    stance: Stance
    confidence: float
    best: int  # the relation that the score comes from


def cases(drafts: Sequence[Draft]) -> list[Case]:
    """Every pair and area that some relation speaks of, in order of first appearance."""
    found: dict[tuple[tuple[str, str], Area], list[int]] = defaultdict(list)
    for index, draft in enumerate(drafts):
        if draft.flags.negated and draft.kind not in _REFUSABLE:
            continue  # that a threat or a meeting is denied says of no other stance
        for pair in draft.pairs():
            if any(len(side) > 2 and side not in _BODIES for side in pair) or set(pair) <= _BODIES:
                continue
            for area in AREAS:
                if area in draft.areas:
                    found[pair, area].append(index)
    return [Case(pair, area, tuple(indexes)) for (pair, area), indexes in found.items()]


class Article(NamedTuple):
    """What a dyad's score needs to know of its article."""

    drafts: Sequence[Draft]
    logits: Sequence[float]  # of the relations
    areas: Mapping[str, float]  # confidence of the article's areas
    mentions: Mapping[str, int]  # of each state
    title: frozenset[str] = frozenset()  # states that the title names as more than places
    lead: frozenset[str] = frozenset()  # the same of the text's first sentences
    sentences: int = 1  # of the text
    pairs: int = 1  # how many different ones its relations are between


def features(article: Article, case: Case, index: int) -> Features:
    """The features of a dyad as seen from one of its relations."""
    return _seen_from(article, case, index, _of_the_case(article, case))


def _seen_from(article: Article, case: Case, index: int, shared: Features) -> Features:
    own = score.topic_features(article.drafts[index], case.area)
    logit = article.logits[index]
    return {**own, "relation": logit, **shared} if logit else {**own, **shared}


def _of_the_case(article: Article, case: Case) -> Features:
    """What is the same from whichever of its relations it is seen."""
    found: Features = {}
    found["more relations"] = math.log(len(case.drafts))
    mine = article.areas.get(case.area, 0.0)
    found["the article's area"] = mine
    found["the article has the area"] = float(mine >= LIKELY)
    found["another area is stronger"] = max(0.0, max(article.areas.values(), default=0.0) - mine)
    found["other pairs"] = math.log(article.pairs)
    found["a long text"] = math.log1p(article.sentences)
    found["a summary"] = float(article.sentences <= 2)
    found["a short report"] = float(3 <= article.sentences <= 10)
    both = set(case.pair)
    found["both in the title"] = float(both <= article.title)
    found["both in the title or lead"] = float(both <= article.title | article.lead)
    found["one in neither title nor lead"] = float(bool(both - article.title - article.lead))
    plain = sum(not article.drafts[i].syntax.startswith(_GUESSED) for i in case.drafts)
    found["relations that name both"] = math.log1p(plain)
    total = sum(article.mentions.values()) or 1
    share = sum(article.mentions.get(country, 0) for country in case.pair) / total
    found["share of mentions"] = share
    found["the rarer state"] = math.log1p(min(article.mentions.get(country, 0) for country in case.pair))
    return {name: value for name, value in found.items() if value}


def in_its_area(article: Article, case: Case) -> bool:
    """Whether the article, or a relation of the pair by itself, speaks of the area."""
    if article.areas.get(case.area, 0.0) >= AREA_AT_ALL:
        return True
    weak: set[int] = set()  # over all its relations: two ministers speak of soldiers here and of radars there
    for index in case.drafts:
        mine = [n for n in article.drafts[index].topics if n.area == case.area and n.where != "near"]
        weak |= {near.start for near in mine}
        if any(near.strong for near in mine) or len(weak) > 1:
            return True
        if mine and article.drafts[index].syntax == "stop":
            return True  # a tour has a sentence or two for each of its matters
    return False


def decide(article: Article, case: Case, weights: Weights, kinds: Kinds) -> Scored:
    """The score and the stance of one case. An article that hardly speaks of an area has no dyad in it."""
    shared = _of_the_case(article, case)
    logits = [score.add_up(_seen_from(article, case, index, shared), weights.dyad) for index in case.drafts]
    top = max(range(len(logits)), key=logits.__getitem__)
    stance = _stance(article, case, logits, weights, kinds)
    confidence = score.dyad_confidence(logits[top], weights)
    surest = max(score.probability(article.logits[index]) for index in case.drafts)
    if surest < _DOUBTFUL:  # a pair is not firm on the strength of doubtful relations
        confidence = min(confidence, _NOT_FIRM)
    if not in_its_area(article, case) or not _says_anything(article, case, kinds):
        confidence = min(confidence, _UNLIKELY)
    return Scored(case, stance, confidence, case.drafts[top])


def _stance(article: Article, case: Case, logits: Sequence[float], weights: Weights, kinds: Kinds) -> Stance:
    """The stance that the relations speak for together; each counts as much as it is sure."""
    odds: dict[Stance, float] = defaultdict(float)
    for index, logit in zip(case.drafts, logits, strict=True):
        draft = article.drafts[index]
        stance = _stance_of(draft, kinds)
        if stance is not None:
            odds[stance] += math.exp(logit + _bonus(draft, stance, weights))
    if "reject" in odds and _answered(article, case):
        return "reject"
    if not odds:
        return kinds.info[article.drafts[case.drafts[0]].kind].stance
    return max(odds, key=odds.__getitem__)


def _says_anything(article: Article, case: Case, kinds: Kinds) -> bool:
    """Some relation has a stance: that a refusal is denied says of no other."""
    return any(_stance_of(article.drafts[index], kinds) is not None for index in case.drafts)


def _bonus(draft: Draft, stance: Stance, weights: Weights) -> float:
    bonus = weights.stance.get(stance, 0.0)
    if draft.frame.field.name == "title":
        bonus += weights.stance.get("in the title", 0.0)
    if draft.syntax.startswith(("article", "carried-pair")):
        bonus += weights.stance.get("sides guessed", 0.0)
    return bonus


def _stance_of(draft: Draft, kinds: Kinds) -> Stance | None:
    """A relation's stance. What is said not to be done ("no firmará", "will not take") is refused."""
    stance = kinds.info[draft.kind].stance
    if not draft.flags.negated:
        return stance
    if _without(draft):
        return None
    return "reject" if stance in ("cooperate", "propose") else None


_WITHOUT = frozenset(b"sin sem without".split())


def _without(draft: Draft) -> bool:
    """ "Salieron sin firmar": what did not come about is not thereby refused."""
    folded = draft.frame.field.folded
    return bool(_WITHOUT & set(folded[max(draft.frame.start, draft.hit.start - 24) : draft.hit.start].split()[-2:]))


def _answered(article: Article, case: Case) -> bool:
    """Whether one side refuses what the other has proposed, in whatever order the article tells it."""
    asking: set[str] = set()
    for index in case.drafts:
        if article.drafts[index].kind in ("propose", "request"):
            asking |= set(article.drafts[index].actors)
    for index in case.drafts:
        draft = article.drafts[index]
        refused = draft.kind == "reject" and not (draft.flags.negated or draft.flags.hypothetical)
        if refused and draft.syntax in ("answer", "stop") and _is_answer(draft, case.area):
            return True
        if refused and asking - set(draft.actors) and draft.syntax in _PLAIN:
            return True
    return False


def _is_answer(draft: Draft, area: str) -> bool:
    return any(near.where == "answer" and near.area == area for near in draft.topics)
