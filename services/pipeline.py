"""Who reads what and who writes what: the topology, and the only place that knows every stage.

    feeds ─► poll ─► [atalaya.articles] ─┬─────────────────────────────► tag ─► [atalaya.tagged] ─► match
                                         └► fulltext ─► [atalaya.texts] ─┘
    match ─► alerts and deliveries (Redis) ─► deliver

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
TEXTS = "atalaya.texts"
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
    reads: tuple[str, ...]
    writes: str | None
    build: Callable[[Context], Parts]
    headroom: float = 0.0


def _poll(context: Context) -> Parts:
    from services.poll.build import build

    return Parts(*build(context.settings, context.store))


def _fulltext(context: Context) -> Parts:
    from services.fulltext.stage import build
    from services.poll.canonical import clean

    step = STEPS["fulltext"]
    reader = context.log.reader(ARTICLES, group(step), context.member)
    return Parts(*build(context.settings, context.store, reader, time.time, clean))


def _tag(context: Context) -> Parts:
    from services.model.article import Article
    from services.tag.live import LiveTagger
    from services.tag.stage import TagStage

    rules = LiveTagger(context.settings.config, context.settings.data / "cache")
    return Parts(_source(context, "tag"), Decoding(Article, TagStage(rules, time.time)))


def _match(context: Context) -> Parts:
    from services.match.stage import build
    from services.model.tagged import TaggedArticle

    stage = build(context.settings, context.store, time.time)
    return Parts(_source(context, "match"), Decoding(TaggedArticle, stage))


def _deliver(context: Context) -> Parts:
    from services.deliver.stage import build

    return Parts(*build(context.settings, context.store, time.time))


def _source(context: Context, stage: str) -> TopicSource:
    return TopicSource(*(context.log.reader(*each, context.member) for each in reads(STEPS[stage])))


STEPS = {
    step.name: step
    for step in (
        Step("poll", (), ARTICLES, _poll, headroom=0.3),
        Step("fulltext", (ARTICLES,), TEXTS, _fulltext, headroom=0.3),
        Step("tag", (ARTICLES, TEXTS), TAGGED, _tag, headroom=0.15),
        Step("match", (TAGGED,), None, _match),
        Step("deliver", (), None, _deliver),
    )
}


def running(settings: Settings) -> dict[str, Step]:
    """The steps that run as the settings are: all, but full text only when it is switched on.

    tag reads the texts in any case, so that what a stage that was switched off has left there is not lost.
    """
    return {name: step for name, step in STEPS.items() if name != "fulltext" or settings.fulltext.enabled}


def workers(settings: Settings) -> dict[str, int]:
    """Stage → processes of it that `atalaya up` runs here."""
    return {name: getattr(settings.workers, name) for name in running(settings)}


def group(step: Step, topic: str = "") -> str:
    """The consumer group of a stage, one for each topic that it reads; without a name, of the first."""
    main = not topic or topic == step.reads[0]
    return f"atalaya.{step.name}" if main else f"atalaya.{step.name}.{topic.rpartition('.')[2]}"


def reads(step: Step) -> list[tuple[str, str]]:
    """The topics that a stage reads, each with its group."""
    return [(topic, group(step, topic)) for topic in step.reads]


def topics(settings: Settings) -> list[Topic]:
    """Every topic, with the groups that read it and its limits. A stage that is switched off keeps nothing waiting."""
    keep = settings.topics.keep_hours * 3600.0
    texts = min(keep, settings.fulltext.keep_days * 86_400.0)
    readers = [each for step in running(settings).values() for each in reads(step)]
    declared = [
        Topic(
            step.writes,
            tuple(group for topic, group in readers if topic == step.writes),
            settings.topics.partitions,
            texts if step.writes in (TEXTS, TAGGED) else keep,
            settings.topics.max_records,
            step.headroom,
        )
        for step in STEPS.values()
        if step.writes
    ]
    return [*declared, Topic(DEAD, (), 1, keep, settings.topics.max_records)]
