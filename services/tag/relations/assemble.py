"""From cues, mentions and topic hits to relations, sentence by sentence.

    drafts = relate(sources, lang, 2026, setting, areas)

Work is in proportion to the sentences that hold a cue. Owns the order of reading and what is dropped; who is who
is `roles` and `carry`, qualifiers are `flags`, confidence is `services.tag.score`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from services.tag.hits import Hit
from services.tag.lexicon import Match
from services.tag.mention import Mention
from services.tag.relations import agents, flags, roles, words
from services.tag.relations.answers import Proposals, is_named_again
from services.tag.relations.carry import Memory, complete, says_all
from services.tag.relations.draft import Draft, Near
from services.tag.relations.frame import CueHit, Frame, Side, cue_hits, lone_sides, sides
from services.tag.relations.home import Setting, at_home, main_pair
from services.tag.relations.tenses import tense_of
from services.tag.text import Field

_ABSORBING = frozenset(("reject", "accuse", "threaten", "demand", "propose", "request"))
_ABSORBED = frozenset(("agree", "cooperate", "consult", "aid", "propose", "support", "request"))
_TIGHT = frozenset(("seize-verb", "harm"))
_MAX_DRAFTS = 60  # of one article; what lies behind the sixtieth relation changes nothing


class Source(NamedTuple):
    """One field with what was found in it."""

    field: Field
    cues: Sequence[Match]
    mentions: Sequence[Mention]
    topics: Sequence[Hit]


def relate(
    sources: Sequence[Source], lang: str, year: int | None, setting: Setting, cue_areas: Mapping[str, str]
) -> list[Draft]:
    """The relations of an article, in reading order. `cue_areas` gives the area of a topic id."""
    if not any(source.cues for source in sources):
        return []
    memory, proposals = Memory(setting.traveller), Proposals()
    drafts: list[Draft] = []
    for source in sources:
        for frame, near in frames(source, lang, setting.traveller is not None):
            near = [*near, *_of_headline_or_lead(sources, source, frame)]
            memory.next_sentence()
            memory.move(frame)
            found = _in_sentence(frame, near, memory, proposals, year, setting, cue_areas)
            drafts += found
            memory.heard(frame)
            if not found and len(frame.sides) == 1:
                memory.named_alone(frame.sides[0])
            if len(drafts) >= _MAX_DRAFTS:
                return drafts[:_MAX_DRAFTS]
    return drafts


def frames(source: Source, lang: str, tour: bool) -> list[tuple[Frame, list[Near]]]:
    """The sentences with a cue or a mention, each with the topics in and around it. Loose cues are read on a tour."""
    field = source.field
    cues: dict[int, list[CueHit]] = defaultdict(list)
    mentions: dict[int, list[Mention]] = defaultdict(list)
    topics: dict[int, list[Hit]] = defaultdict(list)
    for match in source.cues:
        if match.rule.payload.loose and not tour:
            continue
        tense = tense_of(lang, field.view[match.start : match.end])
        hit = CueHit(match.rule.payload, match.rule.id, match.start, match.end, tense)
        cues[field.sentence_at(match.start)].append(hit)
    for mention in source.mentions:
        mentions[field.sentence_at(mention.start)].append(mention)
    for topic in source.topics if cues else ():
        if topic.strength in ("strong", "weak"):
            topics[field.sentence_at(topic.start)].append(topic)
    out: list[tuple[Frame, list[Near]]] = []
    for index in sorted(cues.keys() | mentions.keys()):
        start, end = field.sentences[index]
        here = mentions.get(index, [])
        hits = cue_hits(field, cues.get(index, []), here)
        grouped = sides(field, lang, start, here) if hits or len(here) > 2 else lone_sides(field, here)
        frame = Frame(field, lang, index, start, end, grouped, hits)
        out.append((frame, _near(field, topics, index) if hits else []))
    return out


def _of_headline_or_lead(sources: Sequence[Source], source: Source, frame: Frame) -> list[Near]:
    """A headline and the first sentence below it tell the same thing: what one is about the other is too."""
    if frame.number > 0 or len(sources) < 2 or not frame.cues:
        return []
    other = sources[1] if source is sources[0] else sources[0]
    end = other.field.sentences[0][1] if source is sources[0] and other.field.sentences else len(other.field.view)
    return [
        Near(hit.topic, hit.area, "near", True, hit.start, hit.end)
        for hit in other.topics
        if hit.strength == "strong" and hit.start < end
    ]


def _same_paragraph(field: Field, one: int, other: int) -> bool:
    """Whether two neighbouring sentences exist and no line break parts them."""
    first, second = min(one, other), max(one, other)
    if first < 0 or second >= len(field.sentences):
        return False
    start, end = field.sentences[first][0], field.sentences[second][0]
    return "\n" not in field.view[start:end]


def _near(field: Field, topics: Mapping[int, Sequence[Hit]], index: int) -> list[Near]:
    return [
        Near(hit.topic, hit.area, "same" if at == index else "near", hit.strength == "strong", hit.start, hit.end)
        for at in (index, index - 1, index + 1)
        if at == index or _same_paragraph(field, at, index)
        for hit in topics.get(at, ())
    ]


def _in_sentence(
    frame: Frame, near: Sequence[Near], memory: Memory, proposals: Proposals, year: int | None,
    setting: Setting, cue_areas: Mapping[str, str],
) -> list[Draft]:  # fmt: skip
    best: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Draft] = {}
    told: tuple[Side, Side] | None = None
    if not frame.sides and memory.nobody and memory.list is None and setting.pair is None:
        return []  # a fifth of all sentences with a cue: nobody is there whom it could be about
    for hit in frame.cues:
        if _absorbed(frame, hit):
            continue
        topics = _topics_of(frame, hit, near, cue_areas)
        found = _both_sides(frame, hit, memory, proposals, setting, topics)
        if found is None:
            continue
        actor, recipient, syntax = found
        if agents.taken(frame, hit, syntax, group=recipient is actor):
            continue
        topics = memory.topics_for(actor, topics)
        if hit.cue.kind == "propose" and is_named_again(frame, hit):
            topics = proposals.topics_named(frame, topics, memory.stops.host)
        if hit.cue.kind == "reject":
            topics = proposals.topics_answered(actor, frame, topics, memory.stops.host)
        if syntax == "stop":
            topics = _own_if_any(topics)
        if hit.cue.id in _TIGHT and (agents.guessed(syntax) or not _is_tight(hit, recipient, syntax)):
            continue
        key = (hit.cue.kind, actor.countries, recipient.countries)
        known = best.get(key)
        if known is not None and hit.cue.strength <= known.hit.cue.strength:
            continue
        draft = Draft(hit.cue.kind, hit, frame, actor, recipient, syntax, flags.read(frame, hit, year), topics)
        if not draft.pairs():
            continue
        best[key] = draft
        proposals.note(draft)
        memory.spoke_of(draft.actor, topics)
        if told is None and not syntax.startswith(("carried-pair", "article")):
            told = (actor, recipient)
    if told:
        memory.told(*told)
    return list(best.values())


def _own_if_any(topics: tuple[Near, ...]) -> tuple[Near, ...]:
    """On a tour each sentence may have another matter: those of the next one count where it has none of its own."""
    own = tuple(near for near in topics if near.where != "near")
    return own or topics


def _is_tight(hit: CueHit, recipient: Side, syntax: str) -> bool:
    """Who is seized or killed must stand beside the verb: "captured Maduro", not "captured a man in Peru"."""
    if recipient.mentions[0].place or recipient.mentions[0].how == "people":
        return False
    if hit.cue.id == "seize-verb" and recipient.how not in ("leader", "title", "seat"):
        between = recipient.field.folded[hit.end : recipient.start].split() if recipient.start >= hit.end else []
        return recipient.start >= hit.end and len(between) <= 1  # states are not arrested, "captured Crimea" is rare
    if recipient.start >= hit.end:
        return len(recipient.field.folded[hit.end : recipient.start].split()) <= 4
    between = recipient.field.folded[recipient.end : hit.start].split()
    return syntax in ("passive", "of") and 0 <= hit.start - recipient.end <= 45 and b"que" not in between


def _both_sides(
    frame: Frame, hit: CueHit, memory: Memory, proposals: Proposals, setting: Setting, topics: Sequence[Near]
) -> tuple[Side, Side, str] | None:
    stops = memory.stops
    named = memory.sides(frame)
    if named is not frame.sides:  # elsewhere the frame keeps what it has worked out
        frame = replace(frame, sides=named)
    found = memory.with_pronoun(frame, hit, roles.find(frame, hit))
    if hit.cue.shape == "joint" and not found.actor:
        again = memory.list if memory.list and says_all(frame, len(memory.list.countries)) else None
        return (again, again, "both") if again else None
    if hit.cue.kind == "reject" and found.actor and not found.recipient and not stops.host:
        answered = proposals.answered_by(found.actor, frame, topics)
        if answered:
            return found.actor, answered.actor, "answer"
    done = complete(memory, frame, hit, found)
    done = done and stops.real(hit, done)
    if done is None and setting.home and (found.actor or found.recipient):
        done = at_home(frame, hit, found, setting.home)
    if done is None and setting.pair:
        done = main_pair(hit, found, setting)
    return done


_PAUSES = frozenset(",;:.")


def _absorbed(frame: Frame, hit: CueHit) -> bool:
    """A noun governed by another cue is its object: "rechazó el acuerdo" tells of no agreement."""
    if _denies_another(frame, hit):
        return True
    if not _as_noun(frame, hit) or (hit.cue.kind not in _ABSORBED and hit.cue.id != "deport"):
        return False
    for other in frame.cues:
        if other.cue.kind == "agree" and 0 < other.start - hit.end <= 12 and frame.lang == "en":
            return True  # "deportation deals"
        if other.end <= hit.start <= other.end + 45 and other.cue.kind in _ABSORBING:
            between = frame.field.view[other.end : hit.start]
            if _PAUSES.isdisjoint(between):
                return not any(other.end <= side.start < hit.start for side in frame.sides)
    return False


def _denies_another(frame: Frame, hit: CueHit) -> bool:
    """ "negó haber rechazado", "did not rule out rejecting": the second verb is told of, the first qualifies it."""
    here = frame.field.folded[hit.start : hit.end].replace(b"-", b" ").split()
    denies = bool(here) and bool(words.DENY[frame.lang] & set(here[:2]))
    refuses = bool(words.REFUSE[frame.lang] & set(here[:2])) or here[-1:] in ([b"no"], [b"nao"], [b"not"])
    for other in frame.cues if denies or refuses else ():
        if other.start < hit.end:
            continue
        between = frame.field.folded[hit.end : other.start].split()
        linked = len(between) <= _LINKS and all(word in _LINKING for word in between)
        if refuses and other.cue.kind in _HOSTILE:
            return linked
        return denies and linked and other.tense in _TOLD_OF and b"a" not in between
    return False


_LINKS = 4  # words at most between a verb that denies and the one that is denied
_HOSTILE = ("reject", "accuse", "threaten", "coerce", "sanction")
_TOLD_OF = ("infinitive", "participle", "gerund", "past", "subjunctive")
_LINKING = frozenset(
    b"""haber ter having to that que tener have had a haya hayan hubiera hubiese vaya va tenha tenham tivesse it they
    he she reports claims se from of""".split()
)
_DETERMINERS = frozenset(b"la el una un su sus a o uma um as os seu sua the any its their no more police".split())


def _as_noun(frame: Frame, hit: CueHit) -> bool:
    """A noun cue, or a verb form that stands behind an article: "la ayuda", "the help"."""
    if hit.cue.shape in ("noun", "act"):
        return True
    before = frame.field.folded[max(frame.start, hit.start - 12) : hit.start].split()[-1:]
    if frame.lang == "en" and hit.tense == "present" and any(0 < hit.start - o.end <= 16 for o in frame.cues):
        return True  # "suspended food supplies"
    return hit.tense in ("present", "infinitive") and bool(before) and before[0] in _DETERMINERS


def _topics_of(frame: Frame, hit: CueHit, near: Sequence[Near], cue_areas: Mapping[str, str]) -> tuple[Near, ...]:
    """The topics of a cue: its own, those of its part of the sentence, and only failing these the neighbours'."""
    several = len(frame.cues) > 1
    here = [one for one in near if one.where == "same" and not (several and _of_another_cue(frame, hit, one))]
    topic = hit.cue.topic
    if topic is not None and topic in cue_areas:
        here.insert(0, Near(topic, cue_areas[topic], "cue", True, hit.start, hit.end))
    if any(one.strong for one in here):
        return tuple(here)
    return (*here, *(one for one in near if one.where == "near"))


def _of_another_cue(frame: Frame, hit: CueHit, topic: Near) -> bool:
    """Whether the topic is the object of another cue of the sentence: "rejects the corridor but agrees on mining"."""
    before = [cue for cue in frame.cues if cue.start <= topic.start]
    owner = before[-1] if before else frame.cues[0]
    if owner is hit or {owner.cue.kind, hit.cue.kind} <= _FRIENDLY or not {owner.cue.kind, hit.cue.kind} & _FRIENDLY:
        return False
    first, last = sorted((owner.start, hit.start))
    return any(mark in frame.field.view[first:last] for mark in _TURNS)


_FRIENDLY = frozenset(("agree", "support", "cooperate", "aid", "consult"))
_TURNS = (",", ";", " pero ", " mas ", " but ", " aunque ", " embora ", " while ", " even as ", " y ", " e ", " and ")
