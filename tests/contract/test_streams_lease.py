"""A lease that ran out and came back: what was read under the first one is not committed under the second."""

from __future__ import annotations

import pytest
import redis

from services.log.base import PartitionLost, Record, Topic
from services.log.streams import StreamsLog
from services.log.streams_server import stream_key
from tests.conftest import until


def test_a_batch_of_an_earlier_lease_does_not_move_the_commit_back(redis_url: str, unique: str) -> None:
    name = f"test.{unique}"
    log = StreamsLog(redis_url, lease=2.0)
    log.prepare([Topic(name, ("g",), partitions=1)])
    log.append(name, [Record("k", b"%d" % number) for number in range(10)])
    first = log.reader(name, "g", "a")
    stale = until(lambda: first.read(5, 0.2), what="the first lease")
    with redis.Redis.from_url(redis_url) as client:
        client.set(f"{stream_key(name, 0)}:lease:g", "b\nsomebody else", px=3000)
        client.execute_command("XGROUP", "SETID", stream_key(name, 0), "g", "$", "ENTRIESREAD", 10)
    until(lambda: not first.read(5, 0.0) and not first._owned, what="the first lease is found lost")
    until(lambda: first.read(5, 0.2) == [] and first._owned, 15, "the lease comes back")
    with pytest.raises(PartitionLost):
        first.commit(stale)  # type: ignore[arg-type]
    assert log.lag(name, "g") == 0
    first.close()
    log.close()
