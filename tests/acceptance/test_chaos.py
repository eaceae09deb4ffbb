"""The chaos run in small, on both logs; `make chaos` is the whole of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.broker import Broker
from tests.chaos.run import Plan, chaos

SMALL = Plan(articles=600, feeds=30, waves=4, kills=8, every=1.5, patience=120.0, seed=11)


def _judge(report: dict[str, object]) -> None:
    wanted = {"lost": 0, "doubled": 0, "unexpected": 0, "webhooks_missing": 0, "webhooks_forged": 0, "exit_status": 0}
    assert {name: report[name] for name in wanted} == wanted, report
    assert report["alerts"] == report["alerts_expected"] and int(str(report["alerts"])) > 400
    assert report["store_kills"] == 1


@pytest.fixture
def rules(repository: Path) -> Callable[[Path], None]:
    """Gives a data folder the compiled rules, so that its first start does not compile them."""

    def share(folder: Path) -> None:
        cache = repository / ".cache" / "rules"
        cache.mkdir(parents=True, exist_ok=True)
        (folder / "data").mkdir()
        (folder / "data" / "cache").symlink_to(cache)

    return share


def test_chaos_on_the_embedded_log(tmp_path: Path, rules: Callable[[Path], None]) -> None:
    rules(tmp_path)
    _judge(chaos(SMALL, tmp_path, None, print))


def test_chaos_on_kafka(tmp_path: Path, kafka_jars: Path, rules: Callable[[Path], None]) -> None:
    rules(tmp_path)
    broker = Broker(kafka_jars, tmp_path / "kafka")
    broker.start()
    try:
        report = chaos(SMALL, tmp_path, broker, print)
    finally:
        broker.stop()
    _judge(report)
    assert report["broker_kills"] == 1
