"""The whole way from the log to alerts in Redis, in one process, against the obvious design in one process.

Ours are the service's own parts, put together by `pipeline.STEPS` as `atalaya run` does it: the stages of tag and match
in their worker loops, taking turns; the log and the store on one Valkey; the subscriptions of the configuration. Both
start from records that are on the log already, and both are asked afterwards whether they raised alerts.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from services.bench.obvious import ObviousDesign
from services.bench.row import Row
from services.bench.timing import in_turns, rate
from services.dead_letter_box import DeadLetterBox
from services.log.base import Log, Record
from services.log.connect import connect as connect_log
from services.model.article import Article, article_id
from services.model.codec import encode
from services.pipeline import ARTICLES, STEPS, TAGGED, Context, topics
from services.settings import Settings, load
from services.store.base import Store
from services.store.connect import connect as connect_store
from services.tag.tagger import Tagger
from services.worker import Worker

_ROUNDS = 3
_SAMPLE = 20  # the obvious design gets one article in so many: of all lengths, it is that much slower


def row(articles: Sequence[Article], tagger: Tagger, url: str, folder: Path) -> Row:
    """`end_to_end`: articles per second of one process. The limit is tagging alone, with nothing read or written."""
    settings = msgspec.structs.replace(load(), log=url, store=url, data=folder)
    ours = Pipeline(settings)
    obvious = ObviousDesign(tagger, url)
    sample = sorted(articles, key=lambda each: len(each.text))[_SAMPLE // 2 :: _SAMPLE]
    ways = {
        "ours": _prepared(ours.fill, lambda: ours.run(len(articles)), articles),
        "obvious": _prepared(obvious.fill, lambda: obvious.run(len(sample)), sample),
        "tagging": rate(len(articles), lambda: [tagger.tag(each) for each in articles]),
    }
    try:
        turns = in_turns(ways, _ROUNDS)
        raised = len(ours.store.alerts.recent(1_000))
    finally:
        ours.close()
        obvious.close()
    if not raised:
        raise RuntimeError("the pipeline raised no alert: the corpus is about nothing that anybody asks for")
    baseline, limit = turns.compared("ours", "obvious"), turns.compared("ours", "tagging")
    return Row("end_to_end", turns["ours"], "articles/s", baseline, limit, note="one process, against one process")


class Pipeline:
    """Tag and match in this process."""

    def __init__(self, settings: Settings) -> None:
        self.log: Log = connect_log(settings.log, kafka=settings.kafka)
        self.store: Store = connect_store(settings.store, settings)
        self.log.prepare(topics(settings))
        self._tagged = 0
        self._parts = {name: STEPS[name].build(Context(settings, self.store, self.log, "bench")) for name in _STAGES}
        self._workers = {name: self._worker(name, settings) for name in _STAGES}

    def fill(self, articles: Sequence[Article]) -> None:
        """Puts articles on the log."""
        for start in range(0, len(articles), 500):
            self.log.append(ARTICLES, [Record(each.id, encode(each)) for each in articles[start : start + 500]])

    def run(self, count: int) -> None:
        """Handles this many articles, and all that the tagger passes on."""
        while count > 0:
            count -= self._workers["tag"].turn()
            while self._tagged > 0:
                self._tagged -= self._workers["match"].turn()

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """The log's, counted: so that the match worker is called only when there is something to match."""
        self.log.append(topic, records)
        self._tagged += len(records) * (topic == TAGGED)

    def close(self) -> None:
        """Leaves the groups, ends the connections."""
        for parts in self._parts.values():
            parts.source.close()
        self.log.close()
        self.store.close()

    def _worker(self, name: str, settings: Settings) -> Worker[Any]:
        parts = self._parts[name]
        return Worker(
            name,
            parts.source,
            parts.stage,
            appender=self,
            writes=STEPS[name].writes,
            dead=DeadLetterBox(self.log, self.store.dead_letters),
            traces=self.store.traces,
            settings=settings.workers,
            stop=threading.Event(),
        )


_STAGES = ("tag", "match")


def _prepared(
    fill: Callable[[Sequence[Article]], None], job: Callable[[], object], articles: Sequence[Article]
) -> Callable[[], float]:
    """A way that first puts the articles on its log, as new ones; that is not timed."""
    rounds = iter(range(1_000_000))

    def way() -> float:
        fill(renamed(articles, f"round {next(rounds)}"))
        return rate(len(articles), job)()

    return way


def renamed(articles: Sequence[Article], edition: str) -> list[Article]:
    """The same articles under other ids: nothing has been seen of them before."""
    return [msgspec.structs.replace(each, id=article_id(f"{each.url} {edition}")) for each in articles]
