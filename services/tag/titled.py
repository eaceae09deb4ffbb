"""Titles joined with the state beside them: "canciller peruano", "su par peruano", "Peruvian and Colombian navies".

Owns the joining and what it settles: an office shared by two states, a namesake of a leader whom a title gives to
another state, mentions that overlap. Does not find titles or states (`services.tag.actors`). Pure.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from msgspec.structs import replace

from services.tag.actors_terms import Title
from services.tag.lexicon import Match
from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.text import Field

_TITLE_GAP = {
    "es": frozenset(b"de del la el los las en republica bolivariana federativa para".split()),
    "pt": frozenset(b"de do da dos das a o republica federativa no na em".split()),
    "en": frozenset(b"of the for from in to s republic".split()),
}
"""Words that may stand between a title and its state: "ministro de Defensa de Perú" has one title, one gap."""


_COUNTERPARTS = frozenset(
    b"par pares homologo homologa homologos contraparte contrapartes colega colegas counterpart counterparts".split()
)


def _as_counterpart(field: Field, mention: Mention) -> Mention:
    """ "Su par peruano", "his Peruvian counterpart": the office of the one who acts, in the other state."""
    if mention.how != "people":
        return mention
    before = field.folded[max(0, mention.start - 14) : mention.start].split()[-1:]
    after = field.folded[mention.end : mention.end + 16].split()[:1]
    if (before and before[0] in _COUNTERPARTS) or (after and after[0] in _COUNTERPARTS):
        return replace(mention, how="title", role="counterpart", rule=f"counterpart+{mention.rule}")
    return mention


TITLE_REACH = 140  # code points before a state within which its title begins


def with_titles(field: Field, lang: str, mentions: Sequence[Mention], titles: Sequence[Match]) -> list[Mention]:
    """Join titles with the state beside them: "canciller peruano", "Peruvian foreign minister"."""
    out = [_as_counterpart(field, mention) for mention in mentions]
    if not titles:
        return out
    starts = [title.start for title in titles]
    for index, mention in enumerate(out):
        if mention.how not in ("people", "state", "capital"):
            continue
        near = titles[bisect_left(starts, mention.start - TITLE_REACH) : bisect_right(starts, mention.end + 3)]
        title = _title_before(field, lang, mention, near) or _title_after(field, mention, near)
        if title is not None:
            role: Title = title.rule.payload
            start, end = min(title.start, mention.start), max(title.end, mention.end)
            rule = f"{title.rule.id}+{mention.rule}"
            out[index] = replace(mention, how="title", start=start, end=end, role=role.role, place=False, rule=rule)
    return _no_overlap(_namesakes(field, _shared_titles(field, lang, out)))


def _namesakes(field: Field, mentions: list[Mention]) -> list[Mention]:
    """ "El ministro de Defensa de Colombia, Pedro Sánchez,": the title says whose he is, not a leader of that name."""
    kept: list[Mention] = []
    for mention in mentions:
        last = kept[-1] if kept else None
        if last and last.how == "title" and mention.how == "leader" and last.countries != mention.countries:
            between = field.view[last.end : mention.start]
            closed = between == " " or field.view[mention.end : mention.end + 1] in (",", ".", ")", ";")
            if between in (" ", ", ") and closed:
                continue
        kept.append(mention)
    return kept


_TITLED = {"people", "title"}


def _shared_titles(field: Field, lang: str, mentions: list[Mention]) -> list[Mention]:
    """ "Peruvian and Colombian navies", "policías bolivianos y chilenos": one office, two states."""
    for index in range(len(mentions) - 1):
        one, other = mentions[index], mentions[index + 1]
        if {one.how, other.how} != _TITLED:
            continue
        inner = field.folded[one.end : other.start].split()
        if len(inner) != 1 or inner[0] not in words.JOINS[lang]:
            continue
        if one.how == "people" and lang == "en":
            mentions[index] = replace(one, how="title", role=other.role)
        elif one.how == "title":
            mentions[index + 1] = replace(other, how="title", role=one.role)
    return mentions


def _title_before(field: Field, lang: str, mention: Mention, titles: Sequence[Match]) -> Match | None:
    for title in titles:
        if title.end > mention.start or mention.start - title.end > 40:
            continue
        between = field.view[title.end : mention.start]
        if any(mark in between for mark in ',.;:()"“”'):
            continue
        inner = field.folded[title.end : mention.start].split()
        if len(inner) <= 3 and all(word in _TITLE_GAP[lang] for word in inner):
            return title
    return None


def _title_after(field: Field, mention: Mention, titles: Sequence[Match]) -> Match | None:
    for title in titles:
        if 0 <= title.start - mention.end <= 3:
            between = field.view[mention.end : title.start].replace("’", "'").strip()
            if between in ("", "'s", "'", "-"):
                return title
    return None


def _no_overlap(mentions: Sequence[Mention]) -> list[Mention]:
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda m: (m.start, -m.end)):
        if kept and mention.start < kept[-1].end:
            if mention.trust > kept[-1].trust:
                kept[-1] = mention
            continue
        kept.append(mention)
    return kept
