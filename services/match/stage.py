"""The match stage: tagged articles in; alerts, each with its deliveries, into the store.

Subscriptions come from the store, which is their truth; the file is imported into it whenever it changes, and a bad
file changes nothing. The index is built anew when the store's revision has moved; an article is matched under one
revision, wholly. Nothing goes to a topic: alerts live on Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from services import telemetry
from services.match.document import DocumentError, read
from services.match.facts import Facts
from services.match.index import Index
from services.match.raising import NO_AREA, finding
from services.model.finding import Finding, Raised
from services.model.tagged import TaggedArticle
from services.settings import Settings
from services.stage import Drop, Handled
from services.store.alerts import AlertStore
from services.store.base import Store
from services.store.subscriptions import SubscriptionStore, Taken
from services.telemetry import log
from services.watch import WatchedFile

FILE_OWNER = "file"
"""The owner of the subscriptions that `config/subscriptions.yaml` brings."""


class MatchStage:
    """See `stage.Stage`. Without a file only the store's subscriptions count."""

    def __init__(
        self,
        alerts: AlertStore,
        subscriptions: SubscriptionStore,
        clock: Callable[[], float],
        file: WatchedFile | None = None,
        topics: Callable[[], frozenset[str]] = frozenset,
        hurry: Callable[[Sequence[str]], object] = len,
    ) -> None:
        """`topics`: the ids that the tagger knows, so that a typo in the file is found; none: not checked.

        `hurry`: told the articles whose alerts went out on their feed's text; their pages should be read soon.
        """
        self._alerts = alerts
        self._subscriptions = subscriptions
        self._clock = clock
        self._file = file
        self._topics = topics
        self._hurry = hurry
        self._revision = -1
        self._index = Index([])

    def handle(self, items: Sequence[TaggedArticle]) -> Sequence[Handled]:
        """Raises the alerts of all items in one round trip; each article's alerts are atomic."""
        self.refresh()
        now = self._clock()
        facts = [Facts(item) for item in items]
        findings = [self._finding(each, now) for each in facts]
        telling = [
            found
            for item, found in zip(items, findings, strict=True)
            if found.alerts or found.version > 1 or item.article.page_read  # a page may come after the next edit
        ]
        answers = dict(zip(map(id, telling), self._alerts.raise_all(telling, now), strict=True))
        raised = [answers.get(id(each), Raised()) for each in findings]
        kept = [item for item, each in zip(items, raised, strict=True) if not each.stale]
        self._alerts.remember(kept, now)
        self._complete(items, findings, raised)
        return [self._handled(*each, now) for each in zip(items, findings, raised, strict=True)]

    def _complete(self, items: Sequence[TaggedArticle], findings: Sequence[Finding], raised: Sequence[Raised]) -> None:
        """What is known of an alert follows the text of its article's page; the alert itself was heard and is not
        sent again."""
        told = [
            new.alert
            for item, found, each in zip(items, findings, raised, strict=True)
            if item.article.text_from == "page" and not each.stale
            for new in found.alerts
            if new.alert.id not in each.new
        ]
        self._alerts.complete(told)
        early = [item.id for item, each in zip(items, raised, strict=True) if each.new and not item.article.page_read]
        if early:
            self._hurry(early)

    def _finding(self, facts: Facts, now: float) -> Finding:
        article = facts.record.article
        if article.backfill:
            return Finding(article.id, article.version)
        return finding(facts, self._index.matching(facts), now)

    def _handled(self, item: TaggedArticle, found: Finding, raised: Raised, now: float) -> Handled:
        fresh = [new.alert for new in found.alerts if new.alert.id in raised.new]
        for alert in fresh:
            for area in alert.areas or (NO_AREA,):
                telemetry.ALERTS.labels(area).inc()
            log.debug("alert raised", alert=alert.id, article=item.id, subscription=alert.subscription)
        if fresh:
            telemetry.ARTICLES.labels("match", "passed", "").inc()
            telemetry.END_TO_END.labels("tagged", "matched").observe(max(0.0, now - item.tagged_at))
            if not item.article.page_read:
                telemetry.END_TO_END.labels("seen", "matched").observe(max(0.0, now - item.article.seen))
            return Handled()
        return Handled(dropped=[Drop(item.id, _reason(item, found, raised))])

    def refresh(self) -> None:
        """Brings file, store and index into line; costs one small question to the store when nothing moved."""
        if self._file is not None and (text := self._file.changed()) is not None:
            try:
                self._import(text, str(self._file.path))
            except Exception:
                self._file.forget()  # a store that failed must not leave us with fewer subscriptions than the file
                raise
        if self._subscriptions.revision() == self._revision:
            return
        self._revision, found = self._subscriptions.all()
        self._index = Index(found)
        log.info("subscriptions loaded", count=len(found), revision=self._revision)

    def _import(self, text: str, name: str) -> None:
        try:
            found = read(text, name, self._topics())
            changed = self._subscriptions.replace(FILE_OWNER, found)
        except DocumentError as error:
            for fault in error.faults:
                log.error("subscriptions not changed", fault=fault)
        except Taken as error:
            log.error("subscriptions not changed", fault=f"{name}: {error}")
        else:
            log.info("subscriptions read", file=name, count=len(found), changed=changed)


def build(settings: Settings, store: Store, clock: Callable[[], float]) -> MatchStage:
    """The stage as it runs: it watches `subscriptions.yaml` of the configuration folder, and has read it."""
    file = WatchedFile(settings.config / "subscriptions.yaml")
    stage = MatchStage(
        store.alerts,
        store.subscriptions,
        clock,
        file,
        lambda: known_topics(settings.config),
        (lambda ids: store.pages.hurry(ids, clock())) if settings.fulltext.enabled else len,
    )
    stage.refresh()
    return stage


def known_topics(config: Path) -> frozenset[str]:
    """The ids of the topics that the configuration folder defines; empty when it defines none."""
    return frozenset(file.stem for file in (config / "topics").glob("*.yaml"))


def _reason(item: TaggedArticle, found: Finding, raised: Raised) -> str:
    """Why no alert was raised; one of `telemetry.DROP_REASONS`."""
    if raised.stale:
        return "stale"
    if item.article.backfill:
        return "backfill"
    return "duplicate" if found.alerts else "no_match"
