"""A URL chooses the adapter; an adapter's client library is imported only when it is chosen."""

from __future__ import annotations

from services.log.base import Log
from services.settings import Kafka


def connect(url: str, *, kafka: Kafka | None = None, lease: float = 10.0) -> Log:
    """The log at `url`: memory://, redis://, rediss://, unix:// or kafka://. `ValueError` for anything else.

    `lease`: seconds after which a member that gives no sign of life loses its partitions.
    """
    scheme = url.partition("://")[0]
    if scheme == "memory":
        from services.log.memory import MemoryLog

        return MemoryLog()
    if scheme in ("redis", "rediss", "unix"):
        from services.log.streams import StreamsLog

        return StreamsLog(url, lease)
    if scheme == "kafka":
        from services.log.kafka import KafkaLog

        return KafkaLog(url.removeprefix("kafka://"), kafka or Kafka(), lease)
    raise ValueError(f"log = {url!r}: use embedded, redis://, rediss://, unix://, kafka:// or memory://")
