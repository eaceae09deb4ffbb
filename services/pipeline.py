"""Who reads what and who writes what: the topology, and the only place that knows every stage.

    feeds ─► poll ─► [atalaya.articles] ─► tag ─► [atalaya.tagged] ─► match ─► alerts and deliveries (Redis) ─► deliver

Adding a stage is a line in `STEPS` and a function that builds it from the settings.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from services.dead_letter_box import TOPIC as DEAD
from services.decoding import Decoding, TopicSource
from services.log.base import Log, Topic
from services.settings import Settings
from services.stage import Source, Stage
from services.store.base import Store

ARTICLES = "atalaya.articles"
TAGGED = "atalaya.tagged"


class Parts(NamedTuple):
    """What a worker runs. A stage that needs closing (children, connections) is closed with its source."""

    source: Source[Any]
    stage: Stage[Any]


class Context(NamedTuple):
    """What building a stage may use."""

    settings: Settings
    store: Store
    log: Log
    member: str  # this worker's name in its group


class Step(NamedTuple):
    """One stage: its topics and how it is built. `headroom`: see `log.base.Topic`, of the topic it writes."""

    name: str
    reads: str | None
    writes: str | None
    build: Callable[[Context], Parts]
    headroom: float = 0.0


def _poll(context: Context) -> Parts:
    from services.poll.build import build

    return Parts(*build(context.settings, context.store))


def _tag(context: Context) -> Parts:
    from services.model.article import Article
    from services.tag.live import LiveTagger
    from services.tag.stage import TagStage

    rules = LiveTagger(context.settings.config, context.settings.data / "cache")
    return Parts(_reader(context, ARTICLES, "tag"), Decoding(Article, TagStage(rules, time.time)))


def _match(context: Context) -> Parts:
    from services.match.stage import build
    from services.model.tagged import TaggedArticle

    stage = build(context.settings, context.store, time.time)
    return Parts(_reader(context, TAGGED, "match"), Decoding(TaggedArticle, stage))


def _deliver(context: Context) -> Parts:
    from services.deliver.stage import build

    return Parts(*build(context.settings, context.store, time.time))


def _reader(context: Context, topic: str, group: str) -> TopicSource:
    return TopicSource(context.log.reader(topic, f"atalaya.{group}", context.member))


STEPS = {
    step.name: step
    for step in (
        Step("poll", None, ARTICLES, _poll, headroom=0.3),
        Step("tag", ARTICLES, TAGGED, _tag, headroom=0.15),
        Step("match", TAGGED, None, _match),
        Step("deliver", None, None, _deliver),
    )
}


def group(step: Step) -> str:
    """The consumer group of a stage that reads a topic."""
    return f"atalaya.{step.name}"


def topics(settings: Settings) -> list[Topic]:
    """Every topic, with the groups that read it and its limits."""
    keep = settings.topics.keep_hours * 3600.0
    declared = [
        Topic(
            step.writes,
            tuple(group(reader) for reader in STEPS.values() if reader.reads == step.writes),
            settings.topics.partitions,
            keep,
            settings.topics.max_records,
            step.headroom,
        )
        for step in STEPS.values()
        if step.writes
    ]
    return [*declared, Topic(DEAD, (), 1, keep, settings.topics.max_records)]
