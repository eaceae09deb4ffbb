"""A server that takes no byte more: who reads goes on reading, and keeps its partitions, or nothing would ever drain."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from services.embedded import EmbeddedValkey
from services.log.base import Delivered, LogFull, Record, Topic
from services.log.streams import StreamsLog
from services.settings import Embedded
from tests.conftest import until


@pytest.fixture(params=["valkey", "debian_redis"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, StreamsLog]]:
    """A server at its memory limit, and a log with two hundred records on it."""
    server: EmbeddedValkey | None = None
    if request.param == "valkey":
        server = EmbeddedValkey(tmp_path, Embedded(max_memory_mb=24))
        server.start()
        url = server.url
    else:
        url = request.getfixturevalue("debian_redis")
    log = StreamsLog(url, lease=2.0)
    log.prepare([Topic("full", ("g",), partitions=2)])
    log.append("full", [Record(f"k{number}", os.urandom(500)) for number in range(200)])
    client = redis.Redis.from_url(url)
    if server is None:
        client.config_set("maxmemory", client.info("memory")["used_memory"] + 4_000_000)
        client.config_set("maxmemory-policy", "noeviction")
    with pytest.raises(redis.exceptions.ResponseError, match="maxmemory"):
        for number in range(100_000):
            client.set(f"ballast:{number}", os.urandom(5000))
    yield url, log
    log.close()
    client.config_set("maxmemory", 0)
    client.flushall()
    client.close()
    if server is not None:
        server.stop()


def test_a_full_server_refuses_records_and_gives_those_it_has(full: tuple[str, StreamsLog]) -> None:
    url, log = full
    with pytest.raises(LogFull):
        log.append("full", [Record("more", os.urandom(500))])
    reader = log.reader("full", "g", "late")  # joins while the server is full
    found: list[Delivered] = []

    def drained() -> bool:
        batch = reader.read(20, 0.5)
        reader.commit(batch)
        found.extend(batch)
        return len(found) == 200

    until(drained, 20, "every record")
    assert log.lag("full", "g") == 0
    with redis.Redis.from_url(url) as client:
        held = set(client.scan_iter("*lease*"))
        for _ in range(3):  # longer than a lease, without a word from the worker
            assert subprocess.run(["sleep", "1"], check=True) and held == set(client.scan_iter("*lease*"))
    assert len(held) == 2
    reader.close()
