"""A Redis at its memory limit: early topics refuse first, nothing unread is lost, and reading makes room."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.embedded import EmbeddedValkey
from services.log.base import Delivered, LogFull, Record, Topic
from services.log.streams import StreamsLog
from services.settings import Embedded
from tests.conftest import until


@pytest.fixture
def small(tmp_path: Path) -> Iterator[str]:
    """A Valkey of 24 MB."""
    server = EmbeddedValkey(tmp_path, Embedded(max_memory_mb=24))
    server.start()
    yield server.url
    server.stop()


def test_the_first_topic_refuses_while_later_ones_still_take(small: str) -> None:
    log = StreamsLog(small)
    log.prepare(
        [
            Topic("articles", ("tag",), partitions=2, headroom=0.4),
            Topic("tagged", ("match",), partitions=2, headroom=0.2),
        ]
    )
    sent = 0
    with pytest.raises(LogFull, match="Redis memory"):
        while sent < 100_000:
            log.append("articles", [Record(f"k{sent + n}", os.urandom(2000)) for n in range(50)])
            sent += 50
            log._memory.forget()  # look at once: the gauge may lag by half a second
    assert sent > 1000
    assert log.lag("articles", "tag") == sent, "nothing unread was trimmed"

    reader = log.reader("articles", "tag", "t")
    found: list[Delivered] = []
    while len(found) < sent:
        batch = reader.read(100, 5.0)
        log.append("tagged", [Record(each.key, b"tagged") for each in batch])
        reader.commit(batch)
        found += batch
    assert {each.key for each in found} == {f"k{number}" for number in range(sent)}

    def takes_again() -> bool:
        try:
            log.append("articles", [Record("again", b"x")])
        except LogFull:
            return False
        return True

    until(takes_again, 20, "room after reading")
    reader.close()
    log.close()
