"""Flags of a relation: negated, hypothetical, tense, quoted, from the words around its cue.

Negation counts: an odd number of "not" and of verbs that deny turns the cue round, and what is *not denied* or
*not ruled out* is possible, not fact:

    rechazó                past
    no rechazó             negated
    negó haber rechazado   negated (one verb that denies)
    no descartó rechazar   hypothetical (two, and nothing has happened)
    podría rechazar        hypothetical

Owns the reading of one cue. Pure.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from services.model.tagged import Tense
from services.tag.relations import words
from services.tag.relations.frame import CueHit, Frame, last_mark

_YEAR = re.compile(r"[12](?<!\d[12])(?:(?<=1)[6-9]|(?<=2)0)\d\d(?!\d)")  # begins with a set: `re` skips to it
_OLD = words.any_of(
    (
        b" hace anos", b" anos atras", b" decadas", b" siglo", b" aniversario", b" historia de ", b" ditadura",
        b" dictadura militar", b" years ago", b" decades ago", b" century", b" anniversary", b" seculo",
        b" ha anos", b" anos apos", b" en los anos", b" nos anos", b" in the 19", b" guerra del pacifico",
        b" guerra fria", b" cold war",
    )
)  # fmt: skip
_QUOTES = (("“", "”"), ("«", "»"))


class Flags(NamedTuple):
    """What qualifies a relation."""

    negated: bool
    hypothetical: bool
    tense: Tense
    quoted: bool


def read(frame: Frame, hit: CueHit, year: int | None) -> Flags:
    """The flags of a cue. `year` is when the article was published, if known."""
    near = _governors(frame, hit)
    lang = frame.lang
    nots, denials = _count(near, words.NOT[lang]), _count(near, words.DENY[lang])
    if hit.cue.kind == "reject":
        denials += _count(near, words.REFUSE[lang] - words.DENY[lang])
    if not nots and _called_false(frame, hit):
        nots = 1
    negated = (nots + denials) % 2 == 1
    maybe = _maybe(lang, near) or hit.tense in ("conditional", "subjunctive") or _asked(frame)
    open_ended = nots >= 1 and denials >= 1
    tense = _tense(frame, hit, near, year)
    return Flags(negated and not open_ended, maybe or open_ended, tense, _quoted(frame, hit))


def _count(near: list[bytes], among: frozenset[bytes]) -> int:
    if among.isdisjoint(near):  # as nearly always
        return 0
    return sum(word in among for word in near)


def _maybe(lang: str, near: list[bytes]) -> bool:
    if lang == "pt" and near and near[-1] == b"se":  # "se negou" is no condition
        near = near[:-1]
    if lang == "pt" and b"se" in near:
        near = [word for at, word in enumerate(near) if word != b"se" or not _reflexive(near, at)]
    return not words.MAYBE[lang].isdisjoint(near)


_FALSE = re.compile(
    rb"\b(?:no es (?:cierto|verdad)|nao e (?:verdade|certo)|not true|es falso|e falso|(?:is|was) false|untrue)\b"
)


def _reflexive(near: list[bytes], at: int) -> bool:
    """Portuguese `se` beside a verb of refusal ("se recusou", "recusou-se"), where it means no "if"."""
    beside = near[max(0, at - 1) : at + 2]
    return any(word in words.REFUSE["pt"] for word in beside)


def _called_false(frame: Frame, hit: CueHit) -> bool:
    """ "No es cierto que Perú haya rechazado": denied from farther off than a verb is."""
    return _FALSE.search(frame.field.folded, frame.start, hit.start) is not None


_ASKS_WHAT = frozenset(
    b"""que como cuando por quien quienes cual cuales donde cuanto cuantos quando quem qual quais onde quanto quantos
    porque what how when why who which where whom whose""".split()
)


def _asked(frame: Frame) -> bool:
    """ "Will Peru reject it?" leaves open whether; "Why did Peru reject it?" does not."""
    view = frame.field.view[frame.start : frame.end].rstrip()
    if not view.endswith("?"):
        return False
    first = frame.field.folded[frame.start : frame.end].lstrip(b" \xbf?").split(maxsplit=1)
    return bool(first) and first[0] not in _ASKS_WHAT


def _governors(frame: Frame, hit: CueHit) -> list[bytes]:
    """The words before the cue in its clause, as far back as they can govern it."""
    start = frame.start
    text = frame.field.view[start : hit.start]
    cut = last_mark(text, ',;:—“"(')
    near = frame.field.folded[start + cut + 1 : hit.start].split()[-6:]
    if near and near[-1] in words.JOINS[frame.lang] and _is_finite(frame, hit):
        near = []  # "descarta o corredor e fecha acordo": what is ruled out is not the deal
    mine = frame.field.folded[hit.start : hit.end].split()[:1]
    return near + [word for word in mine if word in words.NOT[frame.lang]]


def _is_finite(frame: Frame, hit: CueHit) -> bool:
    if frame.lang == "en" and hit.tense == "present":  # or an infinitive, unless in -s
        return frame.field.folded[hit.start : hit.end].split()[0].endswith(b"s")
    return hit.tense in ("past", "present", "future")


def _tense(frame: Frame, hit: CueHit, near: list[bytes], year: int | None) -> Tense:
    if _historical(frame, year):
        return "historical"
    soon = not words.SOON[frame.lang].isdisjoint(near[-3:]) or near[-2:] == [b"won", b"t"]
    if hit.tense == "future" or soon:
        return "future"
    if not _CONDITIONAL.isdisjoint(near):
        return "past" if b"have" in near[-2:] else "present"
    if not _PAST.isdisjoint(near[-4:]):
        return "past"
    if hit.tense in ("present", "gerund", "infinitive", "conditional", "subjunctive"):
        return "present"
    return "past"


_CONDITIONAL = frozenset(b"would could may might if".split())
_PAST = frozenset(
    b"did didn had has have denied ruled refused nego negaron descarto descartaron negou negaram descartou"
    b" recusou".split()
)
"""Words before a cue that put it into the past though its own form is none."""


def _historical(frame: Frame, year: int | None) -> bool:
    text = frame.field.view[frame.start : frame.end]
    years = [int(found) for found in _YEAR.findall(text)]
    if years and year is not None and max(years) <= year - 2:
        return True
    if years and year is None and max(years) < 2000:
        return True
    return _OLD.search(frame.padded) is not None


def _quoted(frame: Frame, hit: CueHit) -> bool:
    view = frame.field.view
    first = max(0, hit.start - 600)
    before = view[first : hit.start]
    for opening, closing in _QUOTES:
        if before.rfind(opening) > before.rfind(closing):
            return True
    sentence = view[frame.start : hit.start]
    return sentence.count('"') % 2 == 1
