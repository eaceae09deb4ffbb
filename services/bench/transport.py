"""The way of a record over the log, against the bare client library on the same server.

Ours is what the pipeline does: encode, append, read, decode, commit, through the `Log` port. The bare client sends
bytes that were made beforehand and looks at none that it reads; it has the same partitions, acknowledgements,
compression and batch, and every batch is safe before the next one is sent. That is the baseline. The limit is the
same client with all records under way at once, where its library can do that: nothing on top of it can be faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import zstandard

from services.bench.row import Row
from services.bench.text import TextMaker
from services.bench.timing import in_turns, rate
from services.log.base import Log, Record, Topic
from services.log.connect import connect
from services.log.streams_server import stream_entries
from services.model.article import Article
from services.model.codec import Codec, encode
from services.settings import Workers

_COUNT = 2_000
_LENGTH = 5_500
_ROUNDS = 9
_BATCH = Workers().batch
_TOPIC = Topic("bench.articles", ("bench",))
_PARTITIONS = _TOPIC.partitions


Values = Sequence[tuple[str, bytes]]


class Bare(Protocol):
    """A client library and nothing else."""

    def there_and_back(self, values: Values) -> None:
        """Sends all (key, value), in acknowledged batches; reads all and commits."""
        ...

    def at_once(self, values: Values) -> None:
        """The same as fast as the library can."""
        ...

    def close(self) -> None:
        """Ends its connections."""
        ...


def redis_row(url: str) -> Row:
    """`transport_redis`: Redis Streams on the embedded Valkey."""
    return _row("transport_redis", connect(url), BareRedis(url))


def kafka_row(servers: str) -> Row:
    """`transport_kafka`: one real broker, acks=all, idempotent producers."""
    return _row("transport_kafka", connect(f"kafka://{servers}"), BareKafka(servers))


def _row(name: str, log: Log, bare: Bare) -> Row:
    maker = TextMaker(seed=3)
    articles = [maker.article(_LENGTH, on=False) for _ in range(_COUNT)]
    values = [(each.id, encode(each)) for each in articles]
    ours = _Ours(log)
    ways: dict[str, Callable[[], float]] = {
        "ours": rate(_COUNT, lambda: ours.there_and_back(articles)),
        "bare": rate(_COUNT, lambda: bare.there_and_back(values)),
        "at once": rate(_COUNT, lambda: bare.at_once(values)),
    }
    try:
        turns = in_turns(ways, _ROUNDS)
    finally:
        ours.close()
        bare.close()
    baseline, limit = turns.compared("ours", "bare"), turns.compared("ours", "at once")
    size = sum(len(value) for _, value in values) / _COUNT / 1000
    note = f"{size:.1f} kB, in and out, against the bare client"
    return Row(name, turns["ours"], "records/s", baseline, max(baseline, limit), note=note)


class _Ours:
    def __init__(self, log: Log) -> None:
        self._log = log
        log.prepare([_TOPIC])
        self._reader = log.reader(_TOPIC.name, _TOPIC.groups[0], "bench")
        self._codec = Codec(Article)

    def there_and_back(self, articles: Sequence[Article]) -> None:
        for start in range(0, len(articles), _BATCH):
            self._log.append(_TOPIC.name, [Record(each.id, encode(each)) for each in articles[start : start + _BATCH]])
        left = len(articles)
        while left:
            found = self._reader.read(_BATCH, 1.0)
            for each in found:
                self._codec.decode(each.value)
            self._reader.commit(found)
            left -= len(found)

    def close(self) -> None:
        self._reader.close()
        self._log.close()


class BareRedis:
    """redis-py: pipelined XADD, XREADGROUP over all streams, XACK."""

    def __init__(self, url: str) -> None:
        import redis

        self._client: Any = redis.Redis.from_url(url, legacy_responses=False)
        self._streams = [f"bench:bare:{number}" for number in range(_PARTITIONS)]
        self._pack = zstandard.ZstdCompressor(level=1).compress
        self._unpack = zstandard.ZstdDecompressor().decompress
        for stream in self._streams:
            self._client.xgroup_create(stream, "bench", id="0", mkstream=True)

    def there_and_back(self, values: Values) -> None:
        """See `Bare`."""
        self._there(values, _BATCH)
        self._back(len(values))

    def at_once(self, values: Values) -> None:
        """See `Bare`; longer pipelines, the reading is the same."""
        self._there(values, 5 * _BATCH)
        self._back(len(values))

    def _there(self, values: Values, batch: int) -> None:
        for start in range(0, len(values), batch):
            with self._client.pipeline(transaction=False) as pipe:
                for number, (key, value) in enumerate(values[start : start + batch]):
                    pipe.xadd(self._streams[number % _PARTITIONS], {"k": key, "v": self._pack(value)})
                pipe.execute()

    def _back(self, left: int) -> None:
        while left:
            left -= self._read()

    def _read(self) -> int:
        wanted = dict.fromkeys(self._streams, ">")
        answer = self._client.xreadgroup("bench", "bench", wanted, count=_BATCH // _PARTITIONS)
        count = 0
        with self._client.pipeline(transaction=False) as pipe:
            for stream, entries in stream_entries(answer):
                for _, fields in entries:
                    self._unpack(fields[b"v"])
                pipe.xack(stream, "bench", *[entry_id for entry_id, _ in entries])
                count += len(entries)
            pipe.execute()
        return count

    def close(self) -> None:
        """See `Bare`."""
        self._client.close()


class BareKafka:
    """kafka-python with the settings that were found to be its best."""

    def __init__(self, servers: str) -> None:
        import kafka

        options = {"bootstrap_servers": servers, "api_version": (4, 0), "metrics_enabled": False}
        admin = kafka.KafkaAdminClient(bootstrap_servers=servers, api_version=(4, 0))
        admin.create_topics({"bench.bare": {"num_partitions": _PARTITIONS, "replication_factor": 1, "configs": {}}})
        admin.wait_for_topics(["bench.bare"])
        admin.close()
        self._producer: Any = kafka.KafkaProducer(
            **options,
            acks="all",
            enable_idempotence=True,
            compression_type="zstd",
            linger_ms=20,
            batch_size=512 * 1024,
        )
        self._consumer: Any = kafka.KafkaConsumer(
            "bench.bare",
            **options,
            group_id="bench.bare",
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_partition_fetch_bytes=4 * 1024 * 1024,
            fetch_max_wait_ms=100,
        )

    def there_and_back(self, values: Values) -> None:
        """See `Bare`."""
        for start in range(0, len(values), _BATCH):
            self._there(values[start : start + _BATCH])
        self._back(len(values))

    def at_once(self, values: Values) -> None:
        """See `Bare`."""
        self._there(values)
        self._back(len(values))

    def _there(self, values: Values) -> None:
        futures = [self._producer.send("bench.bare", value=value, key=key.encode()) for key, value in values]
        self._producer.flush(timeout=60)
        for future in futures:
            future.get(timeout=60)

    def _back(self, left: int) -> None:
        while left:
            polled = self._consumer.poll(timeout_ms=1000, max_records=_BATCH)
            self._consumer.commit()
            left -= sum(map(len, polled.values()))

    def close(self) -> None:
        """See `Bare`."""
        self._producer.close()
        self._consumer.close()
