"""A member of a group on Redis Streams: leases on partitions, reading, committing."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Sequence
from typing import Any

import redis

from services.log.base import Delivered, LogFull, LogUnavailable, PartitionLost, Topic
from services.log.partition import assignment
from services.log.streams_server import as_text, delivered, guarded, next_id, stream_entries, stream_key

# These two are allowed on a full server: who may not read cannot make room.
# KEYS members; ARGV member, ttl in ms, "XX" to renew only. The server's clock: members on several machines agree on it.
_SIGN_OF_LIFE = """#!lua flags=allow-oom
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local until_ = string.format('%.0f', now + ARGV[2])
if ARGV[3] == 'XX' then redis.call('ZADD', KEYS[1], 'XX', until_, ARGV[1])
else redis.call('ZADD', KEYS[1], until_, ARGV[1]) end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
return redis.call('ZRANGE', KEYS[1], 0, -1)
"""
# KEYS lease; ARGV member, token, ttl in ms. The same member's earlier life is dead: it is taken over at once.
_ACQUIRE = """#!lua flags=allow-oom
local held = redis.call('GET', KEYS[1])
if held and string.sub(held, 1, #ARGV[1] + 1) ~= ARGV[1] .. '\\n' then return 0 end
redis.call('SET', KEYS[1], ARGV[1] .. '\\n' .. ARGV[2], 'PX', ARGV[3])
return 1
"""
# KEYS lease…; ARGV owner, ttl in ms. Answers 1 for each lease that is still ours, and renews it.
_RENEW = """
local held = {}
for i, key in ipairs(KEYS) do
  if redis.call('GET', key) == ARGV[1] then
    redis.call('PEXPIRE', key, ARGV[2])
    held[i] = 1
  else held[i] = 0 end
end
return held
"""
# KEYS lease and stream of each partition; ARGV owner, group, then id and entries read of each. Moves the group's
# commit where the lease is ours, and answers 1 there.
_COMMIT = """
local moved = {}
for i = 1, #KEYS, 2 do
  if redis.call('GET', KEYS[i]) == ARGV[1] then
    redis.call('XGROUP', 'SETID', KEYS[i + 1], ARGV[2], ARGV[i + 2], 'ENTRIESREAD', ARGV[i + 3])
    moved[#moved + 1] = 1
  else moved[#moved + 1] = 0 end
end
return moved
"""
# KEYS lease; ARGV owner.
_RELEASE = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""


class StreamsReader:
    """See `log.base.Reader`."""

    def __init__(self, client: redis.Redis, topic: Topic, group: str, member: str, lease: float) -> None:
        self._client = client
        self._topic = topic
        self._group = group
        self._member = member
        self._owner = f"{member}\n{uuid.uuid4().hex}".encode()
        self._ttl = int(lease * 1000)
        self._beat = min(1.0, lease / 4)
        self._members_key = f"atalaya:log:{{{topic.name}}}:members:{group}"
        self._here = client.register_script(_SIGN_OF_LIFE)
        self._acquire = client.register_script(_ACQUIRE)
        self._renew = client.register_script(_RENEW)
        self._commit = client.register_script(_COMMIT)
        self._release = client.register_script(_RELEASE)
        self._owned: dict[int, _Position] = {}
        self._lock = threading.Lock()  # over `_owned`: the pulse drops what was lost
        self._next_balance = 0.0
        self._stopped = threading.Event()
        self._pulse = threading.Thread(target=self._keep_alive, name="lease", daemon=True)
        self._pulse.start()

    def read(self, limit: int, wait: float) -> Sequence[Delivered]:
        """XREAD over the partitions owned; balances the group once a second on the way."""
        deadline = time.monotonic() + wait
        while True:
            with guarded():
                self._balance()
                records = self._read_owned(limit, min(self._beat, max(deadline - time.monotonic(), 0.0)))
            if records or time.monotonic() >= deadline:
                return records

    def commit(self, records: Sequence[Delivered]) -> None:
        """One script for all partitions: a lease is checked and the group's id moved in the same moment."""
        last: dict[int, tuple[str, int]] = {}
        for record in records:
            count = last.get(record.partition, ("", 0))[1]
            last[record.partition] = (record.offset, count + 1)
        with self._lock:
            # A lease that was lost and taken again starts at the group's commit: what was read before is not ours.
            held = {
                number: position
                for number, position in self._owned.items()
                if number in last and position.holds(last[number][0])
            }
        with guarded():
            moved = self._move(held, last)
        for number in moved:
            held[number].committed = last[number][0]
            held[number].committed_count += last[number][1]
            held[number].outstanding -= last[number][1]
        if lost := sorted(last.keys() - moved):
            raise PartitionLost(f"{self._topic.name}: partitions {lost} have moved to another member")

    def close(self) -> None:
        """Gives the leases back at once."""
        self._stopped.set()
        self._pulse.join(timeout=5)
        try:
            with guarded():
                self._client.zrem(self._members_key, self._member)
                for number in list(self._owned):
                    self._release(keys=[self._lease_key(number)], args=[self._owner])
        except (LogUnavailable, LogFull):
            pass  # the leases expire by themselves
        self._owned.clear()
        self._client.close()

    def _lease_key(self, number: int) -> str:
        return f"{stream_key(self._topic.name, number)}:lease:{self._group}"

    def _move(self, held: dict[int, _Position], last: dict[int, tuple[str, int]]) -> set[int]:
        """Moves the commits of these partitions; those where the lease was still ours. The others are dropped."""
        if not held:
            return set()
        keys: list[str] = []
        args: list[Any] = [self._owner, self._group]
        for number, position in held.items():
            offset, count = last[number]
            keys += [self._lease_key(number), stream_key(self._topic.name, number)]
            args += [offset, position.committed_count + count]
        answers = self._commit(keys=keys, args=args)
        moved = {number for number, ours in zip(held, answers, strict=True) if ours}
        with self._lock:
            for number in held.keys() - moved:
                self._owned.pop(number, None)
        return moved

    def _read_owned(self, limit: int, wait: float) -> list[Delivered]:
        with self._lock:
            owned = dict(self._owned)
        if not owned:
            self._stopped.wait(min(wait, 0.05))
            return []
        keys = {stream_key(self._topic.name, number): number for number in owned}
        answer: Any = self._client.xread(
            {key: owned[number].read_to for key, number in keys.items()},
            count=max(1, limit // len(owned)),
            block=max(1, int(wait * 1000)) if wait > 0 else None,
        )
        records: list[Delivered] = []
        for key, entries in stream_entries(answer):
            number = keys[key]
            records += (delivered(self._topic.name, number, entry_id, fields) for entry_id, fields in entries)
            if entries:
                owned[number].read_to = entries[-1][0].decode()
                owned[number].outstanding += len(entries)
        return records

    def _balance(self) -> None:
        """Takes the partitions that are dealt to us, and gives back those that are not once they are committed."""
        if time.monotonic() < self._next_balance:
            return
        self._next_balance = time.monotonic() + self._beat
        members = self._sign_of_life()
        deal = assignment(members, self._topic.partitions)
        for number, member in enumerate(deal):
            if member == self._member and number not in self._owned:
                self._take(number)
            elif member != self._member and number in self._owned and self._owned[number].outstanding <= 0:
                self._give_back(number)

    def _sign_of_life(self, renew: bool = False) -> list[str]:
        """The members of the group, sorted; `renew` keeps us in it, but does not bring us back."""
        members = self._here(keys=[self._members_key], args=[self._member, self._ttl, "XX" if renew else ""])
        return sorted(member.decode() for member in members)

    def _take(self, number: int) -> None:
        args: list[Any] = [self._member, self._owner.split(b"\n", 1)[1], self._ttl]
        if not self._acquire(keys=[self._lease_key(number)], args=args):
            return
        for info in map(as_text, self._client.xinfo_groups(stream_key(self._topic.name, number))):
            if info["name"] == self._group:
                with self._lock:
                    self._owned[number] = _Position(info["last-delivered-id"], int(info["entries-read"] or 0))

    def _give_back(self, number: int) -> None:
        with self._lock:
            self._owned.pop(number, None)
        self._release(keys=[self._lease_key(number)], args=[self._owner])

    def _keep_alive(self) -> None:
        """The thread: renews leases while the worker is busy with a batch."""
        while not self._stopped.wait(self._beat):
            try:
                with guarded():
                    self._renew_all()
            except (LogUnavailable, LogFull):
                continue  # the worker meets the same error at its next read, and says so

    def _renew_all(self) -> None:
        with self._lock:
            numbers = list(self._owned)
        self._sign_of_life(renew=True)
        if not numbers:
            return
        held = self._renew(keys=[self._lease_key(number) for number in numbers], args=[self._owner, self._ttl])
        with self._lock:
            for number, ours in zip(numbers, held, strict=True):
                if not ours:
                    self._owned.pop(number, None)


class _Position:
    """Where a reader stands in a partition that it owns."""

    __slots__ = ("committed", "committed_count", "outstanding", "read_to")

    def __init__(self, committed: str, committed_count: int) -> None:
        self.committed = committed
        self.read_to = committed
        self.committed_count = committed_count  # entries before the commit, since the stream began
        self.outstanding = 0  # read, not committed

    def holds(self, entry_id: str) -> bool:
        """It was read under this lease and not committed yet."""
        return next_id(self.committed) < next_id(entry_id) <= next_id(self.read_to)
