"""Who acts and who receives, around one cue, from where the sides stand. Pure position and prepositions.

Owns the choice of sides within one sentence. Does not carry sides over from other sentences (`carry`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.tag.relations import words
from services.tag.relations.agents import own_agent
from services.tag.relations.frame import CueHit, Frame, Side, words_before, words_between


class Roles(NamedTuple):
    """The sides of one cue; either may be missing and is then carried, or the relation is dropped."""

    actor: Side | None
    recipient: Side | None
    syntax: str  # how they were found: between, group, with, around, before, after, passive, of, single


def find(frame: Frame, hit: CueHit) -> Roles:
    """The sides of a cue within its sentence."""
    usable = [side for side in frame.sides if side.how != "people" or _may_act(frame, hit, side)]
    before = [side for side in usable if side.end <= hit.start]
    after = [side for side in usable if side.start > hit.start]  # a cue with a gap may hold its side
    if hit.cue.shape == "joint":
        return _joint(frame.lang, hit, before, after)
    if hit.cue.shape in ("mutual", "noun"):
        return _mutual(frame.lang, before, after)
    if _passive(frame, hit, after):
        return _passive_roles(frame.lang, before, after)
    owned = _owned(frame, hit, before, after)
    if owned:
        return owned
    if hit.cue.shape == "act":
        return _act(frame, hit, before, after)
    if hit.tense == "gerund" and before and words_before(frame.field, hit.start, frame.start, 1) == [b"for"]:
        return _nearest(before[-1], before[:-1], after)  # "a swipe at the United States for raiding ..."
    relative = _relative(frame, hit, before, after)
    if relative:
        return relative
    return _nearest(_subject(before), before, after)


_BESIDE = 20
"""Characters between the verb of a relative clause and its subject: room for "este martes", not for an object."""


def _relative(frame: Frame, hit: CueHit, before: Sequence[Side], after: Sequence[Side]) -> Roles | None:
    """Spanish, Portuguese: in "el corredor que propuso Chile" the subject follows; who stands before rejects it."""
    if frame.lang == "en" or not after or not _after_que(words_before(frame.field, hit.start, frame.start, 3)):
        return None
    actor = after[0]
    if actor.before or actor.mentions[0].place or actor.start - hit.end > _BESIDE:
        return None
    other = _other(actor, [side for side in reversed(before) if not side.mentions[0].place])
    return Roles(actor, other, "after") if other else None


_VERBAL = frozenset(b"le les lhe lhes lo la se ha habia han habian havia haviam tinha tem".split())


def _after_que(near: Sequence[bytes]) -> bool:
    """ "que propuso", "que le había propuesto": nothing but pronouns and auxiliaries since the `que`."""
    at = len(near) - 1
    while at > 0 and near[at] in _VERBAL:
        at -= 1
    return at >= 0 and near[at] == b"que"


def _may_act(frame: Frame, hit: CueHit, side: Side) -> bool:
    """A bare demonym is a side only as a compound, or right beside a noun: "acuerdo peruano", "ataque israelí"."""
    if len(side.countries) == 2 and hit.cue.kind in ("cooperate", "agree"):
        return True  # "lanchas uruguayas y argentinas patrullarán juntas"
    if hit.cue.shape not in ("noun", "act") or hit.cue.id == "captured-abroad":
        return False
    if hit.cue.id in _OF_PERSONS and len(side.countries) == 1:
        return True
    compound = len(side.mentions[0].countries) > 1
    gap = max(side.start - hit.end, hit.start - side.end)
    if 0 <= gap <= 2:
        return True
    between = words_between(frame.field, *_gap(hit, side))
    return gap <= (40 if compound else 24) and len(between) <= (3 if compound else 1)


def _gap(hit: CueHit, side: Side) -> tuple[int, int]:
    return (hit.end, side.start) if side.start >= hit.end else (side.end, hit.start)


_OF_PERSONS = frozenset(("extradite", "extradition-request", "deport", "prisoner-transfer", "hand-over"))
"""Cues done to a person, whose demonym may be all that names the other state: "el exjefe policial boliviano"."""

_OWNABLE = frozenset(("attack-noun", "attack-verb", "seize-verb"))


_AIMED = frozenset(b"on in against inside into of".split())


def _owned(frame: Frame, hit: CueHit, before: Sequence[Side], after: Sequence[Side]) -> Roles | None:
    """English: "Venezuela raid", "Maduro's capture" name the one acted upon, "US attack on ..." the one who acts."""
    if frame.lang != "en" or hit.cue.id not in _OWNABLE or not before:
        return None
    last = before[-1]
    between = frame.field.view[last.end : hit.start].replace("’", "'")
    aimed = [side for side in after if side.before in _AIMED and side.start - hit.end <= 40]
    if between in (" ", "'s ", " military ") and aimed and hit.cue.id != "seize-verb":
        return Roles(last, aimed[0], "of")  # "the US attack against Venezuela"
    compound = between == " " and last.how in ("state", "capital") and "US" not in last.countries
    possessed = between == "'s " and hit.cue.id == "seize-verb"
    if not compound and not possessed:
        return None
    actor = _subject([side for side in before[:-1] if not set(side.countries) & set(last.countries)])
    return Roles(actor, last, "of")


def _mutual(lang: str, before: Sequence[Side], after: Sequence[Side]) -> Roles:
    if after and after[0].before in words.BETWEEN[lang]:
        if len(after[0].countries) > 1:
            return Roles(after[0], None, "between")
        other = _other(after[0], after[1:])
        if other:
            return Roles(after[0], other, "between")
    subject = _subject(before)
    if subject and after and after[0].before in words.WITH[lang]:
        other = _other(subject, after)
        if other:
            return Roles(subject, other, "with")
    if subject is None and after and after[0].before in words.WITH[lang]:
        return Roles(None, after[0], "with")
    if subject and len(subject.countries) > 1 and not subject.mentions[0].place:
        return Roles(subject, None, "group")
    if after and len(after[0].countries) > 1 and not after[0].mentions[0].place:
        return Roles(after[0], None, "group")
    return _nearest(subject, before, after)


_SUBJECT_REACH = 60
"""Characters between the subject of a joint verb and the verb: room for a name or a date."""


def _joint(lang: str, hit: CueHit, before: Sequence[Side], after: Sequence[Side]) -> Roles:
    """What is a relation only where several states do it: one subject of many states, or "A ... con B"."""
    subject = before[-1] if before else None
    if subject and not subject.mentions[0].place and hit.start - subject.end <= _SUBJECT_REACH:
        if len(subject.countries) > 1 and (not subject.before or subject.before in words.OF[lang]):
            return Roles(subject, None, "group")
        if after and after[0].before in words.WITH[lang] and not after[0].mentions[0].place:
            other = _other(subject, after[:1])
            if other:
                return Roles(subject, other, "with")
    if after and len(after[0].countries) > 1 and after[0].before in words.OF[lang] and not after[0].mentions[0].place:
        return Roles(after[0], None, "group")  # "ejercicios de las armadas de Perú y Chile"
    return Roles(None, None, "none")


def _act(frame: Frame, hit: CueHit, before: Sequence[Side], after: Sequence[Side]) -> Roles:
    lang = frame.lang
    if hit.cue.kind in _HOSTILE:
        named = _own_agent(frame, hit, before, after)
        if named:
            return named
    first = after[0] if after else None
    if first and first.before in words.OF[lang]:
        second = _other(first, after[1:])
        if second and second.before in words.BY[lang]:
            return Roles(second, first, "of")
        if second and second.before:
            return Roles(first, second, "of")
    return _nearest(_subject(before), before, after)


_HOSTILE = frozenset(("coerce", "sanction", "threaten", "accuse"))
"""Kinds whose nouns are told of by others: who condemns "the U.S. strike on Iran" struck nobody."""

_AGAINST: Mapping[str, frozenset[bytes]] = {
    "es": frozenset(b"a al contra en hacia sobre".split()),
    "pt": frozenset(b"a ao aos contra em no na nos nas sobre".split()),
    "en": frozenset(b"on in against inside into to at over of".split()),
}
_SUFFERED = frozenset(
    b"invasion invasao bombardeo bombardeos bombardeio bombardeios derrocamiento destitucion derrubada deposicao"
    b" captura expulsion expulsao deportacion deportacoes deportacao deportaciones agresion agressao".split()
)
"""Nouns whose "de" names who suffers: "la invasión de Ucrania"."""


def _own_agent(frame: Frame, hit: CueHit, before: Sequence[Side], after: Sequence[Side]) -> Roles | None:
    """The side that a hostile noun itself names as its agent, and whom it is aimed at; None if it names none."""
    lang = frame.lang
    aimed = [side for side in after if side.before in _AGAINST[lang]]
    by = next((side for side in after if side.before in words.BY[lang] and side.start - hit.end <= 60), None)
    if by:
        return _aimed(by, [*aimed, *reversed(before)])
    earlier = before if _after_it(frame, hit) else []
    last = before[-1] if before else None
    if last and own_agent(lang, frame.field.view[last.end : hit.start], last):
        return _aimed(last, [*aimed, *reversed(earlier[:-1])])
    first = after[0] if after else None
    if lang == "en" or first is None:
        return None
    adjective = first.how == "people" and first.start - hit.end <= 2
    head = frame.field.folded[hit.start : hit.end].split()[0]
    of = first.before in words.OF[lang] and first.start - hit.end <= 24 and head not in _SUFFERED
    if not adjective and not of:
        return None
    return _aimed(first, [*(side for side in aimed if side is not first), *reversed(earlier)])


_REACTIONS = frozenset(("accuse", "reject", "support", "demand", "request", "propose"))
_AFTER = frozenset(b"tras apos after following despues depois".split())


def _after_it(frame: Frame, hit: CueHit) -> bool:
    """ "Irán cambia de líder tras el ataque de ...": who acts after an attack without another target suffered it."""
    if any(other.end <= hit.start and other.cue.kind in _REACTIONS for other in frame.cues):
        return False
    return not _AFTER.isdisjoint(words_before(frame.field, hit.start, frame.start, 4))


def _aimed(agent: Side, among: Sequence[Side]) -> Roles:
    other = _other(agent, among)
    return Roles(agent, other, "of") if other else Roles(agent, None, "single")


def _nearest(subject: Side | None, before: Sequence[Side], after: Sequence[Side]) -> Roles:
    if subject:
        other = _other(subject, after)
        if other:
            return Roles(subject, other, "around")
        other = _other(subject, [side for side in reversed(before) if not side.mentions[0].place])
        if other:
            return Roles(subject, other, "before")
        return Roles(subject, None, "single")
    acting = [side for side in after if not side.mentions[0].place]
    if acting and acting[0].before not in _OBJECT:
        other = _other(acting[0], acting[1:])
        return Roles(acting[0], other, "after") if other else Roles(None, acting[0], "single")
    if after:
        return Roles(None, acting[0] if acting else after[0], "single")
    return Roles(None, None, "none")


_OBJECT = frozenset(b"al contra hacia ante ao aos to against with con com a".split())
"""Prepositions after which a side is done to, even where nothing stands before the verb."""


def _subject(before: Sequence[Side]) -> Side | None:
    """The side that most likely is the subject of what follows: the nearest that nothing governs."""
    free = [side for side in before if not side.before and not side.mentions[0].place]
    acting = [side for side in before if not side.mentions[0].place]
    for choice in (free, acting, list(before)):
        if choice:
            return choice[-1]
    return None


def _other(side: Side, among: Sequence[Side]) -> Side | None:
    """The first of these that names another state."""
    mine = set(side.countries)
    return next((other for other in among if not set(other.countries) & mine), None)


def _passive(frame: Frame, hit: CueHit, after: Sequence[Side]) -> bool:
    if hit.tense != "participle" and not (frame.lang == "en" and hit.tense == "past"):
        return False
    near = words_before(frame.field, hit.start, frame.start, 3)
    if any(word in words.BE[frame.lang] for word in near):
        return True
    follow = words_between(frame.field, hit.end, min(frame.end, hit.end + 30))[:1]
    return bool(follow) and follow[0] in words.BY[frame.lang] and bool(after)


def _passive_roles(lang: str, before: Sequence[Side], after: Sequence[Side]) -> Roles:
    subject = _subject(before)
    agent = next((side for side in after if side.before in words.BY[lang]), None)
    if agent is None and after:
        agent = _other(subject, after) if subject else after[0]
    if agent and subject and set(agent.countries) & set(subject.countries):
        agent = _other(subject, after)
    return Roles(agent, subject, "passive")
