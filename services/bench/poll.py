"""How many feeds one poller can keep, and what happens when one of three is killed.

`python -m services.bench.poll [--feeds 10000] [--hosts 400] [--factor 30] [--seconds 60] [--pollers 1] [--kill]`

Time is compressed by `factor`: interval (15 minutes), spacing (5 s) and lease shrink alike, so a poller that keeps
up at factor 30 has a headroom of 30 over real time. Spacing is measured at the server.
"""

from __future__ import annotations

import argparse
import itertools
import json
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from services.bench.poll_worker import INTERVAL, SPACING
from services.bench.row import Row
from services.embedded import EmbeddedValkey
from services.settings import Embedded

_TICK = 0.0002  # seconds: moments are kept to a tenth of a millisecond
_JITTER = 1.1  # a feed is due after its interval, give or take a tenth


class Shape(NamedTuple):
    """What is measured."""

    feeds: int = 10_000
    hosts: int = 400
    factor: float = 30.0
    seconds: float = 60.0
    pollers: int = 1
    kill: bool = False


class Figures(NamedTuple):
    """What came out; times in seconds of the compressed clock, i.e. as measured."""

    fetches_per_second: float
    needed_per_second: float  # in real time, uncompressed
    headroom: float
    closest_requests: float  # of one host, as a share of the spacing
    crowded: int  # pairs of requests to one host closer than the spacing
    twice: int  # fetches within nine tenths of the feed's interval
    never: int  # feeds not asked in the last two intervals
    late_p99: float  # beyond the interval and its jitter, from the server's times; compressed seconds
    late_max: float
    memory_mb: float
    children_mb: float
    cpu_seconds_per_1000: float
    articles: int
    errors: int


def measure(shape: Shape) -> Figures:
    """Runs the fleet."""
    with tempfile.TemporaryDirectory(prefix="atalaya-bench-") as folder:
        valkey = EmbeddedValkey(Path(folder), Embedded(max_memory_mb=1024))
        valkey.start()
        server = _start("services.bench.poll_server", shape.feeds, shape.hosts)
        try:
            assert server.stdout is not None  # noqa: S101 - it was asked for
            port = int(server.stdout.readline())
            return _run(shape, valkey.url, port)
        finally:
            server.kill()
            server.communicate()
            valkey.stop()


def rows() -> list[Row]:
    """For `make bench`: fetches a second in one poller against what 10,000 feeds at 15 minutes need, and how close
    together two requests to one host came."""
    found = measure(Shape(factor=60.0, seconds=25.0))
    note = f"10,000 feeds of 400 hosts, 30 kB, one in ten changed; {found.memory_mb:.0f} MB"
    return [
        Row("feeds_10k", found.fetches_per_second, "fetches/s", baseline=found.needed_per_second, note=note),
        Row("feeds_closest", found.closest_requests, "times the spacing", note=f"{found.crowded} pairs were closer"),
    ]


def _run(shape: Shape, url: str, port: int) -> Figures:
    arguments = (url, port, shape.feeds, shape.hosts, shape.factor)
    pollers = [_start("services.bench.poll_worker", *arguments) for _ in range(shape.pollers)]
    began = time.time()
    killed = None
    if shape.kill:
        time.sleep(shape.seconds / 2)
        killed = pollers.pop()
        killed.kill()
        killed.communicate()
        time.sleep(shape.seconds / 2)
    else:
        time.sleep(shape.seconds)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/report") as answer:
        seen = json.load(answer)
    ended = time.time()
    done = [_finish(each) for each in pollers]
    return _figures(shape, seen, done, began, ended)


def _figures(shape: Shape, seen: Any, done: Sequence[Any], began: float, ended: float) -> Figures:
    interval, spacing = INTERVAL / shape.factor, SPACING / shape.factor
    between = [later - earlier for times in seen["asked"].values() for earlier, later in itertools.pairwise(times)]
    late = sorted(max(0.0, gap - interval * _JITTER) for gap in between) or [0.0]
    recent = ended - 2 * interval * _JITTER
    never = shape.feeds - sum(times[-1] > max(recent, began) for times in seen["asked"].values())
    rate = seen["requests"] / (ended - began)
    needed = shape.feeds / INTERVAL
    return Figures(
        fetches_per_second=rate,
        needed_per_second=needed,
        headroom=rate / needed,
        closest_requests=(seen["gaps"][0] / spacing) if seen["gaps"] else 1.0,
        crowded=sum(gap < spacing - _TICK for gap in seen["gaps"]),
        twice=sum(gap < 0.9 * interval * 0.9 for gap in between),
        never=never,
        late_p99=late[int(len(late) * 0.99)],
        late_max=late[-1],
        memory_mb=max(max(each["memory"]) for each in done) / 1e6,
        children_mb=max(each["children_memory"] for each in done) / 1e6,
        cpu_seconds_per_1000=1000 * sum(e["cpu"] + e["children_cpu"] for e in done) / sum(e["fetches"] for e in done),
        articles=sum(each["articles"] for each in done),
        errors=sum(each["errors"] for each in done),
    )


def _start(module: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", module, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def _finish(process: subprocess.Popen[str]) -> Any:
    process.send_signal(signal.SIGTERM)
    out, _ = process.communicate(timeout=30)
    return json.loads(out)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--hosts", type=int, default=400)
    parser.add_argument("--factor", type=float, default=30.0)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pollers", type=int, default=1)
    parser.add_argument("--kill", action="store_true")
    options = parser.parse_args()
    for name, value in measure(Shape(**vars(options)))._asdict().items():
        sys.stdout.write(f"{name:22} {value:,.3f}\n")


if __name__ == "__main__":
    main()
