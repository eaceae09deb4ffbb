"""Looking back over the streams of a topic: XRANGE only, so that no group, lease or commit is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import redis

from services.log.base import Kept, Topic
from services.log.streams_server import connect, delivered, guarded, stream_key

_CHUNK = 200  # entries for each question: the server serves its other clients in between


def kept_of(url: str, topic: Topic, since: float) -> Iterator[Kept]:
    """See `log.base.Log.kept`. An entry's id begins with the server's time in milliseconds."""
    client = connect(url)
    try:
        with guarded():
            seconds, micros = client.time()
        until = f"{seconds * 1000 + micros // 1000}"
        for number in range(topic.partitions):
            yield from _partition(client, topic.name, number, f"{max(int(since * 1000), 0)}", until)
    finally:
        client.close()


def _partition(client: redis.Redis, topic: str, number: int, first: str, last: str) -> Iterator[Kept]:
    key = stream_key(topic, number)
    while True:
        with guarded():
            entries: Any = client.xrange(key, min=first, max=last, count=_CHUNK)
        for entry_id, fields in entries:
            if fields:
                at = int(entry_id.partition(b"-")[0]) / 1000
                yield Kept(at, delivered(topic, number, entry_id, fields))
        if len(entries) < _CHUNK:
            return
        first = f"({entries[-1][0].decode()}"
