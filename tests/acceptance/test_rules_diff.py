"""`atalaya rules diff OLD NEW --on last-1-hour` beside a running service, on both logs, as an analyst calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_up import Up, home, started  # noqa: F401 - fixtures
from tests.broker import Broker
from tests.conftest import until


@pytest.fixture(params=["embedded", "kafka"])
def log_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The embedded log, then a Kafka of this test's own: what is left unread must meet no other test."""
    if request.param == "embedded":
        yield "embedded"
        return
    broker = Broker(request.getfixturevalue("kafka_jars"), tmp_path / "kafka")
    broker.start()
    yield broker.url
    broker.stop()


class Analyst:
    """Calls `atalaya rules diff` with the settings of the running service."""

    def __init__(self, repository: Path, home: Path, log_url: str) -> None:  # noqa: F811 - a fixture's name
        own = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        self._environment = own | {
            "ATALAYA_SETTINGS": str(home / "config" / "atalaya.toml"),
            "ATALAYA_LOG": log_url,
        }
        self._repository = repository

    def diff(self, *arguments: str) -> tuple[int, str, str]:
        return self._run("rules", "diff", *arguments)

    def lag(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self._run("lag", "--json")[1])
        return found

    def _run(self, *arguments: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "services", *arguments]
        done = subprocess.run(
            command, cwd=self._repository, env=self._environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr


def test_articles_of_the_last_hour_are_compared_and_the_service_goes_on(
    repository: Path,
    home: Path,  # noqa: F811
    started: list[Up],  # noqa: F811
    log_url: str,
) -> None:
    old, new = home / "config", home / "new"
    _without_lithium(old, new)
    up = Up(repository, home, ATALAYA_LOG=log_url, ATALAYA_NEWSROOM_PACE="40", ATALAYA_NEWSROOM_PORT="0")
    started.append(up)
    until(lambda: len(up.alerts()) >= 15, 90, "alerts")
    analyst = Analyst(repository, home, log_url)
    found = _compared(analyst, old, new)
    assert found["articles"] >= 15
    lost = {name for change in found["changes"] for name in change["lost"]}
    assert "lithium" in lost
    assert all(change["title"] and change["url"].startswith("http") for change in found["changes"])
    assert found["notes"][0].startswith("Articles stored from ")
    assert "topics.keep_hours" in found["notes"][1], "the log is younger than an hour, and that is said"

    same = _compared(analyst, old, old)
    assert same["articles"] >= found["articles"] and same["changes"] == []
    status, said, _ = analyst.diff(str(old), str(new), "--on", "last-1-hour")
    assert status == 0 and "-lithium" in said and " articles change." in said
    _goes_on(up, analyst)


def test_a_span_that_is_none_is_refused(repository: Path, home: Path) -> None:  # noqa: F811
    config = str(home / "config")
    status, _, error = Analyst(repository, home, "embedded").diff(config, config, "--on", "last-7-moons")
    assert status == 2 and "write last-N-minutes, last-N-hours" in error


def _without_lithium(old: Path, new: Path) -> None:
    new.mkdir()
    for folder in old.iterdir():
        if folder.name != "topics":
            (new / folder.name).symlink_to(folder)
    (new / "topics").mkdir()
    for path in (old / "topics").glob("*.yaml"):
        if path.stem != "lithium":
            (new / "topics" / path.name).symlink_to(path)


def _compared(analyst: Analyst, old: Path, new: Path) -> dict[str, Any]:
    status, said, error = analyst.diff(str(old), str(new), "--on", "last-1-hour", "--json")
    assert status == 0, error
    found: dict[str, Any] = json.loads(said)
    return found


def _goes_on(up: Up, analyst: Analyst) -> None:
    """No worker ended, and everything on the log has been read by its own group."""
    assert not up.events("worker ended, starting it again"), "".join(up.raw[-20:])
    until(lambda: {row["lag"] for row in analyst.lag()} == {0, None}, 60, "every stage at the end of its topic")


def test_a_stopped_embedded_service_is_told(repository: Path, home: Path) -> None:  # noqa: F811
    config = str(home / "config")
    status, _, error = Analyst(repository, home, "embedded").diff(config, config, "--on", "last-1-hour")
    assert status == 1 and error.startswith("atalaya: ")
