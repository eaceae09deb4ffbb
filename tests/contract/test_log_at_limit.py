"""A server that takes no byte more: who reads goes on reading and keeps its partitions, or nothing would drain."""

from __future__ import annotations

import os
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
    sent = 200
    with pytest.raises(LogFull):  # not at once: a few bytes may have become free
        for sent in range(200, 10_000):
            log.append("full", [Record(f"k{sent}", os.urandom(500))])
    reader = log.reader("full", "g", "late")  # joins while the server is full
    found: list[Delivered] = []

    def drained() -> bool:
        batch = reader.read(20, 0.5)
        reader.commit(batch)
        found.extend(batch)
        return len(found) == sent

    until(drained, 20, "every record")
    assert log.lag("full", "g") == 0
    with redis.Redis.from_url(url) as client:
        leases = list(client.scan_iter("*lease*"))
        assert len(leases) == 2
        for lease in leases:
            left = [int(client.pttl(lease))]

            def renewed(lease: bytes = lease, left: list[int] = left) -> bool:
                left.append(int(client.pttl(lease)))
                return left[-1] > left[-2]  # it falls all the time, and rises only when it is renewed

            until(renewed, 10, "the lease is renewed")
    reader.close()
