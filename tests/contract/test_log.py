"""The promises of `services.log.base`, held on every adapter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from services.log.base import Delivered, Log, LogFull, PartitionLost, Reader, Record, Topic
from services.log.connect import connect
from tests.conftest import until

GROUP = "readers"


@pytest.fixture(params=["memory", "valkey", "debian_redis", "kafka"])
def log(request: pytest.FixtureRequest) -> Iterator[Log]:
    """Every adapter, on a real server where it has one."""
    url = "memory://" if request.param == "memory" else request.getfixturevalue(request.param)
    opened = connect(url, lease=3.0)
    yield opened
    opened.close()


@pytest.fixture
def topic(log: Log, unique: str) -> str:
    """A topic of three partitions with one group."""
    name = f"test.{unique}"
    log.prepare([Topic(name, (GROUP,), partitions=3, keep_seconds=0.0)])
    return name


@pytest.fixture
def join(log: Log, topic: str) -> Iterator[Callable[[str], Reader]]:
    """Opens readers and closes them after the test."""
    opened: list[Reader] = []

    def open_reader(member: str) -> Reader:
        opened.append(log.reader(topic, GROUP, member))
        return opened[-1]

    yield open_reader
    for reader in opened:
        reader.close()


def records(count: int, start: int = 0) -> list[Record]:
    return [Record(f"key-{number}", b"value %d " % number * 40) for number in range(start, start + count)]


def read_all(reader: Reader, count: int, commit: bool = True, seconds: float = 30.0) -> list[Delivered]:
    """Reads until `count` records came. None comes twice unless the group was dealt anew in between."""
    found: dict[tuple[int, str], Delivered] = {}
    dealt_anew = False
    deadline = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < deadline:
        batch = {(each.partition, each.offset): each for each in reader.read(50, 0.2)}
        assert dealt_anew or not found.keys() & batch.keys()
        found |= batch
        try:
            if commit and batch:
                reader.commit(list(batch.values()))
        except PartitionLost:
            dealt_anew = True  # some of these come again; those of the other partitions are committed
    return list(found.values())


def pairs(found: Sequence[Delivered]) -> list[tuple[str, bytes]]:
    return sorted((each.key, each.value) for each in found)


def test_what_is_appended_is_read_once_and_whole(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    sent = records(200)
    log.append(topic, sent)
    reader = join("a")
    found = read_all(reader, 200)
    assert pairs(found) == sorted(sent)
    assert reader.read(10, 0.3) == []


def test_records_with_one_key_stay_in_order(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    log.append(topic, [Record(f"k{n % 7}", b"%d" % n) for n in range(300)])
    found = read_all(join("a"), 300)
    for key in range(7):
        numbers = [int(each.value) for each in found if each.key == f"k{key}"]
        assert numbers == sorted(numbers) and len(numbers) in (42, 43)


def test_a_key_always_has_the_same_partition(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    for _ in range(3):
        log.append(topic, records(30))
    found = read_all(join("a"), 90)
    places: dict[str, set[int]] = {}
    for each in found:
        places.setdefault(each.key, set()).add(each.partition)
    assert all(len(place) == 1 for place in places.values())
    assert len({partition for place in places.values() for partition in place}) == 3


def test_what_was_read_and_not_committed_is_read_again(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    log.append(topic, records(60))
    first = join("a")
    found = read_all(first, 60, commit=False)
    half = [each for each in found if each.partition == 0]
    first.commit(half)
    first.close()
    again = read_all(join("b"), 60 - len(half))
    assert pairs(again) == pairs([each for each in found if each.partition != 0])


def test_committing_a_part_of_a_batch_leaves_the_rest(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    log.append(topic, [Record("one", b"%d" % n) for n in range(10)])
    first = join("a")
    found = read_all(first, 10, commit=False)
    first.commit(found[:4])
    first.close()
    assert [int(each.value) for each in read_all(join("b"), 6)] == [4, 5, 6, 7, 8, 9]


def test_a_restarted_member_goes_on_where_it_committed(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    log.append(topic, records(30))
    reader = join("a")
    read_all(reader, 30)
    reader.close()
    log.append(topic, records(5, start=100))
    assert pairs(read_all(join("a"), 5)) == sorted(records(5, start=100))


def test_members_share_the_partitions_and_none_is_read_twice(
    log: Log, topic: str, join: Callable[[str], Reader]
) -> None:
    readers = [join("a"), join("b"), join("c")]
    owners: dict[int, set[int]] = {}
    total: list[Delivered] = []

    def spread() -> bool:
        log.append(topic, records(9, start=len(total) * 10))
        for number, reader in enumerate(readers):
            batch = reader.read(50, 0.1)
            for each in batch:
                owners.setdefault(each.partition, set()).add(number)
            total.extend(batch)
            try:
                reader.commit(batch)
            except PartitionLost:
                continue
        return len({number for owner in owners.values() for number in owner}) == 3

    until(spread, seconds=40, what="three members at work")


def test_a_member_that_leaves_hands_its_partitions_on(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    first, second = join("a"), join("b")
    log.append(topic, records(60))
    found = list(until(lambda: first.read(5, 0.2), what="the first member reads"))  # type: ignore[call-overload]
    assert found
    first.close()
    assert pairs(read_all(second, 60)) == sorted(records(60))


def test_a_commit_after_the_partition_has_moved_is_refused(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    log.append(topic, records(30))
    first = join("a")
    found = read_all(first, 30, commit=False)
    first.close()
    assert len(read_all(join("b"), 30)) == 30
    with pytest.raises(PartitionLost):
        first.commit(found)


def test_lag_counts_what_is_not_committed(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    assert log.lag(topic, GROUP) == 0
    log.append(topic, records(40))
    assert log.lag(topic, GROUP) == 40
    reader = join("a")
    found = read_all(reader, 40, commit=False)
    assert log.lag(topic, GROUP) == 40
    for number in range(3):
        reader.commit([each for each in found if each.partition == number])
    assert log.lag(topic, GROUP) == 0


def test_trimming_never_takes_what_a_group_has_not_read(log: Log, unique: str) -> None:
    name = f"test.{unique}.trim"
    log.prepare([Topic(name, ("fast", "slow"), partitions=1, keep_seconds=0.0)])
    log.append(name, records(20))
    fast = log.reader(name, "fast", "a")
    read_all(fast, 20)
    log.trim(time.time() + 3600)
    slow = log.reader(name, "slow", "a")
    found = read_all(slow, 20)
    assert pairs(found) == sorted(records(20))
    log.trim(time.time() + 3600)
    log.append(name, records(3, start=50))
    late = log.reader(name, "fast", "a2")
    fast.close()
    assert pairs(read_all(late, 3)) == sorted(records(3, start=50))
    for reader in (slow, late):
        reader.close()


def test_a_topic_that_nobody_reads_can_be_trimmed_empty_or_not(log: Log, unique: str) -> None:
    name = f"test.{unique}.dead"
    log.prepare([Topic(name, (), partitions=1, keep_seconds=0.0, max_records=10)])
    log.trim(time.time())
    log.append(name, records(10))
    log.trim(time.time() + 3600)
    log.append(name, records(10))  # refused if the first ten were still there


def test_a_topic_that_nobody_reads_is_trimmed_by_age(log: Log, unique: str) -> None:
    """Dead letters: they stay for as long as the topic keeps records, and no longer."""
    name = f"test.{unique}.dead"
    log.prepare([Topic(name, (), partitions=1, keep_seconds=3600.0)])
    log.append(name, records(20))
    log.trim(time.time())
    assert log.lag(name, "anybody") == 20
    log.trim(time.time() + 7200)
    assert log.lag(name, "anybody") == 0


def test_a_full_topic_refuses_and_takes_again_when_it_was_read(log: Log, unique: str) -> None:
    name = f"test.{unique}.full"
    log.prepare([Topic(name, (GROUP,), partitions=1, max_records=50)])
    log.append(name, records(50))
    with pytest.raises(LogFull, match="unread"):
        until(lambda: log.append(name, records(10, start=100)), seconds=15, what="the limit")
    reader = log.reader(name, GROUP, "a")
    found = read_all(reader, 50)
    assert {each.key for each in found} >= {record.key for record in records(50)}

    def takes_again() -> bool:
        try:
            log.append(name, records(1, start=200))
        except LogFull:
            return False
        return True

    until(takes_again, what="room after reading")
    assert "key-200" in {each.key for each in until(lambda: read_all(reader, 1, seconds=1), what="the new one")}  # type: ignore[attr-defined]
    reader.close()


def test_a_batch_larger_than_the_limit_passes_when_the_topic_is_empty(log: Log, unique: str) -> None:
    name = f"test.{unique}.large"
    log.prepare([Topic(name, (GROUP,), partitions=1, max_records=5)])
    log.append(name, records(20))
    with pytest.raises(LogFull):
        until(lambda: log.append(name, records(1)), seconds=15, what="the limit")
    reader = log.reader(name, GROUP, "a")
    assert len(read_all(reader, 20)) >= 20
    reader.close()


def test_every_byte_survives(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    sent = [Record("k", bytes(range(256)) * size) for size in (0, 1, 40, 4000)] + [Record("clé ñ", b"\x01not zstd")]
    log.append(topic, sent)
    assert pairs(read_all(join("a"), 5)) == sorted(sent)


def test_looking_back_takes_nothing_from_the_group(log: Log, topic: str, join: Callable[[str], Reader]) -> None:
    """What is committed and what is not are both seen, with the time of storing; lag and leases stay as they are."""
    began = time.time()
    log.append(topic, records(450))
    reader = join("a")
    read_all(reader, 450, commit=False)
    held = log.lag(topic, GROUP)
    found = list(log.kept(topic, 0.0))
    assert pairs([each.record for each in found]) == sorted(records(450))
    assert all(began - 5 <= each.at <= time.time() + 5 for each in found)
    assert log.lag(topic, GROUP) == held == 450
    log.append(topic, records(3, start=1000))
    assert pairs(read_all(reader, 3)) == sorted(records(3, start=1000))  # the reader still has its partitions


def test_looking_back_begins_at_a_moment_and_ends_at_the_call(log: Log, topic: str) -> None:
    log.append(topic, records(30))
    moment = max(each.at for each in log.kept(topic, 0.0)) + 0.01
    until(lambda: time.time() > moment + 0.05, what="the clock moves on")
    log.append(topic, records(5, start=100))
    looking = log.kept(topic, moment)
    assert pairs([each.record for each in looking]) == sorted(records(5, start=100))
    assert list(log.kept(topic, time.time() + 3600)) == []
