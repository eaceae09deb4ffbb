"""A URL chooses the store's adapter; the client library is imported only when it is chosen."""

from __future__ import annotations

from services.settings import Settings
from services.store.base import Store
from services.store.dead_letters import Kept


def connect(url: str, settings: Settings) -> Store:
    """The store at `url`: memory://, redis://, rediss:// or unix://. `ValueError` for anything else."""
    scheme = url.partition("://")[0]
    if scheme == "memory":
        return _memory(settings)
    if scheme in ("redis", "rediss", "unix"):
        return _redis(url, settings)
    raise ValueError(f"store = {url!r}: use embedded, redis://, rediss://, unix:// or memory://")


def _memory(settings: Settings) -> Store:
    from services.store.memory.alerts import MemoryAlerts
    from services.store.memory.dead_letters import MemoryDeadLetters
    from services.store.memory.deliveries import MemoryDeliveries
    from services.store.memory.feeds import MemoryFeeds
    from services.store.memory.operations import MemoryOperations
    from services.store.memory.pages import MemoryPages
    from services.store.memory.sights import MemorySights
    from services.store.memory.subscriptions import MemorySubscriptions
    from services.store.memory.traces import MemoryTraces

    deliveries, feeds = MemoryDeliveries(), MemoryFeeds()
    return Store(
        feeds=feeds,
        subscriptions=MemorySubscriptions(),
        alerts=MemoryAlerts(deliveries, settings.alerts.keep, settings.alerts.dedupe_hours * 3600),
        deliveries=deliveries,
        dead_letters=MemoryDeadLetters(_kept(settings)),
        traces=MemoryTraces(),
        operations=MemoryOperations(),
        pages=MemoryPages(feeds),
        sights=MemorySights(),
        close=lambda: None,
    )


def _redis(url: str, settings: Settings) -> Store:
    from services.store.redis import client
    from services.store.redis.alerts import RedisAlerts
    from services.store.redis.dead_letters import RedisDeadLetters
    from services.store.redis.deliveries import RedisDeliveries
    from services.store.redis.feeds import RedisFeeds
    from services.store.redis.operations import RedisOperations
    from services.store.redis.pages import RedisPages
    from services.store.redis.sights import RedisSights
    from services.store.redis.subscriptions import RedisSubscriptions
    from services.store.redis.traces import RedisTraces

    connection = client.connect(url)
    hours = 3600.0
    alerts = RedisAlerts(
        connection,
        keep=settings.alerts.keep,
        dedupe=settings.alerts.dedupe_hours * hours,
        rows=settings.deliver.keep_hours * hours,
        explain=settings.alerts.explain_hours * hours,
    )
    return Store(
        feeds=RedisFeeds(connection),
        subscriptions=RedisSubscriptions(connection),
        alerts=alerts,
        deliveries=RedisDeliveries(connection, alerts, settings.deliver.keep_hours * hours),
        dead_letters=RedisDeadLetters(connection, _kept(settings)),
        traces=RedisTraces(connection),
        operations=RedisOperations(connection),
        pages=RedisPages(connection),
        sights=RedisSights(connection),
        close=connection.close,
    )


def _kept(settings: Settings) -> Kept:
    return Kept(settings.dead_letters.keep_days * 86_400.0, settings.dead_letters.most)
