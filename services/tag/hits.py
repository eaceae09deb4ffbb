"""From raw matches to topic hits: blockers applied, nested matches thinned out.

Owns: which matches count, and the list of those set aside. Does not: weigh them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct

from services.model.tagged import Area, Blocked
from services.tag.lazy import lazy
from services.tag.lexicon import Match, Matches
from services.tag.text import Document, Field
from services.tag.topics import Source

MAX_MATCHES = 2_000
"""Matches of topic rules that are looked at in one field; a text with more of them is no article."""


class Hit(Struct, frozen=True, dict=True):
    """A topic's pattern in a field, after the blockers. Span of `field.view`."""

    topic: str  # a topic id, or the area's own
    area: Area
    strength: str  # strong | weak | against
    field: Field
    start: int
    end: int
    rule: str
    shy: bool = False  # see `topics.Source`

    @lazy
    def sentence(self) -> int:
        """The index of its sentence in `field.sentences`; found when asked for, since most articles never are."""
        return self.field.sentence_at(self.start)

    @lazy
    def surface(self) -> str:
        """Its folded words."""
        return self.field.folded[self.start : self.end].decode("ascii")


class Found(NamedTuple):
    """The topic hits of an article, and what was set aside."""

    hits: list[Hit]
    blocked: list[Blocked]


def find(document: Document, title: Matches, text: Matches) -> Found:
    """The topic hits among the matches of both fields, in reading order."""
    hits: list[Hit] = []
    blocked: list[Blocked] = []
    for field, matches in ((document.title, title), (document.text, text)):
        if matches.has("topic"):
            _in_field(field, _outside_teasers(field, matches.of("topic")[:MAX_MATCHES]), hits, blocked)
    return Found(hits, blocked)


def _outside_teasers(field: Field, matches: Sequence[Match]) -> Sequence[Match]:
    """Matches that stand in the article itself, not in a link to another one."""
    teasers = field.teasers
    if not teasers:
        return matches
    return [m for m in matches if not any(start <= m.start < end for start, end in teasers)]


def _in_field(field: Field, matches: Sequence[Match], hits: list[Hit], blocked: list[Blocked]) -> None:
    blockers = [m for m in matches if m.rule.payload.strength in _BLOCKING]
    if blockers:
        matches = list(_not_blocked(field, matches, blockers, blocked))
    hits.extend(_hit(field, match) for match in _outermost(matches))


_BLOCKING = ("unless", "unless_near")


def _not_blocked(
    field: Field, matches: Sequence[Match], blockers: Sequence[Match], blocked: list[Blocked]
) -> Iterator[Match]:
    for match in matches:
        source: Source = match.rule.payload
        if source.strength in _BLOCKING:
            continue
        by = _blocker(field, match, source, blockers)
        if by is None:
            yield match
        elif source.topic != source.area:
            blocked.append(_set_aside(field, match, source.topic, by))


def _hit(field: Field, match: Match) -> Hit:
    source: Source = match.rule.payload
    return Hit(source.topic, source.area, source.strength, field, match.start, match.end, match.rule.id, source.shy)


def _blocker(field: Field, match: Match, source: Source, blockers: Iterable[Match]) -> Match | None:
    """The first blocker of the topic, or of its area, that covers the match or stands in its sentence."""
    for blocker in blockers:
        other: Source = blocker.rule.payload
        if other.topic not in (source.topic, source.area):
            continue
        if blocker.start < match.end and match.start < blocker.end:
            return blocker
        if other.strength == "unless_near" and field.sentence_at(blocker.start) == field.sentence_at(match.start):
            return blocker
    return None


def _set_aside(field: Field, match: Match, topic: str, by: Match) -> Blocked:
    start, end = field.origin(match.start, match.end)
    return Blocked(topic, by.rule.id, field.name, start, end, field.original[start:end])


def _outermost(matches: Sequence[Match]) -> list[Match]:
    """The longest pattern wins: drop what lies inside another match.

    Inside a strong one of its own topic anything goes; inside a weak one (the name of a body such as "Ministry of
    Mines") every match of the same area does. A strong match inside a strong one of a sister topic stays, so that
    each topic keeps its evidence.
    """
    if len(matches) < 2:
        return list(matches)
    strong: dict[str, Match] = {}  # by topic, the one that reaches furthest
    weak: dict[str, Match] = {}  # by area
    kept: list[Match] = []
    for match in matches:  # sorted by (start, -end): a longer one comes first
        source: Source = match.rule.payload
        if source.strength == "against":
            kept.append(match)
            continue
        inside_weak = _covers(weak.get(source.area), match) and not _same(weak[source.area], match)
        if inside_weak or _covers(strong.get(source.topic), match):
            continue
        kept.append(match)
        known, key = (strong, source.topic) if source.strength == "strong" else (weak, source.area)
        if not _covers(known.get(key), match):
            known[key] = match
    return kept


def _covers(outer: Match | None, inner: Match) -> bool:
    return outer is not None and inner.end <= outer.end


def _same(one: Match, other: Match) -> bool:
    return (one.start, one.end) == (other.start, other.end)
