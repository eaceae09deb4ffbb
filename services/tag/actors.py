"""Actors in an article: every mention of a state or international body, however it is named.

    rules = rules_of(actors)                    # for the lexicon, groups "actor", "unless", "title", "holder"
    mentions = find(field, lang, matches, day)  # sorted, none overlapping

Order of trust: leader, seat of power, state name; a title with a demonym or state; an agency or body; a capital
where it stands for its government; a bare demonym last. Owns the choice among overlapping matches, titles joined
with states, office-holders by date, and capitals and states named as mere places. Does not read the rule files
(`services.tag.actors_data`) and does not know who acts on whom (`services.tag.relations`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from services.model.tagged import How
from services.tag.actors_data import Actors
from services.tag.actors_terms import Term
from services.tag.lexicon import Match, Matches, Rule
from services.tag.mention import Mention
from services.tag.office_holders import OfficeHolder
from services.tag.places import in_a_name, is_place
from services.tag.text import Field
from services.tag.titled import TITLE_REACH, with_titles

_HOW: dict[str, How] = {
    "name": "state", "people": "people", "capital": "capital", "body": "body", "seat": "seat", "agency": "body",
}  # fmt: skip
_PREFIXES = {
    b"colombo": "CO", b"franco": "FR", b"hispano": "ES", b"luso": "PT", b"italo": "IT", b"anglo": "GB",
    b"sino": "CN", b"ruso": "RU", b"russo": "RU", b"argentino": "AR", b"chileno": "CL", b"peruano": "PE",
    b"boliviano": "BO", b"brasileno": "BR", b"brasileiro": "BR", b"venezolano": "VE", b"venezuelano": "VE",
    b"ecuatoriano": "EC", b"equatoriano": "EC", b"paraguayo": "PY", b"paraguaio": "PY", b"uruguayo": "UY",
    b"uruguaio": "UY", b"estadounidense": "US", b"mexicano": "MX", b"germano": "DE",
}  # fmt: skip


def rules_of(actors: Actors) -> list[Rule]:
    """Every name, title and office-holder as rules for the lexicon."""
    rules = [
        Rule(group, f"actors/{term.actor}/{term.kind}/{pattern}", pattern, term.langs, term)
        for term in actors.terms
        for group in ("unless" if term.kind == "unless" else "actor",)
        for pattern in term.patterns()
    ]
    rules += [Rule("title", f"titles/{t.role}/{t.lang}/{t.pattern}", t.pattern, (t.lang,), t) for t in actors.titles]
    for holder in actors.holders:
        for pattern in dict.fromkeys((f"={holder.name}", *holder.aliases)):
            rules.append(Rule("holder", f"holders/{holder.country}/{pattern}", pattern, payload=holder))
    return rules


class _Found(Struct, frozen=True, gc=False):
    """A match that may become a mention."""

    start: int
    end: int
    payload: Term | OfficeHolder
    rule: str
    how: How


def find(field: Field, lang: str, matches: Matches, day: date | None) -> list[Mention]:
    """The mentions of a field in reading order."""
    raw = matches.of("actor", "holder")
    if not raw:
        return []
    named = _longest(_people_in_office(raw, matches.of("unless"), day))
    titles = matches.of("title")
    mentions = [_mention(field, lang, found, day) for found in named]
    mentions = list(_without_guarded(field, mentions, named, titles, day))
    mentions = [one for one in mentions if one.how != "state" or not in_a_name(field, lang, one.start, one.end)]
    return _compounds(field, with_titles(field, lang, mentions, titles))


def _people_in_office(raw: Sequence[Match], unless: Sequence[Match], day: date | None) -> Iterator[_Found]:
    """Matches without terms that are set aside; of persons of one name, those in office on the day."""
    holders: dict[tuple[int, int], OfficeHolder] = {}
    for match in raw:
        if match.rule.group == "holder":
            payload, span = match.rule.payload, (match.start, match.end)
            known = holders.get(span)
            if known is None or _nearer(payload, known, day):
                holders[span] = payload
    for match in raw:
        rule = match.rule
        if rule.group == "holder":
            holder = holders.pop((match.start, match.end), None)
            if holder is not None:  # the first of its span
                yield _Found(match.start, match.end, holder, rule.id, "leader")
        elif not unless or not _set_aside(match, unless):
            yield _Found(match.start, match.end, rule.payload, rule.id, _HOW[rule.payload.kind])


def _nearer(one: OfficeHolder, other: OfficeHolder, day: date | None) -> bool:
    """Whether one row fits the day better than the other (without a day: the later one)."""
    if day is None:
        return one.since > other.since
    if one.holds(day) != other.holds(day):
        return one.holds(day)
    return abs((one.since - day).days) < abs((other.since - day).days)


def _set_aside(match: Match, unless: Sequence[Match]) -> bool:
    actor = match.rule.payload.actor
    return any(u.rule.payload.actor == actor and u.start < match.end and match.start < u.end for u in unless)


_RANK = {"state": 0, "seat": 1, "body": 2, "capital": 3, "people": 4}


def _longest(found: Iterable[_Found]) -> list[_Found]:
    """Of overlapping matches the one that begins first, then the longest, then the most trusted.

    They come sorted by start, the longest first.
    """
    kept: list[_Found] = []
    reach = -1
    for item in found:
        if item.start >= reach:
            kept.append(item)
            reach = item.end
        elif (item.start, item.end) == (kept[-1].start, reach) and _rank(item) < _rank(kept[-1]):
            kept[-1] = item
    return kept


def _rank(found: _Found) -> int:
    return _RANK.get(found.how, 0)


def _mention(field: Field, lang: str, found: _Found, day: date | None) -> Mention:
    payload = found.payload
    if isinstance(payload, OfficeHolder):
        role = payload.role
        if day is not None and not payload.holds(day):
            role = "former " + role if payload.since <= day else role
        return Mention((payload.country,), "leader", found.start, found.end, found.rule, role, payload.name)
    place = found.how in ("state", "capital") and is_place(field, lang, found.start, found.end)
    return Mention((payload.actor,), found.how, found.start, found.end, found.rule, payload.role or None, place=place)


def _without_guarded(
    field: Field, mentions: Sequence[Mention], named: Sequence[_Found], titles: Sequence[Match], day: date | None
) -> Iterator[Mention]:
    """Drop guarded words ("Georgia", "Jordan") unless something else in the field speaks of the same state."""
    guarded = [_guarded(found, day) for found in named]
    sure = {
        country
        for mention, doubtful in zip(mentions, guarded, strict=True)
        if not doubtful
        for country in mention.countries
    }
    starts = [title.start for title in titles]
    for index, (mention, doubtful) in enumerate(zip(mentions, guarded, strict=True)):
        known = not doubtful or mention.countries[0] in sure or _title_near(mention, titles, starts)
        if known or (mention.how == "capital" and _paired(field, mentions, index)):
            yield mention


def _paired(field: Field, mentions: Sequence[Mention], index: int) -> bool:
    """ "Santiago y Buenos Aires": joined with another state's capital or name, a capital is a government."""
    for one, other in ((index - 1, index), (index, index + 1)):
        if one < 0 or other >= len(mentions):
            continue
        first, second = mentions[one], mentions[other]
        joined = field.folded[first.end : second.start].split()
        if joined in ([b"y"], [b"e"], [b"and"]) and {first.how, second.how} <= {"capital", "state"}:
            return True
    return False


_HEADS = frozenset(("president", "president-elect", "monarch", "prime-minister"))
_FORGOTTEN_DAYS = 366


def _guarded(found: _Found, day: date | None) -> bool:
    """A word of several senses, or the surname alone of a minister who left office more than a year ago.

    Such a surname is somebody else's far more often; presidents are called by their surname for ever.
    """
    payload = found.payload
    if not isinstance(payload, OfficeHolder):
        return payload.guarded
    if day is None or payload.until is None or payload.role in _HEADS:
        return False
    alone = " " not in found.rule.rpartition("/")[2]
    return alone and (day - payload.until).days > _FORGOTTEN_DAYS


def _title_near(mention: Mention, titles: Sequence[Match], starts: Sequence[int]) -> bool:
    near = titles[bisect_left(starts, mention.start - TITLE_REACH) : bisect_right(starts, mention.end + 4)]
    return any(0 <= mention.start - t.end <= 12 or 0 <= t.start - mention.end <= 4 for t in near)


def _compounds(field: Field, mentions: Sequence[Mention]) -> list[Mention]:
    """Join "colombo-venezolana" and "argentino-chileno" into one mention of two states."""
    out: list[Mention] = []
    for mention in mentions:
        if mention.how == "people":
            last = out[-1] if out else None
            if last and last.how == "people" and field.view[last.end : mention.start] in ("-", "–", "—"):
                both = (*last.countries, *mention.countries)
                out[-1] = replace(last, countries=both, end=mention.end)
                continue
            mention = _with_prefix(field, mention)
        out.append(mention)
    return out


def _with_prefix(field: Field, mention: Mention) -> Mention:
    at = mention.start - 1
    if at < 1 or field.view[at] not in "-–":
        return mention
    start = field.folded.rfind(b" ", 0, at) + 1
    country = _PREFIXES.get(field.folded[start:at])
    if country is None or country in mention.countries:
        return mention
    return replace(mention, countries=(country, *mention.countries), start=start)
