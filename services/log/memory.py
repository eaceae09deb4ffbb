"""The log in memory: for tests and trials, in one process. Keeps every promise of `base`, durability aside."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from services.log.base import Delivered, Kept, LogFull, PartitionLost, Record, Topic
from services.log.partition import assignment, partition_of


@dataclass
class _Partition:
    records: deque[tuple[int, float, Record]] = field(default_factory=deque)  # offset, stored at, record
    end: int = 0
    committed: dict[str, int] = field(default_factory=dict)  # group → next offset
    owner: dict[str, MemoryReader | None] = field(default_factory=dict)  # group → reader


class MemoryLog:
    """See `log.base.Log`. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._topics: dict[str, Topic] = {}
        self._partitions: dict[str, list[_Partition]] = {}
        self._members: dict[tuple[str, str], list[MemoryReader]] = {}
        self._changed = threading.Condition()

    def prepare(self, topics: Sequence[Topic]) -> None:
        """Creates what is missing."""
        with self._changed:
            for topic in topics:
                self._topics[topic.name] = topic
                self._partitions.setdefault(topic.name, [_Partition() for _ in range(topic.partitions)])

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """Stores all of them or none."""
        with self._changed:
            self._make_room(topic, len(records))
            partitions = self._partitions[topic]
            for record in records:
                partition = partitions[partition_of(record.key, len(partitions))]
                partition.records.append((partition.end, self._clock(), record))
                partition.end += 1
            self._changed.notify_all()

    def reader(self, topic: str, group: str, member: str) -> MemoryReader:
        """Joins the group; its partitions are dealt anew."""
        with self._changed:
            reader = MemoryReader(self, topic, group, member)
            self._members.setdefault((topic, group), []).append(reader)
            self._rebalance(topic, group)
            return reader

    def lag(self, topic: str, group: str) -> int:
        """Records not committed by the group."""
        with self._changed:
            return sum(part.end - self._committed(part, group) for part in self._partitions[topic])

    def kept(self, topic: str, since: float) -> Iterator[Kept]:
        """A copy of what is there."""
        with self._changed:
            found = [
                Kept(at, Delivered(topic, number, str(offset), record.key, record.value))
                for number, part in enumerate(self._partitions[topic])
                for offset, at, record in part.records
                if at >= since
            ]
        yield from found

    def trim(self, now: float) -> None:
        """Forgets what all groups have committed and is old enough."""
        with self._changed:
            for name, topic in self._topics.items():
                self._trim_topic(name, now - topic.keep_seconds)

    def close(self) -> None:
        """Nothing to release."""

    def _make_room(self, name: str, wanted: int) -> None:
        limit = self._topics[name].max_records
        if self._size(name) + wanted > limit:
            self._trim_topic(name, float("inf"))
        if self._size(name) + wanted > limit and self._size(name):
            raise LogFull(f"{name}: {limit} unread records, the limit of topics.max_records")

    def _size(self, name: str) -> int:
        return sum(len(part.records) for part in self._partitions[name])

    def _trim_topic(self, name: str, before: float) -> None:
        for part in self._partitions[name]:
            done = min((self._committed(part, group) for group in self._topics[name].groups), default=part.end)
            while part.records and part.records[0][0] < done and part.records[0][1] < before:
                part.records.popleft()

    @staticmethod
    def _committed(part: _Partition, group: str) -> int:
        return part.committed.get(group, part.records[0][0] if part.records else part.end)

    def _rebalance(self, topic: str, group: str) -> None:
        """Deals the partitions to the members; what changes hands is read again from the last commit."""
        members = {reader.member: reader for reader in self._members[topic, group]}
        deal = assignment(sorted(members), len(self._partitions[topic]))
        for number, part in enumerate(self._partitions[topic]):
            before = part.owner.get(group)
            after = members[deal[number]] if deal else None
            part.owner[group] = after
            if before is not after:
                if before is not None:
                    before.positions.pop(number, None)
                if after is not None:
                    after.positions[number] = self._committed(part, group)
        self._changed.notify_all()

    def _leave(self, reader: MemoryReader) -> None:
        with self._changed:
            members = self._members[reader.topic, reader.group]
            if reader in members:
                members.remove(reader)
                self._rebalance(reader.topic, reader.group)

    def _take(self, reader: MemoryReader, limit: int) -> list[Delivered]:
        taken: list[Delivered] = []
        for number, position in sorted(reader.positions.items()):
            part = self._partitions[reader.topic][number]
            for offset, _, record in part.records:
                if offset >= position and len(taken) < limit:
                    taken.append(Delivered(reader.topic, number, str(offset), record.key, record.value))
                    reader.positions[number] = offset + 1
        return taken


class MemoryReader:
    """See `log.base.Reader`."""

    def __init__(self, log: MemoryLog, topic: str, group: str, member: str) -> None:
        self._log = log
        self.topic = topic
        self.group = group
        self.member = member
        self.positions: dict[int, int] = {}  # partition → next offset to read

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """Records of its partitions, in order."""
        deadline = time.monotonic() + wait
        with self._log._changed:
            while True:
                taken = self._log._take(self, limit)
                left = deadline - time.monotonic()
                if taken or left <= 0:
                    return taken
                self._log._changed.wait(left)

    def commit(self, records: Sequence[Delivered]) -> None:
        """Moves the group's positions."""
        lost = set()
        with self._log._changed:
            for record in records:
                part = self._log._partitions[self.topic][record.partition]
                if part.owner.get(self.group) is not self:
                    lost.add(record.partition)
                    continue
                part.committed[self.group] = max(part.committed.get(self.group, 0), int(record.offset) + 1)
        if lost:
            raise PartitionLost(f"{self.topic}: partitions {sorted(lost)} have moved to another member")

    def close(self) -> None:
        """Leaves the group."""
        self._log._leave(self)
