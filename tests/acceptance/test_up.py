"""`atalaya up` as an operator runs it: real processes, the sample newsroom, signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import until


class Up:
    """One life of `atalaya up`; its JSON log lines are read as they come."""

    def __init__(self, repository: Path, home: Path, **environment: str) -> None:
        own = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        settings = str(home / "config" / "atalaya.toml")
        self.lines: list[dict[str, Any]] = []
        self.raw: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "services", "up"],
            cwd=repository,
            env=own | {"ATALAYA_SETTINGS": settings, "ATALAYA_METRICS_PORT": "0"} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in list(self.lines) if line.get("event") == event]

    def alerts(self) -> list[dict[str, Any]]:
        return [line["alert"] for line in self.events("alert")]

    def stop(self, number: int = signal.SIGINT) -> tuple[int, float]:
        began = time.monotonic()
        self.process.send_signal(number)
        status = self.process.wait(30)
        seconds = time.monotonic() - began
        self._reader.join(10)
        return status, seconds

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(15)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout:
            for line in self.process.stdout:
                self.raw.append(line)
                try:
                    self.lines.append(json.loads(line))
                except ValueError:
                    continue


@pytest.fixture
def home(repository: Path, tmp_path: Path) -> Path:
    """A folder with the shipped configuration; the one real feed is at a name that exists nowhere (RFC 2606)."""
    shutil.copytree(repository / "config", tmp_path / "config")
    (tmp_path / "config" / "feeds.opml").write_text(
        "<opml version='2.0'><head><title>one</title></head><body><outline type='rss' text='Nowhere' title='Nowhere' "
        "xmlUrl='http://feeds.invalid/rss' htmlUrl='http://feeds.invalid/' country='PE' language='es' outlet='nowhere' "
        "family='nowhere' kind='press' focus='general' verified='no' provenance='a test'/></body></opml>"
    )
    rules = repository / ".cache" / "rules"  # compiling them takes seconds; each test has its own data otherwise
    rules.mkdir(parents=True, exist_ok=True)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "cache").symlink_to(rules)
    return tmp_path


@pytest.fixture
def started(repository: Path, home: Path) -> Iterator[list[Up]]:
    """Starts lives, and ends those that a test left."""
    lives: list[Up] = []
    yield lives
    for life in lives:
        life.kill()


def left_over(home: Path) -> list[str]:
    """Command lines of processes that still belong to this home."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str(home).encode() in (entry / "environ").read_bytes() + (entry / "cmdline").read_bytes():
                    found.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode())
            except OSError:
                continue
    return found


def test_alerts_show_a_stop_is_clean_and_the_next_start_repeats_none(
    repository: Path, home: Path, started: list[Up]
) -> None:
    first = Up(repository, home)
    started.append(first)
    until(lambda: len(first.alerts()) >= 3, 60, "the first alerts")
    status, seconds = first.stop()
    assert status == 0 and seconds < 10, "".join(first.raw[-20:])
    until(lambda: not left_over(home), 5, f"processes left: {left_over(home)}")
    assert all(alert["sample"] for alert in first.alerts())
    assert not first.events("worker ended, starting it again"), "".join(first.raw)

    second = Up(repository, home)
    started.append(second)
    until(lambda: len(second.alerts()) >= 3, 60, "alerts of the second edition")
    status, _ = second.stop(signal.SIGTERM)
    assert status == 0
    assert not {alert["id"] for alert in first.alerts()} & {alert["id"] for alert in second.alerts()}


def test_a_second_up_on_the_same_data_folder_is_refused(repository: Path, home: Path, started: list[Up]) -> None:
    first = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(first)
    until(lambda: first.events("running"), 60, "the first one runs")
    second = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(second)
    assert second.process.wait(60) == 2
    assert f"another `atalaya up` (process {first.process.pid}) is using this data folder" in "".join(second.raw)
    assert first.process.poll() is None


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_goes_on(
    repository: Path, home: Path, started: list[Up]
) -> None:
    first = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(first)
    until(first.alerts, 60, "an alert")
    first.kill()
    until(lambda: not left_over(home), 15, "its workers and its Valkey notice")
    second = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(second)
    until(second.alerts, 60, "an alert of the next life")


def test_health_tells_the_truth_about_a_latched_stage(repository: Path, home: Path, started: list[Up]) -> None:
    up = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(up)
    at = str(until(lambda: [each["at"] for each in up.events("health and metrics")], 60)[0])  # type: ignore[index]

    def health() -> tuple[int, dict[str, str]]:
        try:
            with urllib.request.urlopen(at, timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    until(lambda: health()[0] == 200, 60, "ready")
    environment = os.environ | {"ATALAYA_SETTINGS": str(home / "config" / "atalaya.toml")}
    latch = (
        "from services.settings import load; from services.startup import with_real_urls;"
        "from services.store.connect import connect; from services.store.operations import Latch;"
        "s = with_real_urls(load()); connect(s.store, s).operations.latch(Latch(stage='tag', reason='a test', since=1))"
    )
    subprocess.run([sys.executable, "-c", latch], cwd=repository, env=environment, check=True)
    until(lambda: health()[0] == 503, 20, "not ready")
    assert "tag: latched: a test" in health()[1]["problem"]
    done = subprocess.run(
        [sys.executable, "-m", "services", "resume", "tag"],
        cwd=repository,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (0, "tag goes on\n")
    until(lambda: health()[0] == 200, 20, "ready again")


def test_bad_files_are_told_all_at_once_and_nothing_starts(repository: Path, home: Path, started: list[Up]) -> None:
    (home / "config" / "feeds.opml").write_text(
        "<opml version='2.0'>\n<body>\n<outline xmlUrl='ftp://x'/></body></opml>"
    )
    (home / "config" / "subscriptions.yaml").write_text("subscriptions:\n  - id: x\n    areas: [minig]\n")
    up = Up(repository, home, ATALAYA_NEWSROOM_PORT="0")
    started.append(up)
    assert up.process.wait(60) == 2
    up.kill()
    said = "".join(up.raw)
    assert "feeds.opml:3: xmlUrl" in said
    assert "subscriptions.yaml:3" in said and "minig" in said
    assert not (home / "data" / "valkey").exists()
