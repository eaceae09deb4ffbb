"""The alert that an article and a subscription give, its names for pub/sub, and its deliveries. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from services.match.evaluate import Verdict, explain, matching_dyads, matching_topics
from services.match.facts import DyadFact, Facts
from services.match.quote import quotes
from services.match.words import Span, parse
from services.model.alert import Alert, Stamps, alert_id
from services.model.delivery import NewDelivery, delivery_id, endpoint_id
from services.model.finding import Finding, NewAlert
from services.model.subscription import Subscription
from services.model.tagged import Evidence, TopicTag

DEVELOPMENT = "first"
"""Every alert is the first report of its story for now."""

NO_AREA, NO_COUNTRY = "other", "XX"
"""What stands in a pub/sub name for an alert without an area (asked for by words alone) or without a country."""

_TELLING = {
    "cooperate": ("agree", "support", "cooperate", "aid"),
    "propose": ("propose", "request"),
    "consult": ("consult",),
    "reject": ("reject",),
    "conflict": ("accuse", "threaten", "coerce", "sanction", "demand"),
}
"""The kinds that say a stance outright; only the order of quotes depends on it."""


def story_of(facts: Facts) -> str:
    """The story that an article belongs to: for now each article, with all its versions, is one."""
    return facts.record.article.id


def finding(facts: Facts, subscriptions: Iterable[Subscription], now: float) -> Finding:
    """All alerts of one article."""
    article = facts.record.article
    alerts = tuple(new_alert(facts, subscription, now) for subscription in subscriptions)
    return Finding(article.id, article.version, alerts)


def new_alert(facts: Facts, subscription: Subscription, now: float) -> NewAlert:
    """The alert of a subscription that the article matches."""
    story = story_of(facts)
    dyads = _dyads(subscription, facts)
    alert = _alert(facts, subscription, story, dyads, now)
    muted = subscription.muted_until is not None and now < subscription.muted_until
    deliveries = () if muted else _deliveries(subscription, story)
    return NewAlert(alert, announced(alert, dyads), deliveries)


def announced(alert: Alert, dyads: Iterable[DyadFact]) -> tuple[str, ...]:
    """One name per area and country, and one per area and pair between which a relation was found."""
    areas, countries = alert.areas or (NO_AREA,), alert.countries or (NO_COUNTRY,)
    names = [f"{area}.{country}" for area in areas for country in countries]
    names += [f"{dyad.tag.area}.{dyad.pair}" for dyad in dyads]
    return tuple(dict.fromkeys(names))


def _dyads(subscription: Subscription, facts: Facts) -> tuple[DyadFact, ...]:
    """Those asked for; without a question for relations, all that are in the areas asked for."""
    if subscription.asks_relation:
        return matching_dyads(subscription, facts)
    return tuple(
        dyad
        for dyad in facts.dyads
        if dyad.tag.confidence >= subscription.min_confidence
        and (not subscription.areas or dyad.tag.area in subscription.areas)
    )


def _alert(facts: Facts, subscription: Subscription, story: str, dyads: tuple[DyadFact, ...], now: float) -> Alert:
    record, article = facts.record, facts.record.article
    topics = matching_topics(subscription, facts)
    best = max(dyads, key=lambda dyad: dyad.tag.confidence, default=None)
    evidence = _evidence(dyads, topics)
    spans = [Span(each.field, each.start, each.end) for each in evidence] + _word_spans(subscription, facts)
    return Alert(
        id=alert_id(subscription.id, story, DEVELOPMENT),
        subscription=subscription.id,
        story=story,
        development=DEVELOPMENT,
        article=article.id,
        version=article.version,
        digest=article.digest,
        title=article.title,
        url=article.url,
        outlet=article.outlet,
        lang=record.tags.lang,
        areas=_unique([topic.area for topic in topics] + [dyad.tag.area for dyad in dyads]),
        topics=_unique(topic.id for topic in topics),
        countries=_countries(subscription, facts, dyads),
        pairs=_unique(dyad.pair for dyad in dyads),
        stance=best.tag.stance if best else None,
        confidence=_confidence(dyads, topics),
        quotes=quotes(article.title, article.text, spans),
        rules=_unique(each.rule for each in evidence),
        rules_version=record.rules_version,
        reason=reason(explain(subscription, facts)),
        stamps=Stamps(published=article.published, seen=article.seen, tagged=record.tagged_at, matched=now),
        outlet_country=article.outlet_country,
        sample=article.sample,
        text_from=article.text_from,
    )


def reason(verdict: Verdict) -> str:
    """What was found for each condition, in one line."""
    return "; ".join(check.found for check in verdict.checks if check.found)


def _countries(subscription: Subscription, facts: Facts, dyads: tuple[DyadFact, ...]) -> tuple[str, ...]:
    """The sides of the relations asked for, else every state that acts in the article."""
    if subscription.asks_relation:
        return tuple(sorted({side for dyad in dyads for side in dyad.tag.pair}))
    return tuple(sorted(facts.countries))


def _evidence(dyads: tuple[DyadFact, ...], topics: tuple[TopicTag, ...]) -> list[Evidence]:
    """The relations' first, those that give the pair its stance before others: the sentence that says it comes
    before the words it is about."""
    found: list[Evidence] = []
    for dyad in sorted(dyads, key=lambda dyad: -dyad.tag.confidence):
        telling = _TELLING[dyad.tag.stance]
        ranked = sorted(dyad.relations, key=lambda each: -each.confidence)
        for relation in sorted(ranked, key=lambda each: each.kind not in telling):
            found += relation.evidence
    for topic in sorted(topics, key=lambda topic: -topic.confidence):
        found += topic.evidence
    return found


def _word_spans(subscription: Subscription, facts: Facts) -> list[Span]:
    sets = subscription.words
    return [span for text in (*sets.any, *sets.all) for span in facts.words.find(parse(text))]


def _confidence(dyads: tuple[DyadFact, ...], topics: tuple[TopicTag, ...]) -> float:
    """Of the best relation, else of the best topic; words are certain."""
    found = [dyad.tag.confidence for dyad in dyads] or [topic.confidence for topic in topics]
    return max(found, default=1.0)


def _deliveries(subscription: Subscription, story: str) -> tuple[NewDelivery, ...]:
    return tuple(
        NewDelivery(
            id=delivery_id(subscription.id, story, DEVELOPMENT, target.kind, target.address),
            endpoint=endpoint_id(target.kind, target.address),
            kind=target.kind,
            address=target.address,
        )
        for target in subscription.targets
    )


def _unique(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
