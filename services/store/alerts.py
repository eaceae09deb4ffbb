"""Where alerts are raised, once, together with their deliveries.

Owns what recognises a repeat: the id of an alert and the newest version handled of an article. Both are remembered
for `alerts.dedupe_hours`, longer than the log keeps records. Does not decide what is an alert: `match` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.model.alert import Alert
from services.model.finding import Finding, Raised
from services.model.tagged import TaggedArticle

MOST_REMEMBERED = 20_000
"""Articles that are remembered at most, about 40 MB: a replay of a month must not fill the store with them."""


def newness(record: TaggedArticle) -> tuple[int, bool]:
    """Orders what is known of one article: by version, and with its page's text behind the feed's."""
    return record.article.version, record.article.page_read


class AlertStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def raise_all(self, findings: Sequence[Finding], now: float) -> list[Raised]:
        """One answer per finding, in order.

        Each finding is atomic: a new alert enters the stream, is published, and its deliveries are due, or
        nothing happens. Findings of an error's batch may have been raised; raising them again changes nothing.
        """
        ...

    def complete(self, alerts: Sequence[Alert]) -> None:
        """Alerts that were raised before, as the page of their article tells them: kept for `alerts.dedupe_hours`.

        Nothing is sent or published: an alert is heard once. The latest counts; twice is once.
        """
        ...

    def get(self, story: str, alert_id: str) -> Alert | None:
        """The alert, completed where its article's page was read; None when the stream no longer holds it either."""
        ...

    def recent(self, limit: int = 100) -> list[Alert]:
        """The newest first."""
        ...

    def remember(self, articles: Sequence[TaggedArticle], now: float) -> None:
        """Keeps them for `alerts.explain_hours`, so that `why-not` and `try` can look at them; the newest
        `MOST_REMEMBERED` of them."""
        ...

    def remembered(self, article_id: str) -> TaggedArticle | None:
        """The newest version remembered of this article, with its page's text once that was read."""
        ...

    def all_remembered(self, limit: int = 10_000) -> list[TaggedArticle]:
        """The newest first."""
        ...
