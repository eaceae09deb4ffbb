"""The log on Apache Kafka, through kafka-python: for a cluster.

Appending waits for the acknowledgement of every record (acks=all, idempotent producer); a producer that met an
error is thrown away, and the caller's second try gets a new one. Kafka would trim by age whether or not a record was
read, so topics are made without retention and `trim` deletes what all groups have read (see `kafka_admin`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from typing import Any

import kafka
import kafka.errors as errors

from services.log.base import Kept, LogFull, LogUnavailable, Record, TooLarge, Topic
from services.log.kafka_admin import MAX_RECORD, KafkaAdmin, client_options, guarded
from services.log.kafka_kept import kept_of
from services.log.kafka_reader import KafkaReader
from services.settings import Kafka

_APPEND_SECONDS = 30.0
_MEASURE_SECONDS = 1.0
_FAR_SECONDS = 10.0  # while a topic is not half full: measuring costs two requests


class KafkaLog:
    """See `log.base.Log`. Used by one thread; each reader has its own consumer."""

    def __init__(self, servers: str, settings: Kafka, lease: float = 10.0) -> None:
        """`servers`: host:port, comma separated. `lease`: the consumers' session time-out in seconds (Kafka: ≥ 6)."""
        self._options = client_options(servers, settings)
        self._settings = settings
        self._lease = lease
        self._admin = KafkaAdmin(self._options, settings)
        self._producer: Any = None
        self._topics: dict[str, Topic] = {}
        self._sizes: dict[str, tuple[float, int]] = {}  # topic → when measured, records kept then and added since

    def prepare(self, topics: Sequence[Topic]) -> None:
        """Creates topics that are missing; groups need no creation, they start at the oldest record."""
        self._admin.create(topics)
        self._topics |= {topic.name: topic for topic in topics}

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """Sends all, then waits for every acknowledgement."""
        self._make_room(self._topics[topic], len(records))
        try:
            with guarded():
                self._send(topic, records)
        except LogUnavailable:
            self._drop_producer()
            raise
        measured, size = self._sizes[topic]
        self._sizes[topic] = (measured, size + len(records))

    def reader(self, topic: str, group: str, member: str) -> KafkaReader:
        """Joins the group."""
        instance = member if self._settings.static_membership else None
        return KafkaReader(self._options, topic, group, instance, self._lease)

    def lag(self, topic: str, group: str) -> int:
        """End offsets less commits."""
        return self._admin.lag(topic, group)

    def kept(self, topic: str, since: float) -> Iterator[Kept]:
        """A consumer of no group, from the first offset of that time to where the partitions end now."""
        return kept_of(self._options, self._topics[topic], since)

    def trim(self, now: float) -> None:
        """DeleteRecords up to the slowest group's commit, by age."""
        for topic in self._topics.values():
            self._admin.trim(topic, int((now - topic.keep_seconds) * 1000))

    def close(self) -> None:
        """Ends producer and admin client."""
        self._drop_producer()
        self._admin.close()

    def _send(self, topic: str, records: Sequence[Record]) -> None:
        producer = self._open_producer()
        futures = []
        for record in records:
            try:
                futures.append(producer.send(topic, value=record.value, key=record.key.encode("utf-8", "replace")))
            except errors.MessageSizeTooLargeError as error:
                raise TooLarge(str(error)) from error
        deadline = time.monotonic() + _APPEND_SECONDS
        producer.flush(timeout=_APPEND_SECONDS)  # what is complete need not linger; the futures say what came of it
        for future in futures:
            if future.succeeded():
                continue
            try:
                future.get(timeout=max(0.01, deadline - time.monotonic()))
            except (errors.MessageSizeTooLargeError, errors.RecordListTooLargeError) as error:
                raise TooLarge(str(error)) from error

    def _open_producer(self) -> Any:
        if self._producer is None:
            self._producer = kafka.KafkaProducer(
                **self._options,
                acks="all",
                enable_idempotence=True,
                allow_auto_create_topics=False,
                compression_type="zstd",
                linger_ms=20,
                batch_size=512 * 1024,
                max_request_size=MAX_RECORD,
                max_block_ms=10_000,
                delivery_timeout_ms=int(_APPEND_SECONDS * 1000),
                request_timeout_ms=10_000,
            )
        return self._producer

    def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            # close() raises what is still in flight when the broker is away; the caller sends it again anyway
            with contextlib.suppress(errors.KafkaError):
                producer.close(timeout=2)

    def _make_room(self, topic: Topic, wanted: int) -> None:
        if self._kept(topic, fresh=False) + wanted <= topic.max_records:
            return
        self._admin.trim(topic, None)
        kept = self._kept(topic, fresh=True)
        if kept and kept + wanted > topic.max_records:
            raise LogFull(f"{topic.name}: {kept} of {topic.max_records} records unread: waiting for the readers")

    def _kept(self, topic: Topic, fresh: bool) -> int:
        """Records in the topic: as last measured, and what we added since; others' additions lag behind that."""
        measured, size = self._sizes.get(topic.name, (float("-inf"), 0))
        patience = _MEASURE_SECONDS if 2 * size > topic.max_records else _FAR_SECONDS
        if fresh or time.monotonic() - measured > patience:
            size = self._admin.size(topic.name)
            self._sizes[topic.name] = (time.monotonic(), size)
        return size
