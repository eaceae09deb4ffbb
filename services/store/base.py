"""The store as a whole: small ports over one server, and the errors that they share.

    StoreError
    ├── StoreFull         pause and try again later: the server is at its memory limit
    └── StoreUnavailable  stop uncommitted; the supervisor starts you again with back-off

Each port is a Protocol in a file of its own (`feeds`, `subscriptions`,
`alerts`, `deliveries`, `dead_letters`, `traces`, `operations`, `pages`, `sights`);
`memory/` and `redis/` hold one adapter file for each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from services.store.alerts import AlertStore
    from services.store.dead_letters import DeadLetterStore
    from services.store.deliveries import DeliveryStore
    from services.store.feeds import FeedStore
    from services.store.operations import OperationStore
    from services.store.pages import PageStore
    from services.store.sights import SightStore
    from services.store.subscriptions import SubscriptionStore
    from services.store.traces import TraceStore


class StoreError(Exception):
    """Anything that the store answers with instead of doing what it was asked."""


class StoreFull(StoreError):
    """The server is at its memory limit and evicts nothing."""


class StoreUnavailable(StoreError):
    """The server does not answer, or does not let us in."""


@dataclass(frozen=True)
class Store:
    """The ports over one server. `close` ends the connections; idempotent."""

    feeds: FeedStore
    subscriptions: SubscriptionStore
    alerts: AlertStore
    deliveries: DeliveryStore
    dead_letters: DeadLetterStore
    traces: TraceStore
    operations: OperationStore
    pages: PageStore
    sights: SightStore
    close: Callable[[], None]
