"""What the Kafka adapter asks of the cluster besides records: topics, offsets, lag, trimming."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import kafka
import kafka.errors as errors
from kafka.admin import OffsetSpec

from services.log.base import LogUnavailable, Topic
from services.settings import Kafka

MAX_RECORD = 4 * 1024 * 1024
"""Bytes of a record and of a batch; Kafka's own default is 1 MiB."""


@contextmanager
def guarded() -> Iterator[None]:
    """Turns the client's errors into the log's."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise LogUnavailable(f"Kafka: {type(error).__name__}: {error}") from error


def client_options(servers: str, settings: Kafka) -> dict[str, Any]:
    """What producer, consumer and admin client share.

    With `api_version` given the constructors return at once and the client reconnects by itself; without it a
    constructor that meets no broker raises and leaves a thread behind.
    """
    options: dict[str, Any] = {
        "bootstrap_servers": servers.split(","),
        "api_version": tuple(int(part) for part in settings.api_version.split(".")),
        "security_protocol": settings.security,
        "reconnect_backoff_max_ms": 2000,
        "metrics_enabled": False,
    }
    named = {
        "ssl_cafile": settings.ca_file,
        "ssl_certfile": settings.cert_file,
        "ssl_keyfile": settings.key_file,
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": settings.sasl_password,
    }
    return options | {name: value for name, value in named.items() if value}


class KafkaAdmin:
    """Opened when first needed; after an error it is opened anew."""

    def __init__(self, options: dict[str, Any], settings: Kafka) -> None:
        self._options = {key: value for key, value in options.items() if key != "metrics_enabled"}
        self._settings = settings
        self._client: Any = None
        self._partitions: dict[str, list[kafka.TopicPartition]] = {}

    def create(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing, and waits until each has a leader."""
        wanted = {topic.name: self._creation(topic) for topic in topics}
        with self._asking() as client:
            answer = client.create_topics(wanted, raise_errors=False)
            for topic in answer["topics"]:
                error = errors.for_code(topic["error_code"])
                if error not in (errors.NoError, errors.TopicAlreadyExistsError):
                    detail = topic.get("error_message") or error.__name__
                    raise LogUnavailable(f"Kafka: topic {topic['name']} cannot be made: {detail}")
            client.wait_for_topics(list(wanted))

    def size(self, topic: str) -> int:
        """Records kept."""
        ends, starts = self._offsets(topic, OffsetSpec.LATEST), self._offsets(topic, OffsetSpec.EARLIEST)
        return sum(ends[each] - starts[each] for each in ends)

    def lag(self, topic: str, group: str) -> int:
        """Records that the group has not committed."""
        ends, starts = self._offsets(topic, OffsetSpec.LATEST), self._offsets(topic, OffsetSpec.EARLIEST)
        commits = self._commits(group)
        return sum(ends[each] - max(commits.get(each, 0), starts[each]) for each in ends)

    def trim(self, topic: Topic, before_ms: int | None) -> None:
        """Deletes what every group has committed and was stored before this moment (None: whatever its age)."""
        commits = [self._commits(group) for group in topic.groups]
        starts = self._offsets(topic.name, OffsetSpec.EARLIEST)
        ends = self._offsets(topic.name, OffsetSpec.LATEST) if not commits else {}  # nobody reads it: all is read
        aged = None if before_ms is None else self._offsets(topic.name, max(before_ms, 0))
        bounds = {}
        for partition, start in starts.items():
            done = min((each.get(partition, 0) for each in commits), default=ends.get(partition, start))
            first_kept = done if aged is None or aged[partition] < 0 else min(done, aged[partition])
            if first_kept > start:
                bounds[partition] = first_kept
        if bounds:
            with self._asking() as client:
                client.delete_records(bounds, timeout_ms=10_000)

    def close(self) -> None:
        """Ends the connection; idempotent."""
        client, self._client = self._client, None
        if client is not None:
            with guarded():
                client.close()

    def _creation(self, topic: Topic) -> dict[str, Any]:
        return {
            "num_partitions": topic.partitions,
            "replication_factor": self._settings.replication,
            "configs": {
                "retention.ms": "-1",
                "retention.bytes": "-1",
                "min.insync.replicas": str(self._settings.min_insync),
                "max.message.bytes": str(MAX_RECORD),
                # the publication date belongs in the record: an old one here would be trimmed at once
                "message.timestamp.type": "LogAppendTime",
            },
        }

    @contextmanager
    def _asking(self) -> Iterator[Any]:
        try:
            with guarded():
                if self._client is None:
                    self._client = kafka.KafkaAdminClient(**self._options, bootstrap_timeout_ms=10_000)
                yield self._client
        except LogUnavailable:
            client, self._client = self._client, None
            if client is not None:
                client.close()
            raise

    def _offsets(self, topic: str, spec: Any) -> dict[kafka.TopicPartition, int]:
        with self._asking() as client:
            if topic not in self._partitions:
                described = client.describe_topics([topic])
                self._partitions[topic] = [
                    kafka.TopicPartition(topic, part["partition_index"]) for part in described[0]["partitions"]
                ]
            found = client.list_partition_offsets(dict.fromkeys(self._partitions[topic], spec), timeout_ms=10_000)
        return {partition: found[partition].offset for partition in self._partitions[topic]}

    def _commits(self, group: str) -> dict[kafka.TopicPartition, int]:
        with self._asking() as client:
            try:
                found = client.list_group_offsets({group: None})
            except errors.GroupIdNotFoundError:
                return {}
        return {partition: each.offset for partition, each in found.get(group, {}).items()}
