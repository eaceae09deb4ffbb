"""A worker's own watch tidies up: what has outlived its time goes while nobody asks for it."""

from __future__ import annotations

import io
import json
import time

import pytest
import redis

from services.pipeline import STEPS, group
from services.reporter import Reporter
from services.settings import DeadLetters, Settings
from services.store.connect import connect
from services.telemetry import configure_logging
from tests.conftest import until
from tests.contract.test_operation_store import letter


@pytest.mark.parametrize("stage", ["tag", "deliver"])
def test_closed_dead_letters_and_too_many_open_ones_go(
    stage: str, valkey: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In every stage, whether it reads a topic or not; losing open ones is told."""
    monkeypatch.setattr("services.reporter._EVERY", 0.01)
    monkeypatch.setattr("services.reporter._TRIM_EVERY", 1)
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    settings = Settings(log=valkey, store=valkey, dead_letters=DeadLetters(keep_days=1.0, most=3))
    store = connect(valkey, settings)
    store.dead_letters.add([letter(f"l{number}", at=float(number)) for number in range(6)])
    store.dead_letters.mark("l5", "dropped", time.time() - 2 * 86_400)
    reads = [(topic, group(STEPS[stage])) for topic in STEPS[stage].reads]
    lines = io.StringIO()
    configure_logging("warning", stage, lines)
    reporter = Reporter(settings, stage, reads, f"{stage}-0@test", "", lambda: "")
    reporter.start()
    until(lambda: len(store.dead_letters.list(state=None)) == 3, 10, "two open ones and the closed one are gone")
    reporter.stop()
    assert [each.id for each in store.dead_letters.list(state=None)] == ["l4", "l3", "l2"]
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [each["count"] for each in told if each["event"].startswith("dead letters removed unseen")] == [2]
    store.close()
