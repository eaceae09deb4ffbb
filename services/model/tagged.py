"""What the tagger says of one article: the output contract of `atalaya tag`, and the record on `atalaya.tagged`.

Offsets are Python code points of the article's own `title` or `text`; an evidence's `text` always equals that
slice. Confidences are probabilities from 0 to 1; the bands are `firm` (0.8 and above), `likely` (0.6 and
above) and `weak`. Lists are never absent: an article about nothing has empty ones.

Owns the shape only: how a tag is found is the business of `services.tag`.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from services.model.article import Article

Area = Literal["security", "migration", "mining"]
Band = Literal["firm", "likely", "weak"]
FieldName = Literal["title", "text"]
Kind = Literal[
    "agree", "support", "cooperate", "aid", "propose", "request", "consult",
    "reject", "accuse", "threaten", "coerce", "sanction", "demand",
]  # fmt: skip
Sign = Literal["cooperation", "neutral", "conflict"]
Tense = Literal["past", "present", "future", "historical"]
How = Literal["leader", "seat", "state", "title", "capital", "people", "body", "carried"]
Stance = Literal["cooperate", "propose", "consult", "reject", "conflict"]

AREAS: tuple[Area, ...] = ("security", "migration", "mining")
FIRM = 0.8
LIKELY = 0.6


def band_of(confidence: float) -> Band:
    """The band of a confidence."""
    if confidence >= FIRM:
        return "firm"
    return "likely" if confidence >= LIKELY else "weak"


class Evidence(msgspec.Struct, frozen=True):
    """A span of the article and the rule that matched it there."""

    field: FieldName
    start: int
    end: int
    text: str
    rule: str


class TopicTag(msgspec.Struct, frozen=True, kw_only=True):
    """One topic of the article; `id` is the name of its file in `config/topics`."""

    id: str
    area: Area
    confidence: float
    band: Band
    evidence: tuple[Evidence, ...]


class ActorTag(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A state or international body that acts in the article, and how it was recognised."""

    country: str  # ISO 3166 alpha-2, or EU, UN, OAS, IOM, MERCOSUR, CAN, INTERPOL
    how: How
    evidence: tuple[Evidence, ...]
    role: str | None = None
    name: str | None = None


class RelationTag(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that some states do to, or with, others; `evidence` holds the cue and both sides."""

    id: str  # "r1", "r2" ... within the article
    kind: Kind
    sign: Sign
    actors: tuple[str, ...]
    recipients: tuple[str, ...]
    topics: tuple[str, ...]
    negated: bool
    tense: Tense
    hypothetical: bool
    quoted: bool
    confidence: float
    evidence: tuple[Evidence, ...]
    why: tuple[str, ...]  # the score's terms, one a line


class DyadTag(msgspec.Struct, frozen=True, kw_only=True):
    """What a pair of states does in one area: the most important stance of the article."""

    pair: tuple[str, str]  # sorted
    area: Area
    stance: Stance
    confidence: float
    relations: tuple[str, ...]  # ids of the relations it was read from


class Blocked(msgspec.Struct, frozen=True):
    """A match that was set aside, and the `unless` rule that did it."""

    topic: str
    rule: str
    field: FieldName
    start: int
    end: int
    text: str


class Tagged(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Everything the tagger says of one article, in the order of the contract."""

    id: str
    lang: str
    topics: tuple[TopicTag, ...]
    actors: tuple[ActorTag, ...]
    relations: tuple[RelationTag, ...]
    dyads: tuple[DyadTag, ...]
    blocked: tuple[Blocked, ...]
    unsupported: bool = False  # a language other than es, pt, en

    def areas(self) -> frozenset[str]:
        """The areas that the article's topics belong to."""
        return frozenset(topic.area for topic in self.topics)


class TaggedArticle(msgspec.Struct, frozen=True, kw_only=True, tag="tagged", tag_field="type"):
    """The record on `atalaya.tagged`: an article together with its tags and the rules they come from."""

    article: Article
    tags: Tagged
    rules_version: str  # the hash of the rule files, so that an alert can name what it was found by
    tagged_at: float  # seconds since the epoch

    @property
    def id(self) -> str:
        """The article's id, which is the record's key on the log."""
        return self.article.id
