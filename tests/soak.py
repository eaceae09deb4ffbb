"""`make soak`: the poller for half an hour against a newsroom with faults on, in compressed time.

Prints memory, descriptors, threads, children and Redis keys over time, and their slopes after warm-up with their
standard errors, and saves them as build/soak.json. A slope within three standard errors of zero, or below what its
`tolerance` allows, counts as none.

    python -m tests.soak [--minutes 30] [--factor 60]
"""

from __future__ import annotations

import argparse
import asyncio
import faulthandler
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import redis

from services.embedded import EmbeddedValkey
from services.http.client import Client
from services.poll.parse import Limits
from services.poll.parsers import Parsers
from services.poll.schedule import Pace
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage, Rules
from services.settings import Embedded, HttpSettings, Settings
from services.store.connect import connect
from tests.hostile.behaviours import endless, feed, silent, slow_body
from tests.hostile.cases import CASES
from tests.hostile.feeds import item, rss
from tests.hostile.newsroom import a_feed
from tests.hostile.server import Behaviour, HostileServer, Local, Request, answer

STEADY = 300
REMEMBER = 2 * 3600.0  # of the compressed clock: articles come and go within the run
WARM_UP = 1 / 3
TOLERANCE = {"memory_mb": 20.0, "descriptors": 10.0, "threads": 2.0, "children_mb": 20.0, "keys": 500.0}
"""Per hour: smaller slopes are noise of the allocator and of which feeds are under way."""


class Sample(NamedTuple):
    """One look at the poller and its store."""

    at: float
    memory_mb: float
    descriptors: float
    threads: float
    children_mb: float
    keys: float


def steady(number: int, chance: random.Random) -> Behaviour:
    """A feed that brings something new at every third fetch, and fails in every known way now and then."""
    faults = (answer(500), answer(429, b"", {"Retry-After": "600"}), slow_body(), silent(), endless(3000), answer(404))

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if chance.random() < 0.05:
            return await chance.choice(faults)(request, writer)
        newest = request.count // 3
        shown = [
            item(n, link=f"https://f{number}.example/{n}", guid=f"{number}-{n}", pubDate=None)
            for n in range(newest + 20, newest, -1)
        ]
        return await feed(rss(shown))(request, writer)

    return behave


def poller(url: str, port: int, factor: float) -> None:
    """The child: a poller whose clock runs `factor` times faster."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    began = time.time()

    def clock() -> float:
        return began + (time.time() - began) * factor

    store = connect(url, Settings())
    rules = Rules(Pace(900.0, 600.0, 1800.0, 3600.0), Pace(), Limits(), 48 * 3600.0, REMEMBER)
    stage = PollStage(store.feeds, Parsers(2, 3.0), rules)
    how = Fetching(
        concurrency=64,
        lease=900.0,
        spacing=0.0,
        remember=REMEMBER / factor,
        backoff=stage.backoff,
        read=stage.read,
        clock=clock,
        closing=stage.close,
    )
    http = HttpSettings(
        connect_seconds=2.0, header_seconds=3.0, body_seconds=5.0, max_body_kb=2048, per_host=100,
        allow_private=("127.0.0.1",),
    )  # fmt: skip
    names = [(case.name, case.path or f"/{case.name}/feed.xml") for case in CASES]
    names += [(f"steady-{number}", f"/steady-{number}/feed.xml") for number in range(STEADY)]
    feeds = [a_feed(f"http://{name.lower()}.test:{port}{path}", name) for name, path in names]
    source = PollSource(store.feeds, feeds, lambda: Client(http, (), Local()), how)
    done = articles = 0
    while not stop.is_set():
        items = source.read(100, 0.2)
        if items:
            handled = stage.handle(items)
            source.commit(list(zip(items, handled, strict=True)))
            done += len(items)
            articles += sum(len(each.records) for each in handled)
    source.close()
    print(json.dumps({"fetches": done, "articles": articles}))


def look(pid: int, connection: redis.Redis) -> Sample:
    """The poller's figures from /proc, its children's together, and the store's keys."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    tasks = Path(f"/proc/{pid}/task")
    kids = {kid for task in tasks.iterdir() for kid in (task / "children").read_text().split()} if children else set()
    return Sample(
        time.time(),
        _resident(pid),
        len(list(Path(f"/proc/{pid}/fd").iterdir())),
        len(list(tasks.iterdir())),
        sum(_resident(int(kid)) for kid in kids),
        float(connection.dbsize()),
    )


def slope(samples: Sequence[Sample], name: str) -> tuple[float, float]:
    """Least squares: change per hour, and its standard error with neighbouring samples taken together."""
    size = max(1, len(samples) // 20)
    blocks = [samples[start : start + size] for start in range(0, len(samples) - size + 1, size)]
    points = [
        (sum(each.at for each in block) / size / 3600, sum(float(getattr(each, name)) for each in block) / size)
        for block in blocks
    ]
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    left = sum((y - mean_y - rise * (x - mean_x)) ** 2 for x, y in points) / max(1, len(points) - 2)
    return rise, float((left / spread) ** 0.5)


def soak(minutes: float, factor: float) -> dict[str, object]:
    """Runs it; the report."""
    chance = random.Random(5)
    routes: dict[str, Sequence[Behaviour]] = {
        f"/steady-{number}/feed.xml": [steady(number, chance)] for number in range(STEADY)
    }
    for case in CASES:
        routes[case.path or f"/{case.name}/feed.xml"] = case.steps
        routes.update(case.more)
    with tempfile.TemporaryDirectory(prefix="atalaya-soak-") as folder, HostileServer(routes) as server:
        valkey = EmbeddedValkey(Path(folder), Embedded(max_memory_mb=512))
        valkey.start()
        arguments = ["--poller", valkey.url, "--port", str(server.port), "--factor", str(factor)]
        child = subprocess.Popen([sys.executable, "-m", "tests.soak", *arguments], stdout=subprocess.PIPE, text=True)
        try:
            samples = _watch(child.pid, valkey.url, minutes * 60, server)
            child.send_signal(signal.SIGTERM)
            out, _ = child.communicate(timeout=20)
        finally:
            child.kill()
            valkey.stop()
    return {"minutes": minutes, "factor": factor, **json.loads(out), **_judged(samples)}


def _watch(pid: int, url: str, seconds: float, server: HostileServer) -> list[Sample]:
    samples: list[Sample] = []
    ends = time.time() + seconds
    with redis.Redis.from_url(url) as connection:
        while time.time() < ends:
            time.sleep(min(5.0, seconds / 60))
            samples.append(look(pid, connection))
            server.requests.clear()
            if len(samples) % 12 == 1:
                print("  ".join(f"{name} {getattr(samples[-1], name):,.0f}" for name in TOLERANCE), flush=True)
    return samples


def _judged(samples: Sequence[Sample]) -> dict[str, object]:
    warm = samples[int(len(samples) * WARM_UP) :]
    found: dict[str, object] = {}
    for name, tolerance in TOLERANCE.items():
        rise, error = slope(warm, name)
        none = abs(rise) <= max(3 * error, tolerance)
        last = getattr(warm[-1], name)
        found[name] = {"last": last, "per_hour": rise, "error": error, "none": none}
        print(f"{name:12} {last:10,.1f}   slope {rise:+10.2f} ± {error:.2f} an hour   {'none' if none else 'GROWS'}")
    return found


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    except OSError:
        return 0.0


def main() -> int:
    """The command line; 1 when anything grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--factor", type=float, default=60.0)
    parser.add_argument("--poller", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.poller:
        poller(options.poller, options.port, options.factor)
        return 0
    report = soak(options.minutes, options.factor)
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "soak.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return int(any(isinstance(each, dict) and not each["none"] for each in report.values()))


if __name__ == "__main__":
    sys.exit(main())
