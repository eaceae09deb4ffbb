"""The country that an article speaks from, when it says "the government" without naming it.

Owns the guess and its use for a side that no sentence names. A guess is only used where the sentence itself
speaks of a domestic office ("la Policía", "o ministro"). Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.frame import CueHit, Frame, Side
from services.tag.relations.roles import Roles

_ABROAD = frozenset(("extradite", "extradition-request", "hand-over", "with-help-of", "joint-operation"))
"""Cues whose other side goes without saying in the press of one's own country: "fue extraditado a Italia"."""

_SHARE = 0.4  # of all mentions that a country must have to be the article's own


def home_of(mentions: Iterable[Mention], outlet_country: str | None) -> str | None:
    """The outlet's country, or the one that most mentions name, when it stands out."""
    if outlet_country:
        return outlet_country
    count: Counter[str] = Counter()
    for mention in mentions:
        for country in mention.countries:
            count[country] += 2 if mention.how in ("body", "title") else 1
    if not count:
        return None
    country, most = count.most_common(1)[0]
    return country if most >= _SHARE * count.total() else None


def at_home(frame: Frame, hit: CueHit, found: Roles, home: str) -> tuple[Side, Side, str] | None:
    """Both sides when one is the article's own government, named by its office alone."""
    side = found.actor or found.recipient
    if side is None or home in side.countries:
        return None
    if hit.cue.id in _ABROAD and side.how != "people":
        person = Mention((home,), "carried", hit.start, hit.end, "home")
        mine = Side((home,), hit.start, hit.end, (person,), b"", frame.field, person.trust)
        return mine, side, "home"
    folded = b" " + frame.field.folded[frame.start : frame.end]
    at = min((at for phrase in words.HERE[frame.lang] if (at := folded.find(phrase + b" ")) >= 0), default=-1)
    if at < 0:
        return None
    start = frame.start + at
    office = Mention((home,), "carried", start, start + folded.find(b" ", at + 5) - at - 1, "home")
    mine = Side((home,), office.start, office.end, (office,), b"", frame.field, office.trust)
    if mine.start < hit.start:
        return mine, side, "home"
    return side, mine, "home"
