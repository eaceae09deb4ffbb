"""Real worker processes: what a second worker of each stage costs, and how long an article takes to become an alert.

The processes are those that containers and systemd run (`atalaya run tag`, `atalaya run match`), on one Valkey. Their
processor time is read from /proc, so the rows are left out where there is none.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.bench.end_to_end import renamed
from services.bench.row import Row
from services.bench.servers import Missing
from services.log.base import Log, Record
from services.log.connect import connect as connect_log
from services.log.streams_server import stream_key
from services.model.article import Article
from services.model.codec import encode
from services.pipeline import ARTICLES, STEPS, TAGGED, group, topics
from services.settings import load
from services.store.base import Store
from services.store.connect import connect as connect_store

_READS = ((ARTICLES, "tag"), (TAGGED, "match"))
_ROUNDS = 3
_PATIENCE = 180.0  # seconds for a worker to start or a round to end, on a machine that is busy with other things
_PER_SECOND = 100  # articles, for the latency
_LATENCY_SECONDS = 15


def rows(articles: Sequence[Article], url: str, folder: Path) -> list[Row]:
    """`end_to_end_two_workers`, `append_to_alert_p50` and `append_to_alert_p99`."""
    if not Path("/proc/self/stat").exists():
        raise Missing("no /proc here to read the processor time of other processes from")
    fleet = _Fleet(url, folder)
    try:
        with fleet.workers(0):
            fleet.run(articles[:100])
            latencies = _latencies(fleet, articles)
            before = [fleet.run(articles) for _ in range(_ROUNDS)]
            with fleet.workers(1):
                fleet.run(articles[:400])
                both = [fleet.run(articles) for _ in range(_ROUNDS)]
            after = [fleet.run(articles) for _ in range(_ROUNDS)]
    finally:
        fleet.close()
    cost = statistics.median(both) / statistics.median(before + after)
    note = f"processor time per article with two of each, of {statistics.median(before + after) * 1000:.2f} ms with one"
    return [
        Row("end_to_end_two_workers", cost, "times the time", 1.0, 1.0, less_is_better=True, note=note),
        *_latency_rows(latencies),
    ]


class _Fleet:
    """Workers, and the log and store that they use."""

    def __init__(self, url: str, folder: Path) -> None:
        settings = msgspec.structs.replace(load(), log=url, store=url, data=folder)
        self.log: Log = connect_log(url)
        self.store: Store = connect_store(url, settings)
        self.log.prepare(topics(settings))
        self._partitions = settings.topics.partitions
        self._client: Any = redis.Redis.from_url(url)
        self._folder = folder
        self._environment = {
            **os.environ,
            "ATALAYA_LOG": url,
            "ATALAYA_STORE": url,
            "ATALAYA_DATA": str(folder),
            "ATALAYA_METRICS_ENABLED": "false",
            "ATALAYA_LOGGING_LEVEL": "warning",
        }
        self._running: list[subprocess.Popen[bytes]] = []
        self._edition = 0

    @contextmanager
    def workers(self, number: int) -> Iterator[None]:
        """One more of each stage; stopped at the end as a supervisor would."""
        started = [self._start(stage, number) for _, stage in _READS]
        self._running += started
        try:
            self._until(lambda: self._owners() > number, "the workers own no partitions")
            yield
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait(_PATIENCE)
                self._running.remove(process)

    def run(self, articles: Sequence[Article]) -> float:
        """Lets the workers handle these as new articles; processor seconds per article, of all of them together."""
        before = self._used()
        self.append(self.fresh(articles))
        self._until(self._idle, "the articles are not handled")
        return (self._used() - before) / len(articles)

    def fresh(self, articles: Sequence[Article]) -> list[Article]:
        """The same articles as nobody has seen them."""
        self._edition += 1
        return renamed(articles, f"fleet {self._edition}")

    def append(self, articles: Sequence[Article]) -> None:
        """Puts them on the log."""
        self.log.append(ARTICLES, [Record(each.id, encode(each)) for each in articles])

    def wait_until_idle(self) -> None:
        """Until everything on the log is handled."""
        self._until(self._idle, "the articles are not handled")

    def close(self) -> None:
        """Ends the connections."""
        self.log.close()
        self.store.close()
        self._client.close()

    def _start(self, stage: str, number: int) -> subprocess.Popen[bytes]:
        output = (self._folder / f"{stage}-{number}.log").open("wb")
        with output:
            return subprocess.Popen(
                [sys.executable, "-m", "services", "run", stage, "--number", str(number)],
                env=self._environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )

    def _owners(self) -> int:
        """Workers of the stage that has fewest, by the partitions that they own: those that are ready."""
        return min(len(set(self._leases(topic, stage))) for topic, stage in _READS)

    def _leases(self, topic: str, stage: str) -> list[bytes]:
        """See `services.log.streams` for the key; a partition that nobody owns is left out."""
        keys = [f"{stream_key(topic, number)}:lease:{group(STEPS[stage])}" for number in range(self._partitions)]
        return [each.partition(b"\n")[0] for each in self._client.mget(keys) if each]

    def _idle(self) -> bool:
        return not any(self.log.lag(topic, group(STEPS[stage])) for topic, stage in _READS)

    def _used(self) -> float:
        return sum(_processor_seconds(process.pid) for process in self._running)

    def _until(self, condition: Callable[[], bool], problem: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not condition():
            ended = [process.args for process in self._running if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                raise RuntimeError(f"{problem}; ended: {ended or 'none'}; see the logs in {self._folder}")
            time.sleep(0.02)


def _processor_seconds(pid: int) -> float:
    """User and system time of a process (proc(5): the fields after the parenthesised name)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _latencies(fleet: _Fleet, articles: Sequence[Article]) -> list[float]:
    """Seconds from the append of an article to its alerts, at a steady hundred articles a second."""
    began = time.time()
    fresh = iter(fleet.fresh(articles) * (1 + _PER_SECOND * _LATENCY_SECONDS // len(articles)))
    for tick in range(10 * _LATENCY_SECONDS):
        time.sleep(max(0.0, began + tick / 10 - time.time()))
        now = time.time()
        batch = [msgspec.structs.replace(next(fresh), seen=now) for _ in range(_PER_SECOND // 10)]
        fleet.append(batch)
    fleet.wait_until_idle()
    alerts = [each for each in fleet.store.alerts.recent(100_000) if each.stamps.seen >= began]
    return sorted(each.stamps.matched - each.stamps.seen for each in alerts)


def _latency_rows(latencies: Sequence[float]) -> list[Row]:
    if not latencies:
        return []
    note = f"{_PER_SECOND} articles/s, {len(latencies)} alerts, without the poller"
    return [
        Row(f"append_to_alert_p{share}", latencies[min(len(latencies) - 1, len(latencies) * share // 100)], "s",
            less_is_better=True, note=note)
        for share in (50, 99)
    ]  # fmt: skip
