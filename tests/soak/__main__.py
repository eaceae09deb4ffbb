"""`make soak`: every stage for half an hour, in compressed time, with faults on.

    python -m tests.soak [--minutes 30] [--factor 240] [--feeds 250]

Measures the process of each stage, its children, the store and its keys. The first third is warm-up, or
more where that is too short: what is bounded by a count is full before it begins, and every retention and every
wait turns over in it (see `plan.WARM`). Ends with a table
of slopes, their intervals of 95 % and what a year of work would make of them, and with status 1 when anything
grows or cannot be told. The supervisor, which only starts processes, is not in it. Everything measured is in
build/soak.json.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.dead_letter_box import DeadLetterBox
from services.embedded import EmbeddedValkey
from services.log.base import Record
from services.log.connect import connect as connect_log
from services.pipeline import ARTICLES, TAGGED, topics
from services.settings import Embedded
from services.store.connect import connect as connect_store
from services.store.traces import KEPT, Trace
from tests.hostile.server import HostileServer
from tests.soak import figures, world
from tests.soak.plan import WARM, YEAR_FETCHES, Plan
from tests.soak.trend import Judged, blocks, judge, trend

FLOORS = {"MB": 256.0, "descriptors": 100.0, "threads": 50.0, "keys": 100_000.0, "entries": 100_000.0}
"""What may grow in a year of work before somebody must look: with these a process, its limits (1,024 descriptors by
default) and the store (some hundred bytes a key) last through the year. Megabytes are those of one process."""
_STEADY = ("keys", "entries", "stored MB")  # nothing passing lies on top of these
_EVERY = 5.0
_WARM_UP = 1 / 3  # of the run, at least
_BLOCKS = {True: 12, False: 24}  # of what a passing load lies on top of, and of what stays
_LIFE = 2 * 2_000  # jobs of two parsers, after which both have been replaced: what leaks in them leaks only so far


class Sample(NamedTuple):
    """One look."""

    at: float
    figures: Mapping[str, float]
    families: Mapping[str, int]  # keys and entries by kind


class Run:
    """The processes of a soak: Valkey, the server of newspapers, and one worker for each stage."""

    def __init__(self, stack: ExitStack, factor: float, feeds: int) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="atalaya-soak-")))
        self._output = stack.enter_context((folder / "workers.log").open("wb"))
        self.server = stack.enter_context(HostileServer())
        self.valkey = EmbeddedValkey(folder, Embedded(max_memory_mb=512))
        self.valkey.start()
        stack.callback(self.valkey.stop)
        self.plan = Plan(
            url=self.valkey.url,
            folder=str(folder),
            began=time.time(),
            factor=factor,
            port=self.server.port,
            feeds=feeds,
        )
        self.server.routes.update(world.routes(feeds, self.plan.now))
        world.configure(folder, self.server.port)
        self.settings = self.plan.settings()
        self.store = connect_store(self.plan.url, self.settings)
        stack.callback(self.store.close)
        self.log = connect_log(self.plan.url, kafka=self.settings.kafka)
        self.log.prepare(topics(self.settings))
        stack.callback(self.log.close)
        self.client = stack.enter_context(figures.connect(self.plan.url))
        self._fill_traces()
        self.workers = {name: self._start(name) for name in figures.STAGES}
        for worker in self.workers.values():
            stack.callback(_end, worker)

    def look(self) -> Sample:
        """The figures of this moment; a worker that has ended is an error."""
        for name, worker in self.workers.items():
            if worker.poll() is not None:
                raise RuntimeError(f"{name} ended with status {worker.returncode}; see {self._output.name}")
        pids = {name: worker.pid for name, worker in self.workers.items()}
        assert self.valkey.pid is not None
        kinds = figures.families(self.client)
        found = {**figures.processes(pids, self.valkey.pid), **figures.store(self.client)}
        found["entries"] = float(sum(count for name, count in kinds.items() if name.endswith(" entries")))
        return Sample(time.time(), found, kinds)

    def spoil(self, number: int) -> None:
        """A record that no stage can read, and an operator who drops the letters that came of the last ones."""
        self.log.append(ARTICLES if number % 2 else TAGGED, [Record(f"spoilt-{number}", b"no record")])
        box = DeadLetterBox(self.log, self.store.dead_letters)
        for letter in self.store.dead_letters.list():
            box.drop(letter)

    def _fill_traces(self) -> None:
        """What is bounded by a count is full from the start."""
        for start in range(0, KEPT, 1000):
            self.store.traces.add(
                [Trace(article=f"{start + n}", stage="tag", reason="no_topic", at=0.0) for n in range(1000)]
            )

    def _start(self, stage: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "tests.soak.stages", stage, msgspec.json.encode(self.plan).decode()]
        return subprocess.Popen(command, stdout=self._output, stderr=self._output)


def _end(worker: subprocess.Popen[bytes]) -> None:
    worker.send_signal(signal.SIGTERM)
    try:
        worker.wait(15)
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()


def soak(minutes: float, factor: float, feeds: int) -> dict[str, Any]:
    """Runs it; the report."""
    with ExitStack() as stack:
        run = Run(stack, factor, feeds)
        samples = _watch(run, minutes * 60)
        work = {"fetches": _served(run), "alerts": run.client.xinfo_stream("atalaya:alerts")["entries-added"]}
    hours = (samples[-1].at - samples[0].at) / 3600
    years = work["fetches"] / hours / YEAR_FETCHES
    judged = judge_all(samples, years, WARM / factor)
    kinds = [each.families for each in samples[:: max(1, len(samples) // 15)]]
    return {
        "minutes": minutes,
        "factor": factor,
        "compressed_days": minutes * factor / 1440,
        "warm_up_minutes": max(minutes * _WARM_UP, WARM / factor / 60),
        **work,
        "years_of_work_per_hour": years,
        "figures": {name: _row(each) for name, each in judged.items()},
        "families": {name: [count.get(name, 0) for count in kinds] for name in sorted(set().union(*kinds))},
        "samples": [[round(each.at - samples[0].at, 1), dict(each.figures)] for each in samples],
    }


def judge_all(samples: Sequence[Sample], years: float, warm_up: float) -> dict[str, Judged]:
    """Every figure after the warm-up, which takes `warm_up` seconds at least. `years`: of work in an hour of the run;
    for the parsers it is their lives."""
    began, ended = samples[0].at, samples[-1].at
    warm = [each for each in samples if each.at >= began + max(warm_up, (ended - began) * _WARM_UP)]
    judged = {}
    for name in warm[0].figures:
        passing = name not in _STEADY
        size = max(1, len(warm) // _BLOCKS[passing])
        moments = blocks([each.at / 3600 for each in warm], size, least=False)
        values = blocks([each.figures[name] for each in warm], size, least=passing)
        floor = next(allowed for kind, allowed in FLOORS.items() if name.endswith(kind))
        lives = years * YEAR_FETCHES / _LIFE if name == "parsers MB" else years
        judged[name] = judge(trend(moments, values), lives, floor)
    return judged


def _watch(run: Run, seconds: float) -> list[Sample]:
    samples: list[Sample] = []
    ends = time.time() + seconds
    turn = 0
    while time.time() < ends:
        time.sleep(min(_EVERY, seconds / 60))
        turn += 1
        samples.append(run.look())
        run.server.requests.clear()
        if turn % 4 == 0:
            run.spoil(turn // 4)
        if turn % 12 == 1:
            print("  ".join(f"{name} {value:,.0f}" for name, value in samples[-1].figures.items()), flush=True)
    return samples


def _served(run: Run) -> int:
    """Requests for feeds that the newspapers have had; robots.txt and webhooks are not counted."""
    return sum(count for path, count in run.server.counts().items() if not path.startswith(("/robots", "/hook/")))


def _row(each: Judged) -> dict[str, Any]:
    return {**each.trend._asdict(), "per_year": each.per_year, "floor": each.floor, "verdict": each.verdict}


def show(report: Mapping[str, Any]) -> None:
    """The table."""
    print(
        f"\n{report['fetches']:,} fetches and {report['alerts']:,} alerts in {report['minutes']:g} minutes at factor "
        f"{report['factor']:g}: {report['compressed_days']:.1f} days of feeds; an hour of the run is "
        f"{report['years_of_work_per_hour'] * 365:.1f} days of the source pack's work"
    )
    print(f"{'':12} {'last':>9} {'slope/h':>9} {'95 % interval':>26} {'a year':>32} {'allowed':>9}")
    for name, row in report["figures"].items():
        interval = f"{row['low']:+.2f} … {row['high']:+.2f}"
        slope, low, high = row["per_year"]
        year = f"{slope:+,.0f} ({low:+,.0f} … {high:+,.0f})"
        print(
            f"{name:12} {row['last']:9,.1f} {row['slope']:+9.2f} {interval:>26} {year:>32} {row['floor']:9,.0f}  "
            f"{row['verdict']}"
        )


def main() -> int:
    """The command line; 1 when anything grows, or cannot be told."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--factor", type=float, default=240.0)
    parser.add_argument("--feeds", type=int, default=250, help="honest newspapers; the hostile ones come on top")
    options = parser.parse_args()
    least = 1.5 * WARM / options.factor / 60
    if options.minutes < least:
        parser.error(f"--minutes {options.minutes:g}: warm-up at factor {options.factor:g} needs {least:.0f} at least")
    report = soak(options.minutes, options.factor, options.feeds)
    show(report)
    build = Path("build")
    build.mkdir(exist_ok=True)
    (build / "soak.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    return int(any(row["verdict"] != "none" for row in report["figures"].values()))


if __name__ == "__main__":
    sys.exit(main())
