"""What subscriptions ask about an article, drawn from its tags once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from services.match.words import Words
from services.model.tagged import DyadTag, RelationTag, TaggedArticle, TopicTag


@dataclass(frozen=True)
class DyadFact:
    """A pair of states in one area, with the kinds and topics of the relations that it was read from."""

    tag: DyadTag
    pair: str  # "CL-PE"
    kinds: frozenset[str]
    topics: frozenset[str]
    relations: tuple[RelationTag, ...]

    @property
    def pair_forms(self) -> tuple[str, ...]:
        """What a subscription may call the pair."""
        first, second = self.tag.pair
        return (self.pair, f"{first}-*", f"{second}-*")


@dataclass(frozen=True)
class Facts:
    """Everything that a condition may look at."""

    record: TaggedArticle

    @property
    def topics(self) -> tuple[TopicTag, ...]:
        """As tagged."""
        return self.record.tags.topics

    @cached_property
    def countries(self) -> frozenset[str]:
        """States and international bodies that act or are acted upon."""
        tags = self.record.tags
        found = {actor.country for actor in tags.actors}
        for relation in tags.relations:
            found.update(relation.actors, relation.recipients)
        for dyad in tags.dyads:
            found.update(dyad.pair)
        return frozenset(found)

    @cached_property
    def dyads(self) -> tuple[DyadFact, ...]:
        """The pairs with their relations; what was denied or is history does not count among the kinds."""
        relations = {relation.id: relation for relation in self.record.tags.relations}
        return tuple(_dyad(tag, relations) for tag in self.record.tags.dyads)

    @cached_property
    def words(self) -> Words:
        """Title and text."""
        return Words(self.record.article.title, self.record.article.text)


def _dyad(tag: DyadTag, relations: dict[str, RelationTag]) -> DyadFact:
    own = tuple(relations[each] for each in tag.relations if each in relations)
    live = [relation for relation in own if not relation.negated and relation.tense != "historical"]
    return DyadFact(
        tag=tag,
        pair="-".join(tag.pair),
        kinds=frozenset(relation.kind for relation in live),
        topics=frozenset(topic for relation in own for topic in relation.topics),
        relations=own,
    )
