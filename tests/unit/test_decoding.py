"""A stage that reads more than one topic: in which order, and what is committed where."""

from __future__ import annotations

import pytest

from services.decoding import TopicSource
from services.log.base import PartitionLost, Record, Topic
from services.log.memory import MemoryLog
from services.stage import Handled


@pytest.fixture
def log() -> MemoryLog:
    """Two topics that one group each reads."""
    made = MemoryLog()
    made.prepare([Topic("first", ("g",), 2), Topic("second", ("g.second",), 2)])
    return made


def source(log: MemoryLog) -> TopicSource:
    return TopicSource(log.reader("first", "g", "m"), log.reader("second", "g.second", "m"))


def fill(log: MemoryLog, topic: str, count: int) -> None:
    log.append(topic, [Record(str(number), b"x") for number in range(count)])


def test_the_first_topic_goes_first(log: MemoryLog) -> None:
    """The others are read when it has nothing more: what was made from its records comes behind them."""
    fill(log, "second", 3)
    fill(log, "first", 25)
    reading, order = source(log), []
    while log.lag("first", "g") or log.lag("second", "g.second"):
        items = reading.read(10, 0.1)
        assert len(items) <= 10
        order += [each.topic for each in items]
        reading.commit([(each, Handled()) for each in items])
    reading.close()
    assert order == ["first"] * 25 + ["second"] * 3


def test_a_topic_that_moved_does_not_hold_up_the_other(log: MemoryLog) -> None:
    """What can be committed is; the loop is told of what cannot."""
    fill(log, "first", 1)
    fill(log, "second", 1)
    first, second = log.reader("first", "g", "m"), log.reader("second", "g.second", "m")
    reading = TopicSource(first, second)
    items = [*reading.read(1, 0.1), *reading.read(10, 0.0)]
    assert {each.topic for each in items} == {"first", "second"}
    first.close()
    with pytest.raises(PartitionLost):
        reading.commit([(each, Handled()) for each in items])
    assert (log.lag("first", "g"), log.lag("second", "g.second")) == (1, 0)
