"""Whose journey an article tells: the one office that goes from capital to capital, if there is one.

    side = traveller(sources, lang)     # None: no tour

A tour is told in words ("gira", "turnê", "stopover") or by its shape: paragraph after paragraph another host is met
("With Milei he talked", "Noboa lhe abriu"). Owns the recognition. Where the journey is at a sentence is `stops`. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.frame import Side
from services.tag.text import Field

_LEAD = 600  # code points in which the traveller of a tour is introduced
_HOSTS = 2  # other states that a tour must lead to, or be met in
_HINTS = 2  # different words for a journey; one more counts as much as "tour"
_MET = 3  # hosts that must be met where no word says that it is a tour

HEADS = ("president", "president-elect", "prime-minister", "foreign-minister", "vice-president")
"""Offices that go on tours and receive those who do."""

Sources = Sequence[tuple[Field, Sequence[Mention]]]


def is_head(mention: Mention) -> bool:
    """Whether a person is named who may travel for a state, or receive who does."""
    return mention.how == "leader" or (mention.how == "title" and mention.role in HEADS)


def traveller(sources: Sources, lang: str) -> Side | None:
    """The office whose journey the article tells: named first and most, of a state that is not toured itself."""
    first, count, hosts = _heads(sources)
    if not count:
        return None
    country = max(count, key=lambda c: (count[c], -list(first).index(c)))
    field, mention = first[country]
    late = field.name == "text" and mention.start > _LEAD
    if late or count[country] < 2 or len(hosts - {country}) < _HOSTS:
        return None
    plain, hinted = _says_so(sources, lang)
    told = (plain or hinted) and len(_at_home(sources, lang, country, offices=plain)) >= _HOSTS
    if not told and len(_met(sources, lang, country)) < _MET:
        return None
    return Side((country,), mention.start, mention.end, (mention,), b"", field, mention.trust)


def _heads(sources: Sources) -> tuple[dict[str, tuple[Field, Mention]], Counter[str], set[str]]:
    """First mention and number of mentions of each state's heads; and the states that have a head or a seat here."""
    count: Counter[str] = Counter()
    first: dict[str, tuple[Field, Mention]] = {}
    hosts: set[str] = set()
    for field, mentions in sources:
        for mention in mentions:
            country = mention.countries[0]
            if is_head(mention):
                count[country] += 2 if field.name == "title" or mention.start < _LEAD else 1
                first.setdefault(country, (field, mention))
            if is_head(mention) or mention.how in ("capital", "seat"):
                hosts.add(country)
    return first, count, hosts


def _says_so(sources: Sources, lang: str) -> tuple[bool, bool]:
    """Whether a word says that it is a tour, and whether several together hint at a journey."""
    spoken = [word for field, _ in sources for word in field.folded[:4000].split()]
    hints = len(words.ON_THE_WAY[lang].intersection(spoken))
    return hints > _HINTS or not words.TOUR[lang].isdisjoint(spoken), hints >= _HINTS


def _at_home(sources: Sources, lang: str, country: str, *, offices: bool) -> set[str]:
    """The states whose heads (or any offices) are met, or named beside their capital: "in Lima, where he met Jerí"."""
    found: set[str] = set()
    for field, mentions in sources:
        seats = [m for m in mentions if m.how in ("capital", "seat") or (m.how == "state" and _travelled(field, m))]
        for head in mentions:
            known = is_head(head) or (offices and head.how in ("title", "seat"))
            if not known or head.countries[0] == country:
                continue
            near = (m for m in seats if m.countries == head.countries and abs(m.start - head.start) <= _BESIDE)
            if _is_met(field, lang, head) or next(near, None):
                found.add(head.countries[0])
    return found


_BESIDE = 250  # code points between a capital and the head of its state who receives there


def _travelled(field: Field, mention: Mention) -> bool:
    near = field.folded[max(0, mention.start - 40) : mention.start].split()[-5:]
    return mention.place or not words.TRAVEL.isdisjoint(near)


def _met(sources: Sources, lang: str, country: str) -> set[str]:
    """The states whose heads are met, each in a paragraph that names no other: "With Milei he talked"."""
    found: set[str] = set()
    for field, mentions in sources:
        for start, end in _paragraphs(field):
            heads = [m for m in mentions if start <= m.start < end and is_head(m) and m.countries[0] != country]
            if len({m.countries for m in heads}) == 1 and any(_is_met(field, lang, m) for m in heads):
                found.add(heads[0].countries[0])
    return found


def _is_met(field: Field, lang: str, mention: Mention) -> bool:
    before = field.folded[max(0, mention.start - 30) : mention.start].split()[-2:]
    after = field.folded[mention.end : mention.end + 60].split()[:8]
    if before and before[-1] in words.WITH[lang]:
        return True
    if len(before) == 2 and before[0] in _PRONOUNS and before[1] in words.JOINS[lang]:
        return True
    return any(word in _TO_THE_VISITOR[lang] for word in after)


_PRONOUNS = frozenset(b"he she ele ela el ella".split())
_TO_THE_VISITOR = {
    "es": frozenset(b"lo le la recibio recibirlo esperaba aguardaba".split()),
    "pt": frozenset(b"o lhe recebeu recebelo esperava aguardava".split()),
    "en": frozenset(b"him her received greeted welcomed".split()),
}


def _paragraphs(field: Field) -> Iterator[tuple[int, int]]:
    start = 0
    for line in field.view.split("\n"):
        yield start, start + len(line)
        start += len(line) + 1
