"""Where alerts are raised, once, together with their deliveries.

Owns what recognises a repeat: the id of an alert and the newest version handled of an article. Both are remembered
for `alerts.dedupe_hours`, longer than the log keeps records. Does not decide what is an alert: `match` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.model.alert import Alert
from services.model.delivery import NewDelivery
from services.model.tagged import TaggedArticle


class NewAlert(NamedTuple):
    """An alert, the names it is published under, and its deliveries."""

    alert: Alert
    announce: tuple[str, ...] = ()  # each once: "mining.CL", "mining.CL-PE"
    deliveries: tuple[NewDelivery, ...] = ()


class Finding(NamedTuple):
    """All that one version of one article gives rise to; raised as a whole or not at all."""

    article: str
    version: int
    alerts: tuple[NewAlert, ...] = ()


class Raised(NamedTuple):
    """What became of a finding. `new` are the ids of the alerts that had not been raised before."""

    stale: bool = False  # a newer version was handled before: nothing was raised
    new: tuple[str, ...] = ()


class AlertStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def raise_all(self, findings: Sequence[Finding], now: float) -> list[Raised]:
        """One answer per finding, in order.

        Each finding is atomic: a new alert enters the stream, is published, and its deliveries are due, or
        nothing happens. Findings of an error's batch may have been raised; raising them again changes nothing.
        """
        ...

    def get(self, alert_id: str) -> Alert | None:
        """The alert, while the stream still holds it."""
        ...

    def recent(self, limit: int = 100) -> list[Alert]:
        """The newest first."""
        ...

    def remember(self, articles: Sequence[TaggedArticle], now: float) -> None:
        """Keeps them for `alerts.explain_hours`, so that `why-not` and `try` can look at them."""
        ...

    def remembered(self, article_id: str) -> TaggedArticle | None:
        """The newest version remembered of this article."""
        ...

    def all_remembered(self, limit: int = 10_000) -> list[TaggedArticle]:
        """The newest first."""
        ...
