"""Runs the benchmark: `python -m services.bench [--corpus FILE] [--only PART ...]`, or `make bench`.

Prints a table, and writes build/bench.json when every part was asked for. A part whose server cannot be had on this
machine is left out, with the reason; a part that fails is told, the others are still measured, and the status is 1.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from services import telemetry
from services.bench import servers
from services.bench.corpus import CorpusError, read
from services.bench.row import Row, document
from services.bench.text import TextMaker
from services.bench.wanted import WANTED
from services.model.article import Article
from services.settings import load

_STREAM = 1_600  # generated articles that go all the way
_OUTPUT = Path("build/bench.json")


class Bench(NamedTuple):
    """What the parts are given."""

    corpus: Sequence[Article] | None  # None: each part generates what it needs
    folder: Path  # of this run; gone afterwards

    def stream(self) -> list[Article]:
        """A day's items, in a language that is tagged or with none given."""
        if self.corpus is None:
            return TextMaker(seed=1).stream(_STREAM)
        known = [each for each in self.corpus if each.lang in (None, "es", "pt", "en")]
        return known[:: max(1, len(known) // _STREAM)]


def _records(bench: Bench) -> list[Row]:
    from services.bench import records

    return records.rows()


def _transport_redis(bench: Bench) -> list[Row]:
    from services.bench import transport

    with servers.valkey(bench.folder / "transport") as url:
        return [transport.redis_row(url)]


def _transport_kafka(bench: Bench) -> list[Row]:
    from services.bench import transport

    with servers.kafka(bench.folder / "transport") as address:
        return [transport.kafka_row(address)]


def _tagging(bench: Bench) -> list[Row]:
    from services.bench import scan

    return scan.rows(bench.corpus, load().config)


def _matching(bench: Bench) -> list[Row]:
    from services.bench import match

    with servers.valkey(bench.folder / "match") as url:
        return match.rows(url)


def _end_to_end(bench: Bench) -> list[Row]:
    from services.bench import end_to_end
    from services.tag.tagger import Tagger

    tagger = Tagger.load(load().config, bench.folder / "cache", try_examples=False)
    with servers.valkey(bench.folder / "end") as url:
        return [end_to_end.row(bench.stream(), tagger, url, bench.folder)]


def _workers(bench: Bench) -> list[Row]:
    from services.bench import workers

    with servers.valkey(bench.folder / "workers") as url:
        return workers.rows(bench.stream()[:800], url, bench.folder)


def _polling(bench: Bench) -> list[Row]:
    from services.bench import poll, poll_day

    return [*poll.rows(), *poll_day.rows()]


PARTS: dict[str, Callable[[Bench], list[Row]]] = {
    "records": _records,
    "transport-redis": _transport_redis,
    "transport-kafka": _transport_kafka,
    "tagging": _tagging,
    "matching": _matching,
    "end-to-end": _end_to_end,
    "workers": _workers,
    "polling": _polling,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status: 0, 1 when a part failed, 2 when the corpus cannot be used."""
    asked = _parser().parse_args(arguments)
    telemetry.configure_logging("warning")
    logging.getLogger("kafka").setLevel(logging.ERROR)  # a new broker names its coordinators with some hesitation
    screen = Console(width=max(150, Console().width), soft_wrap=False)
    try:
        corpus = read(asked.corpus) if asked.corpus else None
    except CorpusError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 2
    with tempfile.TemporaryDirectory(prefix="atalaya-bench-") as folder:
        rows, failed = _measure(Bench(corpus, Path(folder)), asked.only or list(PARTS), screen)
    screen.print(_table(rows))
    if not asked.only:
        _OUTPUT.parent.mkdir(exist_ok=True)
        _OUTPUT.write_bytes(msgspec.json.format(msgspec.json.encode(document(rows)), indent=2) + b"\n")
        screen.print(f"written to {_OUTPUT}")
    return 1 if failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.bench", description="Measure every part of Atalaya.")
    parser.add_argument("--corpus", type=Path, help="articles to use instead of generated ones (.jsonl or .jsonl.gz)")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part; may be given several times")
    return parser


def _measure(bench: Bench, names: Sequence[str], screen: Console) -> tuple[list[Row], list[str]]:
    rows: list[Row] = []
    failed = []
    for name in names:
        began = time.monotonic()
        try:
            rows += PARTS[name](bench)
        except servers.Missing as reason:
            screen.print(f"{name}: left out: {reason}", highlight=False, markup=False)
        except Exception:  # noqa: BLE001 - told in full, and the others are still worth having
            failed.append(name)
            screen.print(f"{name} failed:\n{traceback.format_exc()}", highlight=False, markup=False)
        else:
            screen.print(f"{name}: {time.monotonic() - began:.0f} s", style="dim", highlight=False)
    return rows, failed


def _table(rows: Sequence[Row]) -> Table:
    table = Table("", "figure", "baseline", "times better", "limit", "of the limit", "wanted", "")
    for row in rows:
        wants = WANTED.get(row.name, ())
        share = "" if row.share_of_limit is None else f"{row.share_of_limit:.0%}"
        times = "" if row.ratio is None else f"{row.ratio:,.3g} ×"
        table.add_row(
            f"{row.name}\n[dim]{row.note}[/]",
            f"{_short(row.value)} {row.unit}",
            _short(row.baseline),
            times,
            _short(row.bound),
            share,
            "\n".join(want.words() for want in wants),
            "\n".join("[green]yes[/]" if want.met(row) else "[red]no[/]" for want in wants),
        )
    return table


def _short(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
