"""Looking back over a topic on Kafka: a consumer that is assigned its partitions, so that no group is touched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import kafka

from services.log.base import Delivered, Kept, LogUnavailable, Topic
from services.log.kafka_admin import MAX_RECORD, guarded

_SILENCE = 30.0  # seconds without a record before the end was reached: the broker is away
_CHUNK = 200


def kept_of(options: dict[str, Any], topic: Topic, since: float) -> Iterator[Kept]:
    """See `log.base.Log.kept`. Topics are stamped by the broker at append, so its time index answers `since`."""
    with guarded():
        consumer = kafka.KafkaConsumer(
            **options,
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            max_partition_fetch_bytes=MAX_RECORD,
        )
    try:
        for number in range(topic.partitions):
            yield from _partition(consumer, kafka.TopicPartition(topic.name, number), since)
    finally:
        with guarded():
            consumer.close(autocommit=False, timeout_ms=3000)


def _partition(consumer: Any, partition: kafka.TopicPartition, since: float) -> Iterator[Kept]:
    with guarded():
        consumer.assign([partition])
        end = consumer.end_offsets([partition])[partition]
        found = consumer.offsets_for_times({partition: max(int(since * 1000), 0)})[partition]
    if found is None or found.offset >= end:
        return
    with guarded():
        consumer.seek(partition, found.offset)
    heard = time.monotonic()
    while True:
        with guarded():
            position = consumer.position(partition)
            records = consumer.poll(timeout_ms=500, max_records=_CHUNK).get(partition, []) if position < end else []
        if position >= end:
            return
        if records:
            heard = time.monotonic()
        elif time.monotonic() - heard > _SILENCE:
            raise LogUnavailable(f"Kafka: {partition.topic}: no record for {_SILENCE:g} s before offset {end}")
        yield from (_kept(partition, each) for each in records if each.offset < end)


def _kept(partition: kafka.TopicPartition, found: Any) -> Kept:
    key = (found.key or b"").decode("utf-8", "replace")
    delivered = Delivered(partition.topic, partition.partition, str(found.offset), key, found.value or b"")
    return Kept(found.timestamp / 1000, delivered)
