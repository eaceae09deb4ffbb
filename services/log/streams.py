"""The log on Redis Streams (Redis ≥ 7.0 or Valkey): for one machine, or for a small cluster around one server.

A partition is a stream, a consumer group's last-delivered id is its commit, and a partition belongs to the member
that holds its lease. Readers only read (XREAD), so a member that lost its lease without noticing takes nothing
from the new owner: its commit is refused, and that is all. What an owner read and did not commit is read again
by the next one, because the commit did not move.

Keys (one hash tag per topic, so that a topic lies in one slot of a cluster):
    atalaya:log:{TOPIC}:N              the stream of partition N; fields k (key) and v (value, see `_pack`)
    atalaya:log:{TOPIC}:N:lease:GROUP  the owner's member name and token, with a time to live
    atalaya:log:{TOPIC}:members:GROUP  sorted set of members by the end of their sign of life, in ms
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import redis
import zstandard

from services.log.base import Kept, LogFull, Record, TooLarge, Topic
from services.log.partition import partition_of
from services.log.streams_kept import kept_of
from services.log.streams_reader import StreamsReader
from services.log.streams_server import (
    MAX_RECORD,
    as_text,
    connect,
    create_group,
    group_lag,
    guarded,
    next_id,
    pack,
    stream_key,
)

_PIPELINE = 500


class StreamsLog:
    """See `log.base.Log`. Appending is for one thread; each reader has its own connection."""

    def __init__(self, url: str, lease: float = 10.0) -> None:
        """`lease`: seconds after which a member that gave no sign of life loses its partitions."""
        self._url = url
        self._lease = lease
        self._client = connect(url)
        self._topics: dict[str, Topic] = {}
        self._lengths: dict[str, list[int]] = {}
        self._compressor = zstandard.ZstdCompressor(level=1)
        self._memory = _MemoryGauge(self._client)

    def prepare(self, topics: Sequence[Topic]) -> None:
        """Creates streams and groups that are missing."""
        with guarded():
            for topic in topics:
                self._topics[topic.name] = topic
                for number in range(topic.partitions):
                    for group in topic.groups:
                        create_group(self._client, stream_key(topic.name, number), group)

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """XADD in pipelines, in order; the limit is checked against lengths that every append refreshes."""
        declared = self._topics[topic]
        packed = [(partition_of(each.key, declared.partitions), self._fields(each)) for each in records]
        with guarded():
            self._make_room(declared, len(records))
            for start in range(0, len(packed), _PIPELINE):
                self._send(declared, packed[start : start + _PIPELINE])

    def reader(self, topic: str, group: str, member: str) -> StreamsReader:
        """Joins the group; the leases are kept alive by a thread of the reader."""
        return StreamsReader(connect(self._url), self._topics[topic], group, member, self._lease)

    def lag(self, topic: str, group: str) -> int:
        """Summed over the partitions; the server keeps the count."""
        with guarded():
            keys = [stream_key(topic, number) for number in range(self._topics[topic].partitions)]
            return sum(group_lag(self._client, key, group) for key in keys)

    def kept(self, topic: str, since: float) -> Iterator[Kept]:
        """XRANGE, a few hundred entries at a time, on a connection of its own."""
        return kept_of(self._url, self._topics[topic], since)

    def trim(self, now: float) -> None:
        """XTRIM by age, never past the slowest group's commit."""
        with guarded():
            for topic in self._topics.values():
                self._trim_topic(topic, int((now - topic.keep_seconds) * 1000))

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def _fields(self, record: Record) -> dict[str, bytes | str]:
        if len(record.value) > MAX_RECORD:
            raise TooLarge(f"{len(record.value)} bytes, the limit is {MAX_RECORD}")
        return {"k": record.key, "v": pack(record.value, self._compressor)}

    def _send(self, topic: Topic, packed: Sequence[tuple[int, Any]]) -> None:
        keys = [stream_key(topic.name, number) for number in range(topic.partitions)]
        with self._client.pipeline(transaction=False) as pipe:
            for number, fields in packed:
                pipe.xadd(keys[number], fields)
            for key in keys:
                pipe.xlen(key)
            answers = pipe.execute(raise_on_error=True)
        self._lengths[topic.name] = answers[-len(keys) :]

    def _make_room(self, topic: Topic, wanted: int) -> None:
        if self._has_room(topic, wanted):
            return
        self._trim_topic(topic, None)
        self._lengths[topic.name] = [
            self._client.xlen(stream_key(topic.name, number)) for number in range(topic.partitions)
        ]
        self._memory.forget()
        if not self._has_room(topic, wanted):
            raise LogFull(
                f"{topic.name}: {sum(self._lengths[topic.name])} of {topic.max_records} records unread, Redis memory "
                f"{self._memory.share():.0%} used: waiting for the readers"
            )

    def _has_room(self, topic: Topic, wanted: int) -> bool:
        kept = sum(self._lengths.get(topic.name, []))
        fits = kept + wanted <= topic.max_records or not kept  # a batch larger than the limit must pass some day
        return fits and self._memory.share() <= 1.0 - topic.headroom

    def _trim_topic(self, topic: Topic, before_ms: int | None) -> None:
        for number in range(topic.partitions):
            key = stream_key(topic.name, number)
            groups = [as_text(info) for info in self._client.xinfo_groups(key)] if topic.groups else []
            commits = [each["last-delivered-id"] for each in groups if each["name"] in topic.groups]
            if len(commits) < len(topic.groups):
                continue  # a reader's group is not there yet: everything is unread by it
            bounds = [next_id(commit) for commit in commits]
            if before_ms is not None:
                bounds.append((max(before_ms, 0), 0))
            if before_ms is None and not topic.groups:
                self._client.xtrim(key, maxlen=0, approximate=False)  # nobody reads it: all of it is read
            elif bounds:
                self._client.xtrim(key, minid="{}-{}".format(*min(bounds)), approximate=False)


class _MemoryGauge:
    """How much of the server's memory limit is used, asked at most twice a second."""

    def __init__(self, client: redis.Redis, clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._clock = clock
        self._asked = -1.0
        self._share = 0.0

    def share(self) -> float:
        """0 to 1; 0 where the server has no limit."""
        if self._asked < 0 or self._clock() - self._asked > 0.5:
            info: Any = self._client.info("memory")
            limit = int(info.get("maxmemory", 0))
            self._share = int(info["used_memory"]) / limit if limit else 0.0
            self._asked = self._clock()
        return self._share

    def forget(self) -> None:
        """Asks again next time."""
        self._asked = -1.0
