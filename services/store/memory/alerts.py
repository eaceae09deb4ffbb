"""Alerts, in memory. `published` holds what went out by name, for tests and trials."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Sequence

from services.model.alert import Alert
from services.model.finding import Finding, NewAlert, Raised
from services.model.tagged import TaggedArticle
from services.store.alerts import MOST_REMEMBERED, newness
from services.store.memory.deliveries import MemoryDeliveries


class MemoryAlerts:
    """See `store.alerts.AlertStore`. `keep`: alerts kept; horizons in seconds."""

    def __init__(self, deliveries: MemoryDeliveries, keep: int = 100_000, dedupe: float = 14 * 86_400.0) -> None:
        self._deliveries = deliveries
        self._keep = keep
        self._dedupe = dedupe
        self._alerts: OrderedDict[str, Alert] = OrderedDict()
        self._completed: dict[str, Alert] = {}
        self._known: dict[str, float] = {}  # alert id → until when
        self._versions: dict[str, tuple[int, float]] = {}
        self._articles: OrderedDict[str, TaggedArticle] = OrderedDict()
        self.published: deque[tuple[str, Alert]] = deque(maxlen=100_000)

    def raise_all(self, findings: Sequence[Finding], now: float) -> list[Raised]:
        """One after the other."""
        return [self._raise(finding, now) for finding in findings]

    def _raise(self, finding: Finding, now: float) -> Raised:
        version, until = self._versions.get(finding.article, (-1, now))
        if until >= now and finding.version < version:
            return Raised(stale=True)
        self._versions[finding.article] = (finding.version, now + self._dedupe)
        fresh = [new for new in finding.alerts if self._known.get(new.alert.id, 0.0) <= now]
        for new in fresh:
            self._store(new, now)
        return Raised(new=tuple(new.alert.id for new in fresh))

    def _store(self, new: NewAlert, now: float) -> None:
        self._known[new.alert.id] = now + self._dedupe
        self._alerts[new.alert.id] = new.alert
        while len(self._alerts) > self._keep:
            self._alerts.popitem(last=False)
        self.published.extend((name, new.alert) for name in new.announce)
        self._deliveries.add(new.alert, new.deliveries, now)

    def complete(self, alerts: Sequence[Alert]) -> None:
        """As their pages tell them."""
        self._completed.update((alert.id, alert) for alert in alerts)

    def get(self, story: str, alert_id: str) -> Alert | None:
        """The alert, while it is kept."""
        return self._completed.get(alert_id) or self._alerts.get(alert_id)

    def recent(self, limit: int = 100) -> list[Alert]:
        """The newest first."""
        return list(reversed(self._alerts.values()))[:limit]

    def remember(self, articles: Sequence[TaggedArticle], now: float) -> None:
        """The last ones."""
        for article in sorted(articles, key=newness):
            self._articles[article.id] = article
            self._articles.move_to_end(article.id)
        while len(self._articles) > MOST_REMEMBERED:
            self._articles.popitem(last=False)

    def remembered(self, article_id: str) -> TaggedArticle | None:
        """The newest version remembered."""
        return self._articles.get(article_id)

    def all_remembered(self, limit: int = 10_000) -> list[TaggedArticle]:
        """The newest first."""
        return list(reversed(self._articles.values()))[:limit]
