"""The promises of dead letters, latches, processes and traces, held on every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis

from services.dead_letter_box import TOPIC, DeadLetterBox
from services.log.base import Record, Topic
from services.log.memory import MemoryLog
from services.model.codec import Codec
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.dead_letters import DeadLetter, DeadLetterStore, Expired, Kept
from services.store.memory.dead_letters import MemoryDeadLetters
from services.store.memory.traces import MemoryTraces
from services.store.operations import Latch, Process
from services.store.redis.client import connect as client_of
from services.store.redis.dead_letters import RedisDeadLetters
from services.store.redis.traces import RedisTraces
from services.store.traces import Trace, TraceStore
from tests.conftest import until


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Every adapter, empty."""
    opened = connect(store_url, Settings())
    yield opened
    opened.close()


@pytest.fixture
def other(store_url: str, store: Store) -> Iterator[Store]:
    """What another process sees: a connection of its own where there is a server."""
    if store_url.startswith("memory"):
        yield store
        return
    opened = connect(store_url, Settings())
    yield opened
    opened.close()


def letter(name: str, stage: str = "tag", at: float = 1000.0, **more: object) -> DeadLetter:
    """A dead letter."""
    fields: dict[str, object] = {
        "reason": "unreadable: no JSON",
        "stack": "Traceback\n  …",
        "topic": "atalaya.articles",
        "partition": 2,
        "offset": "17-0",
        "key": "clé",
        "value": b"\x00\xff{",
        "attempts": 3,
    }
    return DeadLetter(id=name, stage=stage, at=at, **(fields | more))  # type: ignore[arg-type]


def ids(letters: list[DeadLetter]) -> list[str]:
    return [each.id for each in letters]


class TestDeadLetters:
    def test_a_letter_comes_back_whole(self, store: Store, other: Store) -> None:
        sent = letter("a")
        store.dead_letters.add([sent])
        assert other.dead_letters.get("a") == sent
        assert other.dead_letters.get("b") is None

    def test_the_newest_come_first_and_the_limit_holds(self, store: Store) -> None:
        store.dead_letters.add([letter(f"l{number}", at=1000.0 + number) for number in range(30)])
        assert ids(store.dead_letters.list(limit=3)) == ["l29", "l28", "l27"]
        assert len(store.dead_letters.list()) == 30
        assert store.dead_letters.list(limit=0) == []

    def test_they_are_found_by_stage_and_state(self, store: Store) -> None:
        store.dead_letters.add([letter("a", "tag", 1), letter("b", "match", 2), letter("c", "tag", 3)])
        store.dead_letters.mark("a", "retried", 50.0)
        store.dead_letters.mark("b", "dropped", 50.0)
        assert ids(store.dead_letters.list()) == ["c"]
        assert ids(store.dead_letters.list(state=None)) == ["c", "b", "a"]
        assert ids(store.dead_letters.list("tag", None)) == ["c", "a"]
        assert ids(store.dead_letters.list(state="dropped")) == ["b"]
        assert ids(store.dead_letters.list("match")) == []

    def test_a_rare_one_is_found_behind_many_others(self, store: Store) -> None:
        """More than a page of an adapter lies before it."""
        store.dead_letters.add([letter("old", "match", 1)])
        store.dead_letters.add([letter(f"l{number}", at=10.0 + number) for number in range(1200)])
        assert ids(store.dead_letters.list("match", limit=5)) == ["old"]

    def test_the_same_failure_again_is_the_same_letter(self, store: Store) -> None:
        store.dead_letters.add([letter("a", at=1)])
        store.dead_letters.add([letter("a", at=5, reason="again")])
        (found,) = store.dead_letters.list()
        assert (found.at, found.reason) == (5, "again")

    def test_one_that_fails_again_after_it_was_closed_is_open(self, store: Store) -> None:
        """A feed has one letter; dropped and failing anew it must be seen."""
        store.dead_letters.add([letter("a", at=1)])
        store.dead_letters.mark("a", "dropped", 50.0)
        store.dead_letters.add([letter("a", at=2)])
        assert ids(store.dead_letters.list()) == ["a"]

    def test_marking_keeps_all_else_and_ignores_what_is_not_there(self, store: Store) -> None:
        store.dead_letters.add([letter("a")])
        store.dead_letters.mark("a", "retried", 50.0)
        store.dead_letters.mark("nobody", "retried", 50.0)
        found = store.dead_letters.get("a")
        assert found is not None
        assert (found.state, found.value, found.reason) == ("retried", letter("a").value, letter("a").reason)
        assert len(store.dead_letters.list(state=None)) == 1

    def test_nothing_added_changes_nothing(self, store: Store) -> None:
        store.dead_letters.add([])
        assert store.dead_letters.list(state=None) == []

    def test_a_closed_letter_goes_after_its_days_an_open_one_stays(self, store_url: str) -> None:
        """Counted from the moment of closing, and anew when it failed again."""
        with small_letters(store_url, Kept(closed=100.0)) as letters:
            letters.add([letter(name, at=1.0) for name in ("early", "late", "open", "again")])
            letters.mark("early", "dropped", 10.0)
            letters.mark("late", "retried", 60.0)
            letters.mark("again", "dropped", 10.0)
            letters.add([letter("again", at=20.0)])
            assert letters.expire(109.0) == Expired()
            assert letters.expire(111.0) == Expired(closed=1)
            assert sorted(ids(letters.list(state=None))) == ["again", "late", "open"]
            assert letters.get("early") is None
            assert letters.expire(161.0) == Expired(closed=1)
            assert letters.expire(1e9) == Expired()
            assert sorted(ids(letters.list())) == ["again", "open"]

    def test_there_are_never_many_more_than_most_and_closed_ones_go_first(self, store_url: str) -> None:
        with small_letters(store_url, Kept(most=4)) as letters:
            letters.add([letter(f"l{number}", at=float(number)) for number in range(8)])
            letters.mark("l6", "dropped", 20.0)
            letters.mark("l7", "dropped", 21.0)
            assert letters.expire(30.0) == Expired(closed=2, open=2)
            assert ids(letters.list(state=None)) == ["l5", "l4", "l3", "l2"]
            assert letters.expire(30.0) == Expired()

    def test_a_long_backlog_goes_in_the_end(self, store_url: str) -> None:
        """An adapter may take several calls."""
        with small_letters(store_url, Kept(closed=1.0, most=10)) as letters:
            letters.add([letter(f"l{number}", at=float(number)) for number in range(2500)])
            for number in range(1500):
                letters.mark(f"l{number}", "dropped", 5000.0)
            for _ in range(4):
                letters.expire(6000.0)
            assert ids(letters.list(state=None)) == [f"l{number}" for number in range(2499, 2489, -1)]

    def test_a_letter_that_fails_anew_while_it_is_closed_keeps_its_new_content(self, redis_url: str) -> None:
        """Closing reads, then writes; what came between the two is not written over."""
        client = Meddled.from_url(redis_url, legacy_responses=False)
        letters = RedisDeadLetters(client)
        letters.add([letter("a", reason="first")])
        client.between = lambda: letters.add([letter("a", reason="second")])
        letters.mark("a", "dropped", 10.0)
        found = letters.get("a")
        client.close()
        assert found is not None
        assert (found.reason, found.state) == ("second", "dropped")


class TestTheBox:
    @pytest.fixture
    def log(self) -> MemoryLog:
        opened = MemoryLog()
        opened.prepare([Topic(TOPIC, (), 1), Topic("atalaya.articles", ("g",), 3)])
        return opened

    def test_a_letter_is_a_record_and_in_the_index(self, store: Store, log: MemoryLog) -> None:
        DeadLetterBox(log, store.dead_letters).put([letter("a")])
        (record,) = log.reader(TOPIC, "look", "m").read(10, 0.0)
        assert record.key == "a"
        assert Codec(DeadLetter).decode(record.value) == letter("a") == store.dead_letters.get("a")

    def test_a_retry_sends_the_very_bytes_to_their_origin_and_closes_the_letter(
        self, store: Store, log: MemoryLog
    ) -> None:
        box = DeadLetterBox(log, store.dead_letters)
        box.put([letter("a")])
        assert box.retry(letter("a")) is True
        (record,) = log.reader("atalaya.articles", "g", "m").read(10, 0.0)
        assert Record(record.key, record.value) == Record("clé", b"\x00\xff{")
        assert store.dead_letters.list() == []

    def test_a_letter_without_a_topic_stays_open(self, store: Store, log: MemoryLog) -> None:
        box = DeadLetterBox(log, store.dead_letters)
        box.put([letter("a", topic="")])
        assert box.retry(letter("a", topic="")) is False
        assert ids(store.dead_letters.list()) == ["a"]

    def test_dropping_marks(self, store: Store, log: MemoryLog) -> None:
        box = DeadLetterBox(log, store.dead_letters)
        box.put([letter("a")])
        box.drop(letter("a"))
        assert ids(store.dead_letters.list(state="dropped")) == ["a"]


class TestLatches:
    def test_a_latch_is_seen_by_all_until_it_is_lifted(self, store: Store, other: Store) -> None:
        latch = Latch(stage="tag", reason="20 of the last 20 failed", since=5.0, needs=2)
        store.operations.latch(latch)
        assert other.operations.latches() == {"tag": latch}
        assert other.operations.resume("tag") is True
        assert store.operations.latches() == {}
        assert store.operations.resume("tag") is False

    def test_stages_are_latched_apart(self, store: Store) -> None:
        store.operations.latch(Latch(stage="tag", reason="a", since=1))
        store.operations.latch(Latch(stage="match", reason="b", since=2))
        store.operations.resume("tag")
        assert set(store.operations.latches()) == {"match"}

    def test_the_last_reason_counts(self, store: Store) -> None:
        store.operations.latch(Latch(stage="tag", reason="a", since=1))
        store.operations.latch(Latch(stage="tag", reason="b", since=2))
        assert store.operations.latches()["tag"].reason == "b"


class TestProcesses:
    @staticmethod
    def process(name: str, **more: object) -> Process:
        fields: dict[str, object] = {"stage": "tag", "pid": 1, "address": "127.0.0.1:1", "at": 1.0}
        return Process(name=name, **(fields | more))  # type: ignore[arg-type]

    def test_those_that_report_are_listed_by_name(self, store: Store, other: Store) -> None:
        for name in ("tag-1@h", "poll-0@h", "tag-0@[x*y]"):
            store.operations.report(self.process(name), 60)
        assert [each.name for each in other.operations.processes()] == ["poll-0@h", "tag-0@[x*y]", "tag-1@h"]

    def test_the_last_report_counts(self, store: Store) -> None:
        store.operations.report(self.process("a"), 60)
        store.operations.report(self.process("a", problem="no room", at=2.0), 60)
        assert store.operations.processes() == [self.process("a", problem="no room", at=2.0)]

    def test_one_that_is_silent_is_forgotten(self, store: Store) -> None:
        store.operations.report(self.process("gone"), 0.2)
        store.operations.report(self.process("here"), 60)
        until(lambda: [each.name for each in store.operations.processes()] == ["here"], 5, "the silent one is gone")


class TestTraces:
    @staticmethod
    def trace(article: str, reason: str = "no_topic", at: float = 1.0) -> Trace:
        return Trace(article=article, stage="tag", reason=reason, at=at)

    def test_they_are_found_by_article_and_by_reason_the_newest_first(self, store: Store, other: Store) -> None:
        store.traces.add([self.trace("a", at=1), self.trace("b", at=2), self.trace("a", "stale", at=3)])
        assert [each.at for each in other.traces.find(article="a")] == [3, 1]
        assert [each.at for each in other.traces.find(reason="no_topic")] == [2, 1]
        assert [each.at for each in other.traces.find("a", "stale")] == [3]
        assert [each.at for each in other.traces.find(limit=2)] == [3, 2]
        assert other.traces.find(article="c") == []

    def test_an_old_one_is_found_behind_many_others(self, store: Store) -> None:
        store.traces.add([self.trace("first")])
        store.traces.add([self.trace(f"a{number}", at=2.0 + number) for number in range(2500)])
        assert [each.article for each in store.traces.find(article="first")] == ["first"]
        assert len(store.traces.find(limit=10_000)) == 2501

    def test_nothing_added_changes_nothing(self, store: Store) -> None:
        store.traces.add([])
        assert store.traces.find() == []

    def test_only_the_newest_are_kept(self, store_url: str) -> None:
        """Redis cuts whole nodes of its tree, so a few more than asked for may stay."""
        with small_traces(store_url, 1000) as traces:
            for start in range(0, 3000, 500):
                traces.add([self.trace("x", at=float(start + number)) for number in range(500)])
            kept = traces.find(limit=5000)
        assert 1000 <= len(kept) <= 1200
        assert [each.at for each in kept[:1000]] == [float(number) for number in range(2999, 1999, -1)]


class Meddled(redis.Redis):
    """A client with something between its first reading of a hash and what comes next."""

    between: Callable[[], None] | None = None

    def hget(self, name: str, key: str) -> Any:  # type: ignore[override]
        found = super().hget(name, key)
        if (meddle := self.between) is not None:
            self.between = None
            meddle()
        return found


@contextmanager
def small_letters(url: str, kept: Kept) -> Iterator[DeadLetterStore]:
    """The dead letters of an adapter that keeps these."""
    if url.startswith("memory"):
        yield MemoryDeadLetters(kept)
        return
    client = client_of(url)
    yield RedisDeadLetters(client, kept)
    client.close()


@contextmanager
def small_traces(url: str, kept: int) -> Iterator[TraceStore]:
    """The traces of an adapter, with a small limit."""
    if url.startswith("memory"):
        yield MemoryTraces(kept)
        return
    client = client_of(url)
    yield RedisTraces(client, kept)
    client.close()
