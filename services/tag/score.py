"""How sure a relation and a dyad are: named features, added up, and a line of `why` for each.

    terms = relation_terms(draft, weights)      # [("cue says it alone", 1.2), ...]
    confidence(terms)                           # their sum through the logistic function

A relation's score says that the kind holds between the sides; it knows nothing of topics. A dyad's score adds how
the relation stands to a topic of the area. Weights are fitted on labels (`services.tag.build.fit`) and checked in
as numbers, `data/weights.json`; a feature's name is its key there. Pure.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import NamedTuple

from services.model.tagged import FIRM, LIKELY
from services.tag.relations import words
from services.tag.relations.draft import Draft
from services.tag.relations.frame import last_mark

WEIGHTS = Path(__file__).parent / "data" / "weights.json"

Features = dict[str, float]


class Weights(NamedTuple):
    """Fitted numbers: a weight for each feature."""

    relation: Mapping[str, float]
    dyad: Mapping[str, float]
    stance: Mapping[str, float]  # added to a relation's score when stances are compared
    likely: float  # the sum at which a dyad's confidence is 0.6: two of three above it are right
    firm: float  # the sum at which it is 0.8: nine of ten above it are right


def load(path: Path = WEIGHTS) -> Weights:
    """Read the checked-in weights."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Weights(data["relation"], data["dyad"], data["stance"], data["likely"], data["firm"])


def relation_features(draft: Draft) -> Features:
    """What speaks for and against one relation."""
    frame, hit, given = draft.frame, draft.hit, draft.flags
    both = (draft.actor, draft.recipient)
    ways = {side.how for side in both}
    here = _here(draft)
    found: Features = {"bias": 1.0, f"strength {hit.cue.strength}": 1.0, f"sides {draft.syntax}": 1.0}
    found[f"kind {draft.kind}"] = 1.0
    found[f"cue {hit.cue.id}"] = 1.0
    found["weaker side"] = 1.0 - min(draft.actor.trust, draft.recipient.trust)
    found["actor is a place"] = draft.actor.is_place
    found["recipient is a place"] = draft.recipient.is_place
    found["a gang stands nearer"] = _gang_between(draft)
    found["a side is a bare demonym"] = "people" in ways
    found["an office acts"] = not _OFFICIAL.isdisjoint(ways)
    if here:
        found.update(_positions(draft))
    found["someone else is the subject"] = _other_subject(draft)
    found["plainly said"] = here and _plain(draft, found)
    far = max(abs(draft.actor.start - hit.start), abs(draft.recipient.start - hit.start)) if here else 150
    found["far from the cue"] = min(far, 300) / 100
    together = draft.recipient is draft.actor
    own = max(len(draft.actors), 2) if together else 2
    many = len(draft.pairs()) > 3
    found["more states in the sentence"] = min(max(len(frame.states) - own, 0), 4)
    found["a long list"] = many and not together
    found["a group of many"] = many and together
    found["in the title"] = frame.field.name == "title"
    found["in the lead"] = frame.field.name == "text" and frame.number < 2
    found["negated"] = given.negated
    found["hypothetical"] = given.hypothetical
    found["historical"] = given.tense == "historical"
    found["future"] = given.tense == "future"
    found["quoted"] = given.quoted
    found["guard"] = frame.guarded
    return {name: float(value) for name, value in found.items() if value}


_OFFICIAL = frozenset(("title", "body", "seat"))


_NO_STATES = frozenset(("organised-crime", "armed-groups", "prisons-gangs"))


def _gang_between(draft: Draft) -> bool:
    """Whether a gang or guerrilla stands right before the cue, or nearer to it than the acting side: it may act."""
    hit = draft.hit
    gangs = [n for n in draft.topics if n.where == "same" and n.topic in _NO_STATES and n.end <= hit.start]
    if hit.tense and any(hit.start - gang.end <= 2 for gang in gangs):
        return True
    if draft.actor.field is not draft.frame.field or draft.actor.end > hit.start:
        return False
    return any(draft.actor.end <= gang.start for gang in gangs)


_SUBORDINATE = frozenset(b"que quien quienes cuyo who which whose that where donde onde quem cujo cuja".split())


def _positions(draft: Draft) -> Features:
    """How closely the acting side and the cue, and the cue and the other side, stand together in one sentence."""
    found: Features = {}
    hit, view, folded = draft.hit, draft.frame.field.view, draft.frame.field.folded
    sides = [("actor", draft.actor)]
    if draft.recipient is not draft.actor:
        sides.append(("recipient", draft.recipient))
    for name, side in sides:
        start, end = (side.end, hit.start) if side.end <= hit.start else (hit.end, side.start)
        between, written = folded[start:end].split(), view[start:end]
        found[f"{name} beside the cue"] = len(between) <= 2
        found[f"{name} near the cue"] = 2 < len(between) <= 6
        found[f"{name} beyond a comma"] = "," in written
        found[f"{name} beyond a clause"] = ";" in written or not _SUBORDINATE.isdisjoint(between)
        found[f"{name} beyond another name"] = _names_somebody(written)
        found[f"{name} hangs on a preposition"] = bool(side.before)
    return found


def _names_somebody(written: str) -> bool:
    """Whether a word begins with a capital."""
    if written.islower():  # as nearly always; a look at every word costs ten times as much
        return False
    return any(word[:1].isupper() for word in written.split())


_PLAIN = frozenset(("between", "group", "with", "around", "passive", "of"))
_DOUBTS = tuple(
    f"{name} {doubt}"
    for name in ("actor", "recipient")
    for doubt in ("beyond a comma", "beyond a clause", "is a place", "hangs on a preposition")
)[:-1]  # a recipient may hang on one: "acusó a Bolivia"


_BREAKS = ',;:("“«—'
_EMPTY = frozenset(
    b"se le les lo la no ya que y e o a ha han has have had he she it ele ela tambien tambem also asi assim then after"
    b" tras apos ayer ontem yesterday hoy hoje today este esta this that en em in on de del da do el los las os as un"
    b" una um uma the to para por with con com al ao su seu sua sus its their his her was were fue fueron foi foram"
    b" is are es sao sera will would va vai van vao podria poderia could may might not nao ademas alem luego depois"
    b" martes miercoles jueves viernes lunes sabado domingo pasado passado last week semana segunda terca quarta quinta"
    b" sexta feira tuesday wednesday thursday friday monday saturday sunday being been be siendo sendo".split()
)


def _other_subject(draft: Draft) -> bool:
    """Whether the clause of a verb begins with somebody who is neither a side nor an office."""
    frame, hit = draft.frame, draft.hit
    if not hit.tense or hit.tense in ("infinitive", "gerund", "participle"):
        return False
    text = frame.field.view[frame.start : hit.start]
    start = frame.start + last_mark(text, _BREAKS) + 1
    for side in frame.sides:
        if start < side.end and side.start < hit.start:
            return False
    clause = frame.field.folded[start : hit.start].split()
    content = [word for word in clause if word not in _EMPTY and not word.isdigit()]
    return bool(content) and words.OFFICES.isdisjoint(content)


def _plain(draft: Draft, found: Features) -> bool:
    """Of sides named in the sentence: close to the cue, with nothing in between that could mislead."""
    if draft.syntax not in _PLAIN or draft.hit.cue.strength < 2:
        return False
    return draft.actor.trust >= 0.9 <= draft.recipient.trust and not any(map(found.get, _DOUBTS))


def _here(draft: Draft) -> bool:
    """Whether both sides stand by name in the cue's own sentence, not as "both governments"."""
    if draft.syntax == "both":
        return False
    start, end = draft.frame.start, draft.frame.end
    return start <= draft.actor.start < end and start <= draft.recipient.start < end


_CARRIED = ("carried-", "both")


def relation_logits(drafts: Sequence[Draft], features: Sequence[Features], weights: Mapping[str, float]) -> list[float]:
    """The scores of an article's relations. One that was carried is no surer than what it was carried from."""
    own = [add_up(one, weights) for one in features]
    best: dict[tuple[str, str], float] = {}
    for draft, logit in zip(drafts, own, strict=True):
        if not draft.syntax.startswith(_CARRIED):
            for pair in draft.pairs():
                best[pair] = max(best.get(pair, -30.0), logit)
    return [
        min(logit, max((best.get(pair, logit) for pair in draft.pairs()), default=logit))
        if draft.syntax.startswith(_CARRIED)
        else logit
        for draft, logit in zip(drafts, own, strict=True)
    ]


def topic_features(draft: Draft, area: str) -> Features:
    """How the relation stands to the area's topics."""
    mine = [near for near in draft.topics if near.area == area]
    seen = {(near.where, near.strong) for near in mine}
    found: Features = {"bias": 1.0, f"area {area}": 1.0}
    found["the cue is about it"] = _anywhere("cue", seen)
    found["strong topic in the sentence"] = ("same", True) in seen
    found["weak topic in the sentence"] = ("same", False) in seen
    weak = {near.start for near in mine if near.where == "same" and not near.strong}
    found["several weak topics in the sentence"] = len(weak) > 1
    found["strong topic next door"] = ("near", True) in seen
    found["weak topic next door"] = ("near", False) in seen
    found["topic of the proposal answered"] = _anywhere("answer", seen)
    same = {near.area for near in draft.topics if near.where != "near"}
    found["another area is closer"] = area not in same and bool(same)
    found["in the title"] = draft.frame.field.name == "title"
    found["in the lead"] = draft.frame.field.name == "text" and draft.frame.number < 2
    return {name: float(value) for name, value in found.items() if value}


def _anywhere(where: str, seen: Set[tuple[str, bool]]) -> bool:
    return (where, True) in seen or (where, False) in seen


def add_up(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The sum of the terms (a logit)."""
    total = 0.0
    for name, value in features.items():
        if name in weights:
            total += value * weights[name]
    return total


def probability(logit: float) -> float:
    """The logistic function."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, logit))))


def dyad_confidence(logit: float, weights: Weights) -> float:
    """The confidence of a dyad: a straight line through the two cuts, then the logistic function."""
    low, high = math.log(LIKELY / (1 - LIKELY)), math.log(FIRM / (1 - FIRM))
    slope = (high - low) / (weights.firm - weights.likely)
    return probability(low + (logit - weights.likely) * slope)


def explain(features: Mapping[str, float], weights: Mapping[str, float]) -> tuple[str, ...]:
    """One line a term, the weightiest first: `+1.32 cue agree-verb`."""
    terms = [(name, value * weights.get(name, 0.0)) for name, value in features.items()]
    ranked = sorted((term for term in terms if abs(term[1]) >= 0.005), key=lambda term: -abs(term[1]))
    return tuple(f"{amount:+.2f} {name}" for name, amount in ranked)
