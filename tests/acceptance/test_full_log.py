"""Small limits: polling pauses, health says why, nothing is lost, and everything flows when there is room again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from tests.acceptance.test_up import Up, home, started  # noqa: F401 - fixtures
from tests.conftest import until


def test_a_full_log_pauses_polling_and_loses_nothing(
    repository: Path,
    home: Path,  # noqa: F811
    started: list[Up],  # noqa: F811
) -> None:
    limits = {"ATALAYA_TOPICS_MAX_RECORDS": "8", "ATALAYA_NEWSROOM_PACE": "20", "ATALAYA_NEWSROOM_PORT": "0"}
    environment = os.environ | {"ATALAYA_SETTINGS": str(home / "config" / "atalaya.toml")}
    first = Up(repository, home, ATALAYA_NEWSROOM_PORT="0", ATALAYA_WORKERS_POLL="0")
    started.append(first)
    until(lambda: first.events("running"), 60, "a store to latch the tagger in")
    latch = (
        "from services.settings import load; from services.startup import with_real_urls;"
        "from services.store.connect import connect; from services.store.operations import Latch;"
        "s = with_real_urls(load()); connect(s.store, s).operations.latch(Latch(stage='tag', reason='a test', since=1))"
    )
    subprocess.run([sys.executable, "-c", latch], cwd=repository, env=environment, check=True)
    first.stop()

    up = Up(repository, home, **limits)
    started.append(up)
    paused = until(lambda: [e for e in up.events("paused: no room") if e["stage"] == "poll"], 60, "polling pauses")
    assert "8 records unread" in paused[0]["detail"] or "of 8 records" in paused[0]["detail"]  # type: ignore[index]
    at = up.events("health and metrics")[0]["at"]
    problems: list[str] = []

    def both_told() -> bool:
        try:
            with urllib.request.urlopen(at, timeout=5):
                return False
        except urllib.error.HTTPError as error:
            problems.append(json.load(error)["problem"])
        return problems[-1].startswith(("poll: atalaya.articles", "tag: latched"))

    until(both_told, 20, f"not ready, with the reason: {problems[-1:]}")
    assert not up.alerts()
    subprocess.run([sys.executable, "-m", "services", "resume", "tag"], cwd=repository, env=environment, check=True)
    until(lambda: len(up.alerts()) >= 10, 90, f"alerts flow; {len(up.alerts())} so far")
    assert [event for event in up.events("going on: there is room again") if event["stage"] == "poll"]
    assert not up.events("worker ended, starting it again"), "".join(up.raw[-30:])
