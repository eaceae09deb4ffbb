"""The delivery promise as a property: whatever the order of appends, turns, crashes and joins, nothing is lost.

A machine of rules over the memory log: producers append, workers run steps of their loop one at a time, any of
them may crash between two steps, new ones join. At the end the survivors drain the topic, and every record must
have reached the outgoing topic. The same machine is run on a loop that commits before it appends: it must find
the loss, or it could not find one in ours.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from services.decoding import Decoding, TopicSource
from services.log.base import Record, Topic
from services.log.memory import MemoryLog
from services.model.codec import Codec, encode
from services.settings import Workers
from services.stage import Handled
from services.store.memory.traces import MemoryTraces
from services.worker import Worker


class Note(msgspec.Struct, frozen=True):
    """The smallest record."""

    id: str


class Crash(BaseException):
    """The process is gone: nothing after this line runs."""


class Copy:
    """The stage: passes everything on."""

    def handle(self, items: Sequence[Note]) -> Sequence[Handled]:
        return [Handled(records=[item]) for item in items]


@dataclass
class Fate:
    """Where the next turn of a worker ends: after so many calls to the log or the source."""

    calls_left: int | None = None

    def step(self) -> None:
        if self.calls_left is not None:
            if self.calls_left == 0:
                raise Crash
            self.calls_left -= 1


@dataclass
class Fated:
    """Source and appender of a worker that may crash before or after any call."""

    log: MemoryLog
    source: TopicSource
    fate: Fate = field(default_factory=Fate)

    def read(self, limit: int, wait: float):  # type: ignore[no-untyped-def]
        self.fate.step()
        found = self.source.read(limit, 0.0)
        self.fate.step()
        return found

    def append(self, topic: str, records: Sequence[Record]) -> None:
        self.fate.step()
        self.log.append(topic, records)
        self.fate.step()

    def commit(self, done):  # type: ignore[no-untyped-def]
        self.fate.step()
        self.source.commit(done)
        self.fate.step()

    def close(self) -> None:
        self.source.close()

    def put(self, letters: object) -> None:
        raise AssertionError(f"nothing fails here: {letters}")


class CommitFirst(Worker[object]):
    """The planted bug: commit, then append."""

    def turn(self) -> int:
        items = self._source.read(self._settings.batch, 0.0)
        results = self._handle(items)
        self._commit(items, results)
        self._append(results)
        return len(items)


class Promise(RuleBasedStateMachine):
    """Producers, workers and crashes in any order."""

    kind: type[Worker[object]] = Worker

    @initialize(partitions=st.integers(1, 3))
    def start(self, partitions: int) -> None:
        self.log = MemoryLog()
        self.log.prepare([Topic("in", ("g",), partitions), Topic("out", ("end",), 1)])
        self.sent: list[str] = []
        self.workers: dict[str, tuple[Worker[object], Fated]] = {}
        self.born = 0
        self.join()

    @rule(count=st.integers(1, 5))
    def append(self, count: int) -> None:
        names = [f"n{len(self.sent) + number}" for number in range(count)]
        self.log.append("in", [Record(name, encode(Note(name))) for name in names])
        self.sent += names

    @rule()
    def join(self) -> None:
        name = f"w{self.born}"
        self.born += 1
        fated = Fated(self.log, TopicSource(self.log.reader("in", "g", name)))
        worker = self.kind(
            "copy",
            fated,  # type: ignore[arg-type]
            Decoding(Note, Copy()),  # type: ignore[arg-type]
            appender=fated,
            writes="out",
            dead=fated,
            traces=MemoryTraces(),
            settings=Workers(batch=3),
            stop=threading.Event(),
        )
        self.workers[name] = (worker, fated)

    @rule(pick=st.integers(0, 9), crash_after=st.one_of(st.none(), st.integers(0, 6)))
    def turn(self, pick: int, crash_after: int | None) -> None:
        if not self.workers:
            return
        name = sorted(self.workers)[pick % len(self.workers)]
        worker, fated = self.workers[name]
        fated.fate.calls_left = crash_after
        try:
            worker.turn()
        except Crash:
            del self.workers[name]
            fated.close()  # what the log does when a member gives no sign of life

    def teardown(self) -> None:
        if not hasattr(self, "log"):
            return
        for _, fated in self.workers.values():
            fated.close()
        self.workers.clear()
        self.join()
        (worker, _) = self.workers[f"w{self.born - 1}"]
        while self.log.lag("in", "g"):
            worker.turn()
        reader = self.log.reader("out", "look", "l")
        arrived = {Codec(Note).decode(each.value).id for each in reader.read(100_000, 0.0)}
        assert arrived == set(self.sent)


CASES = settings(
    max_examples=150,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.generate, Phase.shrink),
)


def test_no_interleaving_loses_a_record() -> None:
    run_state_machine_as_test(Promise, settings=CASES)


class Broken(Promise):
    """The same machine over the planted bug."""

    kind = CommitFirst


def test_the_machine_finds_a_commit_before_the_append() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Broken, settings=CASES)
