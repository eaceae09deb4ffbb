"""A sentence as relations are read from it: its sides, its cues and the small words around them.

A *side* is one state, or several of one rank ("Chile y Perú"), made of mentions that stand together. Owns the
grouping and what stands before a side. Does not decide who acts on whom (`roles`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.kinds import Cue
from services.tag.text import Field

_REACH = 60  # code points before a side that are looked at for its preposition
_GAP = 70  # code points between two mentions of one group, at most


class Side(NamedTuple):
    """States that stand together in a sentence. Span of `field.view`."""

    countries: tuple[str, ...]
    start: int
    end: int
    mentions: tuple[Mention, ...]
    before: bytes  # the preposition that governs it, b"" when it has none
    field: Field
    trust: float  # of its best mention

    @property
    def how(self) -> str:
        """How its most trusted mention was recognised."""
        return max(self.mentions, key=lambda mention: mention.trust).how


class CueHit(NamedTuple):
    """A cue in a sentence."""

    cue: Cue
    rule: str
    start: int
    end: int
    tense: str  # of its verb: past, present, future, conditional, infinitive, participle, gerund, or "" for a noun


class Frame(NamedTuple):
    """One sentence with a cue or a side in it."""

    field: Field
    lang: str
    index: int  # of the sentence in its field
    start: int
    end: int
    sides: tuple[Side, ...]
    cues: tuple[CueHit, ...]


def words_before(field: Field, position: int, start: int, count: int) -> list[bytes]:
    """The last `count` folded words of the sentence before a position, nearest last."""
    return field.folded[max(start, position - _REACH) : position].split()[-count:]


def words_between(field: Field, start: int, end: int) -> list[bytes]:
    """The folded words of a span."""
    return field.folded[start:end].split()


def sides(field: Field, lang: str, start: int, mentions: Sequence[Mention]) -> tuple[Side, ...]:
    """Group the mentions of one sentence; `start` is where it begins."""
    groups: list[list[Mention]] = []
    for mention in mentions:
        if groups and _together(field, lang, groups[-1], mention):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return tuple(_side(field, lang, start, group) for group in groups)


def _together(field: Field, lang: str, group: Sequence[Mention], mention: Mention) -> bool:
    last = group[-1]
    if mention.start - last.end > _GAP:
        return False
    between = field.view[last.end : mention.start]
    if any(mark in between for mark in ";:()“”\"«»") or between.strip() in (".", "?", "!"):
        return False
    inner = words_between(field, last.end, mention.start)
    if set(mention.countries) <= {c for m in group for c in m.countries}:
        return len(inner) <= 3 and all(word in words.FILLERS[lang] for word in inner)
    if mention.acts != last.acts:
        return False
    joined = any(word in words.JOINS[lang] for word in inner) or between.strip() in (",", "-", "–", "/", "&")
    fillers = words.FILLERS[lang] | words.JOINS[lang]
    return joined and len(inner) <= 7 and all(word in fillers for word in inner)


def _side(field: Field, lang: str, start: int, group: Sequence[Mention]) -> Side:
    countries = tuple(dict.fromkeys(country for mention in group for country in mention.countries))
    before = _preposition(field, lang, start, group[0].start)
    trust = max(mention.trust for mention in group)
    return Side(countries, group[0].start, group[-1].end, tuple(group), before, field, trust)


def _preposition(field: Field, lang: str, start: int, position: int) -> bytes:
    if position > start and field.view[position - 1] in "\"“«(":
        position -= 1
    known, fillers = words.PREPOSITIONS[lang], words.FILLERS[lang]
    gap = field.view[max(start, position - _REACH) : position]
    cut = max(gap.rfind(mark) for mark in ",;:(")
    near = words_before(field, position, max(start, position - len(gap) + cut + 1), 5)
    for word in reversed(near):
        if word in known and not (lang == "pt" and word in (b"a", b"o") and word is not near[-1]):
            return word
        if word not in fillers:
            return b""
    return b""


def cue_hits(field: Field, hits: Iterable[CueHit], mentions: Sequence[Mention]) -> tuple[CueHit, ...]:
    """The cues of a sentence: the longest at each place, none inside an actor's name."""
    kept: list[CueHit] = []
    for hit in hits:  # sorted by (start, -end)
        if any(m.start <= hit.start < m.end for m in mentions):
            continue
        if kept and hit.end <= kept[-1].end:
            if hit.start == kept[-1].start and hit.end == kept[-1].end and hit.cue.strength > kept[-1].cue.strength:
                kept[-1] = hit
            continue
        kept.append(hit)
    return tuple(kept)
