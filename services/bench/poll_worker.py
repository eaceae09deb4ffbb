"""One poller for the benchmark: the real source and stage, with time compressed; articles are counted, not appended.

`python -m services.bench.poll_worker STORE-URL PORT FEEDS HOSTS FACTOR` runs until SIGTERM and then prints what it did.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import threading
import time
from pathlib import Path

from services.bench.poll_server import host_of
from services.http import client
from services.model.feed import Feed
from services.poll.parse import Limits
from services.poll.parsers import Parsers
from services.poll.schedule import Pace
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage, Rules
from services.settings import HttpSettings, Settings
from services.store.connect import connect

INTERVAL = 900.0
SPACING = 5.0


def feeds_of(count: int, hosts: int, port: int) -> list[Feed]:
    """The fleet's feeds."""
    return [
        Feed(
            url=f"http://{host_of(number, hosts)}:{port}/feed/{number}",
            title=f"Feed {number}",
            country="PE",
            language="es",
            outlet=f"outlet-{number}",
            family=f"family-{number}",
        )
        for number in range(count)
    ]


def main(url: str, port: int, count: int, hosts: int, factor: float) -> None:
    """Polls until told to stop."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = connect(url, Settings())
    interval = INTERVAL / factor
    rules = Rules(Pace(interval, interval, interval), Pace(), Limits(), 48 * 3600.0, 720 * 3600.0)
    stage = PollStage(store.feeds, Parsers(2, 10.0), rules)
    how = Fetching(
        concurrency=64,
        lease=interval,
        spacing=SPACING / factor,
        remember=rules.remember,
        robots=False,
        backoff=stage.backoff,
        read=stage.read,
        closing=stage.close,
    )
    settings = HttpSettings(allow_private=(f"127.0.0.0/8:{port}",))
    source = PollSource(store.feeds, feeds_of(count, hosts, port), lambda: client.connect(settings), how)
    did = {"fetches": 0, "articles": 0, "errors": 0}
    late: list[float] = []
    memory: list[int] = []
    began, cpu = time.time(), time.process_time()
    while not stop.is_set():
        items = source.read(100, 0.2)
        if not items:
            continue
        handled = stage.handle(items)
        source.commit(list(zip(items, handled, strict=True)))
        did["fetches"] += len(items)
        did["articles"] += sum(len(each.records) for each in handled)
        did["errors"] += sum(each.error is not None for each in items)
        late += [each.at - each.leased.due for each in items]
        if not memory or time.time() - began > len(memory):
            memory.append(_resident())
    source.close()
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {
        **did,
        "late": late,
        "seconds": time.time() - began,
        "cpu": time.process_time() - cpu,
        "children_cpu": children.ru_utime + children.ru_stime,
        "memory": memory,
        "children_memory": children.ru_maxrss * 1024,
    }
    sys.stdout.write(json.dumps(report) + "\n")


def _resident() -> int:
    """Bytes, where the system tells."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
