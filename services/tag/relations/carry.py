"""What a sentence may take over from the ones before it: subject, pair and proposals.

A pair is carried while an article stays with it (one stop of a tour) and dropped when another pair of sides is
named together. A subject is the acting side of the last sentence that had a relation, not the last state named.
Owns the memory of one field's reading. Pure.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from services.tag.mention import TRUST
from services.tag.relations import words
from services.tag.relations.draft import Near
from services.tag.relations.frame import CueHit, Frame, Side
from services.tag.relations.roles import Roles
from services.tag.relations.stops import Stops
from services.tag.relations.tenses import tense_of

_BESIDE = 28  # code points before a verb in which its subject stands
_FAR = 6  # sentences through which a pair is carried without being named again
_THE = frozenset(b"el la o a the".split())
_HE = {
    "es": re.compile(r"\s*(?:Él|Ella)\b"),
    "pt": re.compile(r"\s*(?:Ele|Ela)\b"),
    "en": re.compile(r"\s*(?:He|She)\b"),
}
_FINITE = ("past", "present", "future", "imperfect")
_BEFORE_VERBS = ("se", "lhe", "le", "les", "não", "no")


def _is_finite(lang: str, word: str) -> bool:
    return tense_of(lang, word) in _FINITE or word in _BEFORE_VERBS


class Memory:
    """The reader's short memory; one per article, moved on sentence by sentence."""

    def __init__(self, traveller: Side | None = None) -> None:
        self.subject: Side | None = None
        self.stops = Stops(traveller)
        self.pair: tuple[Side, Side] | None = None
        self.since = 0  # sentences since the pair was named
        self.office: Side | None = None  # the last leader or titled office named
        self._heads: set[str] = set()  # states of which one was named
        self.spoken: tuple[frozenset[str], tuple[Near, ...]] | None = None
        self.list: Side | None = None  # the last three or more states that stood together

    def next_sentence(self) -> None:
        """A sentence has passed."""
        self.since += 1
        if self.since > _FAR:
            self.pair = None

    def spoke_of(self, actor: Side, topics: tuple[Near, ...]) -> None:
        """What the acting side's last relation was about."""
        mine = tuple(near for near in topics if near.where in ("same", "cue", "answer"))
        if mine:
            self.spoken = frozenset(actor.countries), mine

    def topics_for(self, actor: Side, topics: tuple[Near, ...]) -> tuple[Near, ...]:
        """A relation that names no topic is about what its actor's last one was about."""
        if topics or self.spoken is None or not self.spoken[0] & set(actor.countries):
            return topics
        return tuple(replace(near, where="near") for near in self.spoken[1])

    def heard(self, frame: Frame) -> None:
        """A sentence is over: its last leader or office is who "the president" of the next one may be."""
        offices = [side for side in frame.sides if len(side.countries) == 1 and side.how in ("leader", "title")]
        if offices:
            self.office = offices[0]
            self._heads.update(country for side in offices for country in side.countries)
        lists = [side for side in frame.sides if len(side.countries) > 2]
        if lists:
            self.list = lists[-1]

    def sides(self, frame: Frame) -> tuple[Side, ...]:
        """The sides of a sentence; "el chileno propuso" is one where Chile's president was named before."""
        named = self.stops.sides(frame)
        if self._heads.isdisjoint(c for side in named if side.how == "people" for c in side.countries):
            return named
        return tuple(self._as_person(frame, side) for side in named)

    def _as_person(self, frame: Frame, side: Side) -> Side:
        mention = side.mentions[0]
        if side.how != "people" or len(side.countries) != 1 or side.countries[0] not in self._heads:
            return side
        before = frame.field.folded[max(frame.start, mention.start - 8) : mention.start].split()[-1:]
        after = frame.field.view[mention.end : mention.end + 24].split()[:1]
        one = not frame.field.view[mention.start : mention.end].endswith("s")
        if not one or not before or before[0] not in _THE or not after or not _is_finite(frame.lang, after[0]):
            return side
        return replace(side, mentions=(replace(mention, how="title"),), trust=TRUST["title"])

    def with_pronoun(self, frame: Frame, hit: CueHit, found: Roles) -> Roles:
        """ "He raised it with the president of Ecuador and called on Venezuela": he did, not who hangs on "with"."""
        subject, actor = self.subject, found.actor
        if subject is None or actor is None or found.recipient is None or len(subject.countries) != 1:
            return found
        ruled = actor.before and actor.end <= hit.start and frame.lang in _HE
        if not ruled or not _HE[frame.lang].match(frame.field.view, frame.start, frame.end):
            return found
        if set(subject.countries) & {*actor.countries, *found.recipient.countries}:
            return found
        return Roles(subject, found.recipient, "carried-subject")

    def move(self, frame: Frame) -> None:
        """A tour moves on with the sentence; what was carried stays behind."""
        if self.stops.move(frame):
            self.pair = self.subject = self.office = None

    @property
    def nobody(self) -> bool:
        """Whether a sentence that names no side has none to take over."""
        return self.pair is None and self.stops.host is None

    def told(self, actor: Side, recipient: Side) -> None:
        """A relation between two sides that were both named (or one named, one carried) in this sentence."""
        self.subject = actor
        self.pair = (actor, recipient)
        self.since = 0

    def named_alone(self, side: Side) -> None:
        """A sentence has one side only and no relation: the pair goes if the side is not of it."""
        if self.pair and not set(side.countries) & {c for s in self.pair for c in s.countries}:
            self.pair = None


def complete(memory: Memory, frame: Frame, hit: CueHit, roles: Roles) -> tuple[Side, Side, str] | None:
    """Both sides of a relation, with what is missing carried over; None when nothing can be."""
    actor, recipient, shape = roles.actor, roles.recipient, hit.cue.shape
    if actor and recipient:
        both = roles.syntax == "before" and _both_beside(frame, hit)
        return actor, recipient, "both" if both else roles.syntax
    if actor and len(actor.countries) > 1 and shape in ("mutual", "noun", "joint"):
        return actor, actor, roles.syntax
    present = actor or recipient
    if memory.stops.host:
        return memory.stops.pair(frame, hit, roles)
    if present is None:
        return _nobody_named(memory, frame)
    return _one_named(memory, frame, present, actor is not None, shape)


def _nobody_named(memory: Memory, frame: Frame) -> tuple[Side, Side, str] | None:
    if memory.list and says_all(frame, len(memory.list.countries)):
        return memory.list, memory.list, "both"
    if memory.pair is None:
        return None
    if frame.says_both:
        return *memory.pair, "both"
    if memory.since <= 3 and not frame.sides:
        return *memory.pair, "carried-pair"
    return None


def _one_named(
    memory: Memory, frame: Frame, present: Side, is_actor: bool, shape: str
) -> tuple[Side, Side, str] | None:
    mine = set(present.countries)
    if memory.pair and mine & {c for side in memory.pair for c in side.countries}:
        other = next((side for side in memory.pair if not set(side.countries) & mine), None)
        if other and memory.since <= 2:
            how = "both" if frame.says_both else "carried-other"
            return (present, other, how) if is_actor else (other, present, how)
    if memory.subject and len(memory.subject.countries) > 1:
        return None
    if not is_actor and memory.office and not set(memory.office.countries) & mine and _an_office(frame, present):
        return memory.office, present, "office"
    if not is_actor and memory.subject and not set(memory.subject.countries) & mine:
        return memory.subject, present, "carried-subject"
    if is_actor and memory.subject and shape in ("mutual", "noun") and not set(memory.subject.countries) & mine:
        return memory.subject, present, "carried-subject"
    return None


def _an_office(frame: Frame, side: Side) -> bool:
    """Whether an office without a state stands before the side: "the president ended it, arresting Maduro"."""
    folded = b" " + frame.field.folded[frame.start : max(frame.start, side.start)]
    return words.SAYS_HERE[frame.lang].search(folded) is not None


def _both_beside(frame: Frame, hit: CueHit) -> bool:
    """Whether the verb's subject is "the two sides", who were named before it."""
    near = frame.field.folded[max(frame.start, hit.start - _BESIDE) : hit.start]
    if not words.BOTH[frame.lang].isdisjoint(near.split()):
        return True
    return words.SAYS_TWO[frame.lang].search(near) is not None


def says_all(frame: Frame, count: int) -> bool:
    """Whether the sentence comes back to a list of so many states: "los tres países", "trilateral"."""
    folded = frame.field.folded[frame.start : frame.end]
    return any(number == count and any(phrase in folded for phrase in said) for number, said in words.MANY[frame.lang])
