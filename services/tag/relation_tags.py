"""The relations part of the tagger: from an article's matches to its actors, relations and dyads.

    rules = RelationRules.load(config_dir, topics)      # RuleFileError says what is wrong
    lexicon rules: rules.lexicon_rules()
    found = analyse(rules, reading, article)            # everything, unscored
    tags(rules, found, floor)                           # what the contract asks for

Owns the order of the steps and the shape of what is written out. Does not: scan, read sentences, weigh.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from services.model.tagged import ActorTag, DyadTag, Evidence, RelationTag
from services.tag import actors as actor_finder
from services.tag import actors_data, dyads, score, topic_score
from services.tag.hits import Hit
from services.tag.lexicon import Match, Matches, Rule
from services.tag.mention import Mention
from services.tag.relations import kinds as kinds_file
from services.tag.relations.assemble import Source, relate
from services.tag.relations.draft import Draft
from services.tag.relations.home import setting
from services.tag.relations.kinds import Kinds
from services.tag.rulefile import RuleFileError
from services.tag.score import Weights
from services.tag.text import Document, Field
from services.tag.topics import Topic

_MAX_RELATIONS = 40
"""Relations listed of one article, the surest; nobody reads more and each carries its evidence."""

_MAX_ACTOR_EVIDENCE = 6


class RelationRules(NamedTuple):
    """The rule files that relations are read with."""

    kinds: Kinds
    actors: actors_data.Actors
    weights: Weights
    areas: Mapping[str, str]  # topic id → area

    @classmethod
    def load(cls, config_dir: Path, topics: Iterable[Topic]) -> RelationRules:
        """Read `kinds.yaml`, `actors/` and the checked-in weights. Raises `RuleFileError`."""
        areas = {topic.id: topic.area for topic in topics}
        kinds = kinds_file.load(config_dir / "kinds.yaml")
        return cls(kinds, actors_data.load(config_dir / "actors"), score.load(), areas)

    def lexicon_rules(self) -> list[Rule]:
        """Cues, actors, titles and office-holders for the lexicon."""
        return [*self.kinds.rules, *actor_finder.rules_of(self.actors)]


class Reading(Protocol):
    """An article scanned (`services.tag.tagger.Reading`)."""

    @property
    def document(self) -> Document: ...
    @property
    def title(self) -> Matches: ...
    @property
    def text(self) -> Matches: ...


class Found(NamedTuple):
    """Everything that was read, before anything is left out."""

    mentions: Mapping[str, Sequence[Mention]]  # by field name
    fields: Mapping[str, Field]
    drafts: Sequence[Draft]
    article: dyads.Article
    features: Sequence[score.Features]  # of the relations


def try_samples(rules: RelationRules, read: Callable[[str, str, str], Reading]) -> None:
    """Raise `RuleFileError` for the first sentence of `kinds.yaml` that lacks its kind, or wrongly has it."""
    for sample in rules.kinds.samples:
        reading = read("", sample.text, sample.lang)
        matches = (reading.title, reading.text)
        found = {draft.kind for draft in analyse(rules, reading.document, matches, (), {}).drafts}
        if (sample.kind in found) != sample.wanted:
            key = f"{sample.kind}.{'examples' if sample.wanted else 'not'}.{sample.lang}"
            says = ", ".join(sorted(found)) or "no relation"
            problem = f"`{sample.text}` {'lacks' if sample.wanted else 'wrongly has'} {sample.kind}; it has: {says}"
            raise RuleFileError(sample.path, sample.line, key, problem)


def analyse(
    rules: RelationRules,
    document: Document,
    matches: tuple[Matches, Matches],
    hits: Sequence[Hit],
    areas: Mapping[str, float],
    published: float | str | None = None,
    outlet_country: str | None = None,
) -> Found:
    """Read actors and relations. `matches` are those of title and text, `areas` the confidence of each area."""
    day = day_of(published)
    mentions = [
        _outside_links(field, actor_finder.find(field, document.lang, found, day))
        for field, found in zip(document.fields, matches, strict=True)
    ]
    everyone = [mention for each in mentions for mention in each]
    if not _may_relate(matches, everyone, outlet_country):
        return _unrelated(document, mentions, areas)
    sources = [
        Source(field, _outside_links(field, found.of("cue")), named, [hit for hit in hits if hit.field is field])
        for field, found, named in zip(document.fields, matches, mentions, strict=True)
    ]
    named = [(source.field, source.mentions) for source in sources]
    about = setting(named, document.lang, outlet_country)
    drafts = relate(sources, document.lang, day.year if day else None, about, rules.areas) if everyone else []
    if not drafts:
        return _unrelated(document, mentions, areas)
    features = [score.relation_features(draft) for draft in drafts]
    logits = score.relation_logits(drafts, features, rules.weights.relation)
    count = Counter(country for mention in everyone for country in mention.countries)
    every = _every_area(document, hits, areas, drafts)
    title, lead = (_named_early(source) for source in sources)
    pairs = len({pair for draft in drafts for pair in draft.pairs()})
    sentences = len(document.text.sentences)
    article = dyads.Article(drafts, logits, every, count, title, lead, sentences, max(pairs, 1))
    by_field: dict[str, Sequence[Mention]] = {source.field.name: source.mentions for source in sources}
    return Found(by_field, {field.name: field for field in document.fields}, drafts, article, features)


_Span = TypeVar("_Span", Mention, Match)


def _outside_links(field: Field, found: list[_Span]) -> list[_Span]:
    """What stands in the article itself, not in a link to another one."""
    links = field.teasers
    return [one for one in found if not any(start <= one.start < end for start, end in links)] if links else found


def _may_relate(matches: tuple[Matches, Matches], everyone: Sequence[Mention], outlet_country: str | None) -> bool:
    """Whether two states and a cue are there; without them no relation is, and most articles end here."""
    if not any(found.has("cue") for found in matches):
        return False
    states = {country for mention in everyone for country in mention.countries}
    return len(states | {outlet_country} if outlet_country else states) > 1


def _unrelated(document: Document, mentions: Sequence[Sequence[Mention]], areas: Mapping[str, float]) -> Found:
    by_field: dict[str, Sequence[Mention]] = {
        field.name: named for field, named in zip(document.fields, mentions, strict=True)
    }
    nobody = frozenset[str]()
    article = dyads.Article([], [], areas, Counter(), nobody, nobody, 1, 1)
    return Found(by_field, {field.name: field for field in document.fields}, [], article, [])


_LEAD = 3  # sentences


def _named_early(source: Source) -> frozenset[str]:
    """The states that a title, or the first sentences of a text, name as more than places."""
    sentences = source.field.sentences
    end = sentences[min(_LEAD, len(sentences)) - 1][1]
    return frozenset(c for m in source.mentions if m.start < end and not m.place for c in m.countries)


def _every_area(
    document: Document, hits: Sequence[Hit], areas: Mapping[str, float], drafts: Sequence[Draft]
) -> Mapping[str, float]:
    """The confidence of every area that a relation speaks of, those too that the article's topics left out."""
    spoken = {area for draft in drafts for area in draft.areas if area not in areas}
    missing = {area: topic_score.score(document, [h for h in hits if h.area == area]).confidence for area in spoken}
    return {**areas, **missing}


def day_of(published: float | str | None) -> date | None:
    """The day of publication, None when it is missing or cannot be read. A string is ISO 8601, or begins so."""
    if isinstance(published, int | float):
        try:
            return datetime.fromtimestamp(published, UTC).date()
        except (OverflowError, OSError, ValueError):
            return None
    try:
        return date.fromisoformat(str(published)[:10])
    except ValueError:
        return None


def decide(rules: RelationRules, found: Found) -> list[dyads.Scored]:
    """Every dyad that some relation speaks of, with its score and stance."""
    return [dyads.decide(found.article, case, rules.weights, rules.kinds) for case in dyads.cases(found.drafts)]


def tags(
    rules: RelationRules, found: Found, floor: float, decided: Sequence[dyads.Scored] | None = None
) -> tuple[tuple[ActorTag, ...], tuple[RelationTag, ...], tuple[DyadTag, ...]]:
    """Actors, relations and dyads at or above `floor`. `decided` is what `decide` gave, if it was asked already."""
    scored = decide(rules, found) if decided is None else decided
    scored = [one for one in scored if round(one.confidence, 4) >= floor]
    carried = {index for one in scored for index in one.case.drafts}
    sure = {index: score.probability(logit) for index, logit in enumerate(found.article.logits)}
    wanted = [index for index in sure if sure[index] >= floor or index in carried]
    wanted = sorted(sorted(wanted, key=lambda index: (index not in carried, -sure[index]))[:_MAX_RELATIONS])
    ids = {index: f"r{number}" for number, index in enumerate(wanted, 1)}
    relations = tuple(_relation(rules, found, index, ids[index], sure[index]) for index in wanted)
    pairs = tuple(sorted((_dyad(one, ids) for one in scored), key=lambda d: (-d.confidence, d.pair, d.area)))
    return _actors(found), relations, pairs


def _dyad(one: dyads.Scored, ids: Mapping[int, str]) -> DyadTag:
    relations = tuple(ids[index] for index in one.case.drafts if index in ids)
    return DyadTag(
        pair=one.case.pair, area=one.case.area, stance=one.stance, confidence=round(one.confidence, 4),
        relations=relations,
    )  # fmt: skip


def _relation(rules: RelationRules, found: Found, index: int, name: str, sure: float) -> RelationTag:
    draft = found.drafts[index]
    topics = tuple(dict.fromkeys(near.topic for near in draft.topics if near.topic != near.area))
    return RelationTag(
        id=name,
        kind=draft.kind,
        sign=rules.kinds.info[draft.kind].sign,
        actors=draft.actors,
        recipients=draft.recipients,
        topics=topics,
        negated=draft.flags.negated,
        tense=draft.flags.tense,
        hypothetical=draft.flags.hypothetical,
        quoted=draft.flags.quoted,
        confidence=round(sure, 4),
        evidence=_evidence(draft),
        why=score.explain(found.features[index], rules.weights.relation),
    )


def _evidence(draft: Draft) -> tuple[Evidence, ...]:
    """The cue, both sides (or what they were carried from), and the topic."""
    field = draft.frame.field
    spans = [field.evidence(draft.hit.start, draft.hit.end, draft.hit.rule)]
    sides = (draft.actor,) if draft.recipient is draft.actor else (draft.actor, draft.recipient)
    for side in sides:
        spans += [side.field.evidence(m.start, m.end, m.rule) for m in side.mentions]
    topic = next((near for near in draft.topics if near.where == "same"), None)
    if topic is not None:
        spans.append(field.evidence(topic.start, topic.end, topic.topic))
    return tuple(dict.fromkeys(spans))


def _actors(found: Found) -> tuple[ActorTag, ...]:
    """Each state or body that acts, named in the most trusted way, with where it is named."""
    by_country: dict[str, list[tuple[Field, Mention]]] = {}
    for name, mentions in found.mentions.items():
        for mention in mentions:
            for country in mention.countries if mention.acts else ():
                by_country.setdefault(country, []).append((found.fields[name], mention))
    return tuple(_actor(country, named) for country, named in by_country.items())


def _actor(country: str, named: Sequence[tuple[Field, Mention]]) -> ActorTag:
    best = max((mention for _, mention in named), key=lambda mention: mention.trust)
    evidence = tuple(field.evidence(m.start, m.end, m.rule) for field, m in named[:_MAX_ACTOR_EVIDENCE])
    return ActorTag(country=country, how=best.how, role=best.role, name=best.name, evidence=evidence)
