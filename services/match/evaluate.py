"""Whether an article is what a subscription asks for, and why (not).

Pure. `matches` is the definition that `index` must agree with for every article and subscription; `explain` says
the same in plain language, condition by condition.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from services.match.facts import DyadFact, Facts
from services.match.words import parse
from services.model.subscription import Sets, Subscription
from services.model.tagged import TopicTag


class Check(NamedTuple):
    """One condition that the subscription names: whether it holds, what was asked for and found, and what was found
    in a few words for the alert's reason."""

    name: str
    holds: bool
    text: str
    found: str = ""


class Verdict(NamedTuple):
    """All conditions in the order in which they are looked at."""

    checks: tuple[Check, ...]

    @property
    def matched(self) -> bool:
        """Every condition holds."""
        return all(check.holds for check in self.checks)

    @property
    def failed(self) -> Check | None:
        """The first condition that does not hold."""
        return next((check for check in self.checks if not check.holds), None)


def matching_topics(subscription: Subscription, facts: Facts) -> tuple[TopicTag, ...]:
    """The topics that satisfy areas, topics and confidence together."""
    return tuple(
        topic
        for topic in facts.topics
        if topic.confidence >= subscription.min_confidence
        and (not subscription.areas or topic.area in subscription.areas)
        and (not subscription.topics or topic.id in subscription.topics)
    )


def matching_dyads(subscription: Subscription, facts: Facts) -> tuple[DyadFact, ...]:
    """The pairs that satisfy area, topics, countries, pair, stance, kind and confidence together.

    The countries of a subscription that asks for a relation must be in the relation, not just in the article.
    """
    return tuple(dyad for dyad in facts.dyads if _dyad_matches(subscription, dyad))


def _dyad_matches(subscription: Subscription, dyad: DyadFact) -> bool:
    tag = dyad.tag
    return (
        tag.confidence >= subscription.min_confidence
        and (not subscription.areas or tag.area in subscription.areas)
        and (not subscription.stances or tag.stance in subscription.stances)
        and (not subscription.pairs or not set(subscription.pairs).isdisjoint(dyad.pair_forms))
        and (not subscription.kinds or not dyad.kinds.isdisjoint(subscription.kinds))
        and (not subscription.topics or not dyad.topics.isdisjoint(subscription.topics))
        and (not subscription.countries.any or not set(subscription.countries.any).isdisjoint(tag.pair))
    )


def sets_hold(sets: Sets, has: Callable[[str], bool]) -> bool:
    """Some of `any`, every one of `all`, none of `none`."""
    return (not sets.any or any(map(has, sets.any))) and all(map(has, sets.all)) and not any(map(has, sets.none))


def matches(subscription: Subscription, facts: Facts) -> bool:
    """Every condition holds. Cheap ones first."""
    tags = facts.record.tags
    return (
        subscription.enabled
        and (not subscription.languages or tags.lang in subscription.languages)
        and (not subscription.outlet_countries or facts.record.article.outlet_country in subscription.outlet_countries)
        and sets_hold(subscription.countries, facts.countries.__contains__)
        and (not subscription.asks_topic or bool(matching_topics(subscription, facts)))
        and (not subscription.asks_relation or bool(matching_dyads(subscription, facts)))
        and sets_hold(subscription.words, lambda text: facts.words.has(parse(text)))
    )


def explain(subscription: Subscription, facts: Facts) -> Verdict:
    """Each condition that the subscription names, in words."""
    checks = (condition(subscription, facts) for condition in _CONDITIONS)
    return Verdict(tuple(check for check in checks if check is not None))


def _enabled(subscription: Subscription, facts: Facts) -> Check | None:
    return None if subscription.enabled else Check("enabled", False, "the subscription is switched off")


def _language(subscription: Subscription, facts: Facts) -> Check | None:
    if not subscription.languages:
        return None
    lang = facts.record.tags.lang or "unknown"
    text = _asked("language", subscription.languages, [lang])
    return Check("languages", lang in subscription.languages, text, f"written in {lang}")


def _outlet(subscription: Subscription, facts: Facts) -> Check | None:
    if not subscription.outlet_countries:
        return None
    country = facts.record.article.outlet_country or "unknown"
    text = _asked("outlet's country", subscription.outlet_countries, [country])
    return Check("outlet_countries", country in subscription.outlet_countries, text, f"from an outlet in {country}")


def _countries(subscription: Subscription, facts: Facts) -> Check | None:
    sets = subscription.countries
    if not sets:
        return None
    holds = sets_hold(sets, facts.countries.__contains__)
    found = _list(sorted(facts.countries))
    return Check("countries", holds, f"countries: asked for {_sets(sets)}; found {found}", f"about {found}")


def _topic(subscription: Subscription, facts: Facts) -> Check | None:
    if not subscription.asks_topic:
        return None
    found = matching_topics(subscription, facts)
    name = "topics" if subscription.topics else "areas"
    asked = subscription.topics or subscription.areas
    shown = [f"{topic.area}/{topic.id} ({topic.band}, {topic.confidence:.2f})" for topic in found or facts.topics]
    least = "" if found else f" with at least {subscription.min_confidence:.2f}"
    text = f"{name}: asked for {_list(asked)}{least}; found {_list(shown)}"
    return Check(name, bool(found), text, _list(shown))


def _relation(subscription: Subscription, facts: Facts) -> Check | None:
    if not subscription.asks_relation:
        return None
    found = matching_dyads(subscription, facts)
    asked = [f"{name} {_list(values)}" for name, values in _relation_terms(subscription) if values]
    shown = [_show_dyad(dyad) for dyad in found or facts.dyads]
    name = next(name for name in ("pairs", "stances", "kinds") if getattr(subscription, name))
    least = "" if found else f" with at least {subscription.min_confidence:.2f}"
    text = f"relation: asked for {' and '.join(asked)}{least}; found {_list(shown)}"
    return Check(name, bool(found), text, _list(shown))


def _relation_terms(subscription: Subscription) -> list[tuple[str, tuple[str, ...]]]:
    return [
        ("pair", subscription.pairs),
        ("stance", subscription.stances),
        ("kind", subscription.kinds),
        ("area", subscription.areas),
        ("topic", subscription.topics),
        ("country", subscription.countries.any),
    ]


def _show_dyad(dyad: DyadFact) -> str:
    kinds = f" by {_list(sorted(dyad.kinds))}" if dyad.kinds else ""
    return f"{dyad.pair} {dyad.tag.stance} on {dyad.tag.area}{kinds} ({dyad.tag.confidence:.2f})"


def _words(subscription: Subscription, facts: Facts) -> Check | None:
    sets = subscription.words
    if not sets:
        return None

    def has(text: str) -> bool:
        return facts.words.has(parse(text))

    found = [text for text in (*sets.any, *sets.all, *sets.none) if has(text)]
    text = f"words: asked for {_sets(sets)}; found {_list(found)}"
    return Check("words", sets_hold(sets, has), text, f"with the words {_list(found)}" if found else "")


_CONDITIONS: tuple[Callable[[Subscription, Facts], Check | None], ...] = (
    _enabled,
    _language,
    _outlet,
    _topic,
    _countries,
    _relation,
    _words,
)


def _asked(what: str, asked: tuple[str, ...], found: list[str]) -> str:
    return f"{what}: asked for {_list(asked)}; found {_list(found)}"


def _list(values: tuple[str, ...] | list[str]) -> str:
    return ", ".join(values) if values else "none"


def _sets(sets: Sets) -> str:
    parts = [("any of ", sets.any), ("all of ", sets.all), ("none of ", sets.none)]
    return " and ".join(name + _list(values) for name, values in parts if values)
