"""A member of a consumer group on Kafka: polls, and commits by hand after the work is done."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import Any

import kafka
import kafka.errors as errors
from kafka.consumer.subscription_state import ConsumerRebalanceListener

from services.log.base import Delivered, PartitionLost
from services.log.kafka_admin import MAX_RECORD, guarded

_JOINING_MS = 200  # a shorter poll begins to join the group anew each time, and never does
_MIN_SESSION_SECONDS = 6.0  # the broker's group.min.session.timeout.ms


class KafkaReader:
    """See `log.base.Reader`. Used by one thread; the client's own thread sends the signs of life."""

    def __init__(self, options: dict[str, Any], topic: str, group: str, instance: str | None, lease: float) -> None:
        session = int(max(lease, _MIN_SESSION_SECONDS) * 1000)
        self._topic = topic
        self._owned = _Owned()
        self._consumer = kafka.KafkaConsumer(
            **options,
            group_id=group,
            group_instance_id=instance,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            allow_auto_create_topics=False,
            session_timeout_ms=session,
            heartbeat_interval_ms=min(1000, session // 4),
            max_poll_interval_ms=300_000,
            max_partition_fetch_bytes=MAX_RECORD,
            fetch_max_wait_ms=100,
        )
        self._consumer.subscribe([topic], listener=self._owned)

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """Polls; a broker that is away shows as no records until it is back, and in `Log.lag` as an error."""
        least = 1 if self._consumer.assignment() else _JOINING_MS
        with guarded():
            polled = self._consumer.poll(timeout_ms=max(least, int(wait * 1000)), max_records=limit)
        records = [
            Delivered(
                self._topic,
                partition.partition,
                str(each.offset),
                (each.key or b"").decode("utf-8", "replace"),
                each.value or b"",
            )
            for partition, found in polled.items()
            for each in found
        ]
        self._owned.note({partition.partition: found[0].offset for partition, found in polled.items() if found})
        return records

    def commit(self, records: Sequence[Delivered]) -> None:
        """Commits per partition; what was read before a rebalance took the partition away is refused.

        The broker itself would take such a commit from any member of the current generation.
        """
        ours, lost = self._owned.split(records)
        offsets = {
            kafka.TopicPartition(self._topic, number): kafka.OffsetAndMetadata(offset + 1, "", -1)
            for number, offset in ours.items()
        }
        if offsets:
            try:
                with guarded():
                    self._commit(offsets)
            except _Moved as error:
                raise PartitionLost(f"{self._topic}: {error}") from error
        if lost:
            raise PartitionLost(f"{self._topic}: partitions {sorted(lost)} have moved to another member")

    def close(self) -> None:
        """Leaves the group."""
        with guarded():
            self._consumer.close(autocommit=False, timeout_ms=3000)
        self._owned.on_partitions_revoked([])

    def _commit(self, offsets: dict[kafka.TopicPartition, kafka.OffsetAndMetadata]) -> None:
        try:
            self._consumer.commit(offsets, timeout_ms=10_000)
        except (
            errors.CommitFailedError,
            errors.RebalanceInProgressError,
            errors.IllegalGenerationError,
            errors.UnknownMemberIdError,
            errors.FencedInstanceIdError,
        ) as error:
            raise _Moved(f"{type(error).__name__}: {error}") from error


class _Moved(Exception):
    """The group has gone on without us."""


class _Owned(ConsumerRebalanceListener):  # type: ignore[misc]
    """Which offsets were read under the present assignment. Its callbacks run on the client's thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._first: dict[int, int] = {}  # partition → first offset read since it was assigned
        self._closed = False

    def on_partitions_revoked(self, revoked: Iterable[kafka.TopicPartition]) -> None:
        """Whatever is in hand will be read again, here or elsewhere."""
        with self._lock:
            self._first.clear()

    def on_partitions_assigned(self, assigned: Iterable[kafka.TopicPartition]) -> None:
        """Reading starts at the last commit."""

    def note(self, first: dict[int, int]) -> None:
        """Partition → the first offset of what was just read of it."""
        with self._lock:
            for number, offset in first.items():
                self._first.setdefault(number, offset)

    def split(self, records: Sequence[Delivered]) -> tuple[dict[int, int], set[int]]:
        """Partition → last offset to commit; and the partitions that were lost."""
        ours: dict[int, int] = {}
        lost: set[int] = set()
        with self._lock:
            for record in records:
                offset = int(record.offset)
                if offset < self._first.get(record.partition, 1 << 63):
                    lost.add(record.partition)
                else:
                    ours[record.partition] = offset
        return ours, lost
