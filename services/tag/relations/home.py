"""The country that an article speaks from, when it says "the government" without naming it.

Owns the guess and its use for a side that no sentence names. A guess is only used where the sentence itself
speaks of a domestic office ("la Policía", "o ministro"). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.frame import CueHit, Frame, Side
from services.tag.relations.roles import Roles
from services.tag.relations.tour import traveller
from services.tag.text import Field

_ABROAD = frozenset(
    ("extradite", "extradition-request", "hand-over", "wanted", "moved", "prisoner-transfer", "with-help-of",
     "joint-operation")
)  # fmt: skip
"""Cues whose other side goes without saying in the press of one's own country: "fue extraditado a Italia"."""

_ALONE = 0.85
_LONG = 10  # sentences beyond which a text wanders from the two states that it is mostly about
_PAIR_SHARE = 0.6  # of all mentions that two states must have for the article to be about them
_SHARE = 0.4  # of all mentions that a country must have to be the article's own


class Setting(NamedTuple):
    """What an article as a whole says of its sides."""

    home: str | None  # the country it speaks from
    pair: tuple[Side, Side] | None  # the two states that it is about, if it is about two
    alone: bool = False  # whether hardly another state is named
    long: bool = False  # whether the text goes on for many sentences
    traveller: Side | None = None  # who makes the tour that the article tells of, if it tells of one


def setting(sources: Sequence[tuple[Field, Sequence[Mention]]], lang: str, outlet_country: str | None) -> Setting:
    """The article's own country and its two main states, from how often and where each is named."""
    count: Counter[str] = Counter()
    first: dict[str, tuple[Field, Mention]] = {}
    for field, mentions in sources:
        for mention in mentions:
            for country in mention.countries:
                count[country] += _weight(field, mention)
                known = first.get(country)
                if not mention.place and (known is None or (mention.acts and not known[1].acts)):
                    first[country] = (field, mention)
    pair = _main_pair(count, first)
    named = sum(count[country] for side in pair for country in side.countries) if pair else 0
    alone = bool(pair) and named >= _ALONE * count.total()
    long = max(len(field.sentences) for field, _ in sources) > _LONG
    return Setting(_home(count, outlet_country), pair, alone, long, traveller(sources, lang))


def _weight(field: Field, mention: Mention) -> int:
    """In quarters, so that counts stay whole: a title counts double, a mere demonym or place half."""
    return (2 if field.name == "title" else 1) * (1 if mention.how == "people" or mention.place else 2)


def _home(count: Counter[str], outlet_country: str | None) -> str | None:
    if outlet_country and (count[outlet_country] or len(count) < 2):
        return outlet_country
    if not count:
        return None
    country, most = count.most_common(1)[0]
    return country if most >= _SHARE * count.total() else None


def _main_pair(count: Counter[str], first: Mapping[str, tuple[Field, Mention]]) -> tuple[Side, Side] | None:
    if len(count) < 2:
        return None
    (one, much), (other, less) = count.most_common(2)
    third = count.most_common(3)[2][1] if len(count) > 2 else 0
    if one not in first or other not in first or less < 2 or third >= less or much + less < _PAIR_SHARE * count.total():
        return None
    return _as_side(one, *first[one]), _as_side(other, *first[other])


def _as_side(country: str, field: Field, mention: Mention) -> Side:
    return Side((country,), mention.start, mention.end, (mention,), b"", field, mention.trust)


def main_pair(hit: CueHit, found: Roles, about: Setting) -> tuple[Side, Side, str] | None:
    """Both sides from the two states that the whole article is about."""
    pair, side = about.pair, found.actor or found.recipient
    if pair is None:
        return None
    word = "article" if about.alone else "article of many"
    word += ", long" if about.long else ""
    if side is None:
        return (*pair, f"{word}, both") if hit.cue.strength > 1 else None
    mine = set(side.countries)
    if len(mine) > 1 or not mine & {country for one in pair for country in one.countries}:
        return None
    other = next(one for one in pair if not mine & set(one.countries))
    return (side, other, word) if found.actor else (other, side, word)


def at_home(frame: Frame, hit: CueHit, found: Roles, home: str) -> tuple[Side, Side, str] | None:
    """Both sides when one is the article's own government, named by its office alone."""
    side = found.actor or found.recipient
    if side is None or home in side.countries:
        return None
    if hit.cue.id in _ABROAD and side.how != "people":
        person = Mention((home,), "carried", hit.start, hit.end, "home")
        mine = Side((home,), hit.start, hit.end, (person,), b"", frame.field, person.trust)
        return mine, side, "home"
    folded = frame.padded
    starts = (frame.start + said.start() for said in words.SAYS_HERE[frame.lang].finditer(folded))
    start = next((at for at in starts if not any(s.start <= at < s.end for s in frame.sides)), -1)
    if start < 0:
        return None
    at = start - frame.start
    office = Mention((home,), "carried", start, start + folded.find(b" ", at + 5) - at - 1, "home")
    mine = Side((home,), office.start, office.end, (office,), b"", frame.field, office.trust)
    if mine.start < hit.start:
        return mine, side, "home"
    return side, mine, "home"
