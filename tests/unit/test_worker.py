"""The loop's promises, with shipped twins in memory."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import msgspec
import pytest

from services.dead_letter_box import TOPIC, DeadLetterBox
from services.decoding import Decoding, TopicSource
from services.log.base import LogFull, LogUnavailable, Record, Topic
from services.log.memory import MemoryLog
from services.model.codec import VERSION, encode
from services.settings import Workers
from services.stage import Drop, Handled, Invalid, Latched
from services.store.memory.dead_letters import MemoryDeadLetters
from services.store.memory.traces import MemoryTraces
from services.worker import Worker
from tests.conftest import until


class Note(msgspec.Struct, frozen=True):
    """The smallest record."""

    id: str
    text: str


class Upper:
    """Passes notes on in capitals; fails, refuses or drops where the text says so."""

    def __init__(self) -> None:
        self.fail_times: dict[str, int] = {}
        self.calls = 0

    def handle(self, items: Sequence[Note]) -> Sequence[Handled]:
        self.calls += 1
        return [self._one(item) for item in items]

    def _one(self, item: Note) -> Handled:
        if item.text == "invalid":
            raise Invalid("this note is not one")
        if item.text == "drop":
            return Handled(dropped=[Drop(item.id, "no_topic")])
        if self.fail_times.get(item.id, 0) > 0:
            self.fail_times[item.id] -= 1
            raise RuntimeError("not yet")
        return Handled(records=[Note(item.id, item.text.upper())])


class House:
    """A worker with everything around it, in memory."""

    def __init__(self, **settings: object) -> None:
        self.log = MemoryLog()
        self.log.prepare([Topic("in", ("g",), partitions=1), Topic("out", ("end",), 1), Topic(TOPIC, ("end",), 1)])
        self.stage = Upper()
        self.letters = MemoryDeadLetters()
        self.box = DeadLetterBox(self.log, self.letters)
        self.traces = MemoryTraces()
        self.stop = threading.Event()
        self.settings = Workers(**settings)  # type: ignore[arg-type]
        self.worker = self.new_worker()

    def new_worker(self) -> Worker[object]:
        return Worker(
            "upper",
            TopicSource(self.log.reader("in", "g", "w")),  # type: ignore[arg-type]
            Decoding(Note, self.stage),  # type: ignore[arg-type]
            appender=self.log,
            writes="out",
            dead=self.box,
            traces=self.traces,
            settings=self.settings,
            stop=self.stop,
        )

    def send(self, *texts: str) -> None:
        self.log.append("in", [Record(f"n{n}", encode(Note(f"n{n}", text))) for n, text in enumerate(texts)])

    def out(self) -> list[str]:
        reader = self.log.reader("out", "look", "l")
        found = reader.read(10_000, 0.0)
        reader.close()
        return [each.value.decode() for each in found]

    def lag(self) -> int:
        return self.log.lag("in", "g")


def test_records_pass_through_in_order_and_are_committed() -> None:
    house = House()
    house.send("a", "b", "c")
    assert house.worker.turn() == 3
    assert [text[text.index('"text"') :] for text in house.out()] == [f'"text":"{each}"}}}}' for each in "ABC"]
    assert house.lag() == 0


def test_an_unreadable_record_is_a_dead_letter_and_the_rest_flows() -> None:
    house = House()
    house.log.append("in", [Record("bad", b"\xff\xfe not json")])
    house.send("a", "b")
    house.worker.turn()
    assert len(house.out()) == 2 and house.lag() == 0
    (letter,) = house.letters.list()
    assert letter.reason.startswith("unreadable: not a Note record")
    assert (letter.topic, letter.offset, letter.value) == ("in", "0", b"\xff\xfe not json")
    assert "Unreadable" in letter.stack


def test_invalid_is_not_tried_again_and_other_errors_are() -> None:
    house = House(attempts=3)
    house.send("a", "invalid", "c")
    house.stage.fail_times = {"n2": 2}
    house.worker.turn()
    assert len(house.out()) == 2
    (letter,) = house.letters.list()
    assert letter.attempts == 1 and letter.key == "n1"


def test_what_keeps_failing_is_a_dead_letter_with_reason_and_stack() -> None:
    house = House(attempts=2)
    house.send("a", "b")
    house.stage.fail_times = {"n1": 99}
    house.worker.turn()
    (letter,) = house.letters.list()
    assert letter.reason == "RuntimeError: not yet" and "test_worker.py" in letter.stack and letter.attempts == 2
    assert house.lag() == 0


def test_retry_sends_a_dead_letter_to_its_origin_and_it_heals() -> None:
    house = House(attempts=1)
    house.send("a")
    house.stage.fail_times = {"n0": 2}
    house.worker.turn()
    (letter,) = house.letters.list()
    assert house.box.retry(letter)
    house.worker.turn()
    assert len(house.out()) == 1
    assert house.letters.list() == [] and house.letters.list(state="retried")[0].id == letter.id


def test_a_future_version_latches_uncommitted_and_is_not_binned() -> None:
    house = House()
    house.send("a")
    house.log.append("in", [Record("n9", encode(Note("n9", "later"), version=VERSION + 1))])
    with pytest.raises(Latched, match="upgrade") as latched:
        house.worker.turn()
    assert latched.value.needs == VERSION + 1
    assert house.letters.list() == [] and house.lag() == 2 and house.out() == []


def test_a_stage_that_fails_on_nearly_everything_latches_before_it_bins() -> None:
    house = House(attempts=1, latch_after=20, latch_share=0.8)
    house.send(*["x"] * 50)
    house.stage.fail_times = {f"n{n}": 99 for n in range(49)}
    with pytest.raises(Latched, match="49 of the last 50 items failed; most often: RuntimeError: not yet"):
        house.worker.turn()
    assert house.lag() == 50 and house.letters.list() == [] and house.out() == []
    house.worker._source.close()
    house.stage.fail_times = {}
    again = house.new_worker()  # what `atalaya resume` leads to, the fault mended
    again.turn()
    assert len(house.out()) == 50 and house.lag() == 0


def test_a_few_failures_do_not_latch() -> None:
    house = House(attempts=1, latch_after=20)
    house.send(*["x"] * 100)
    house.stage.fail_times = {f"n{n}": 99 for n in range(30)}
    house.worker.turn()
    assert len(house.letters.list()) == 30 and len(house.out()) == 70


def test_a_full_log_pauses_and_goes_on_when_there_is_room() -> None:
    house = House()
    house.log.prepare([Topic("out", ("end",), 1, max_records=2)])
    house.log.append("out", [Record("x", b"1"), Record("y", b"2")])
    house.send("a")
    thread = threading.Thread(target=house.worker.turn)
    thread.start()
    until(lambda: house.worker.problem, 10, "the pause")
    assert "unread" in house.worker.problem and house.lag() == 1
    reader = house.log.reader("out", "end", "e")
    reader.commit(reader.read(10, 0.1))
    thread.join(10)
    assert house.worker.problem == "" and house.lag() == 0


def test_a_stop_while_the_log_is_full_leaves_the_batch_uncommitted() -> None:
    house = House()
    house.log.prepare([Topic("out", ("end",), 1, max_records=1)])
    house.log.append("out", [Record("x", b"1")])
    house.send("a")
    thread = threading.Thread(target=house.worker.run)
    thread.start()
    until(lambda: house.worker.problem, 10, "the pause")
    house.stop.set()
    thread.join(10)
    assert not thread.is_alive() and house.lag() == 1


class Broken:
    """A log that is away."""

    def append(self, topic: str, records: Sequence[Record]) -> None:
        raise LogUnavailable("away")


def test_a_log_that_fails_ends_the_loop_uncommitted() -> None:
    house = House()
    house.send("a")
    house.worker._appender = Broken()
    with pytest.raises(LogUnavailable):
        house.worker.turn()
    assert house.lag() == 1


def test_a_drop_is_traced_by_article_and_reason() -> None:
    house = House()
    house.send("drop", "b")
    house.worker.turn()
    (trace,) = house.traces.find(article="n0")
    assert (trace.stage, trace.reason) == ("upper", "no_topic")
    assert house.traces.find(reason="no_topic") == [trace] and house.traces.find(article="n1") == []


class TooSmall:
    """A log that takes no large record."""

    def __init__(self, log: MemoryLog) -> None:
        self._log = log

    def append(self, topic: str, records: Sequence[Record]) -> None:
        from services.log.base import TooLarge

        if any(len(record.value) > 100 for record in records):
            raise TooLarge("over 100 bytes")
        self._log.append(topic, records)


def test_a_record_too_large_is_a_dead_letter_alone() -> None:
    house = House()
    house.send("a", "b" * 200, "c")
    house.worker._appender = TooSmall(house.log)
    house.worker.turn()
    assert len(house.out()) == 2
    assert house.letters.list()[0].reason == "TooLarge: over 100 bytes"


def test_a_full_log_is_given_up_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.worker._FULL_SECONDS", 0.0)
    house = House()
    house.log.prepare([Topic("out", ("end",), 1, max_records=1)])
    house.log.append("out", [Record("unread", b"")])
    house.send("a", "b")
    with pytest.raises(LogFull):
        house.worker.turn()
    assert house.lag() == 2
