"""The examples of README.md, pasted into a shell as they stand, print live alerts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from services.embedded import EmbeddedValkey
from services.model.alert import Alert, alert_id
from services.model.finding import Finding, NewAlert
from services.settings import Embedded, Settings
from services.store.base import Store
from services.store.connect import connect
from tests import documents
from tests.conftest import missing, until

TITLE = "Chile and Peru agree to inspect mines together"
EXAMPLES = [
    block.text
    for block in documents.blocks(documents.text(documents.REPOSITORY / "README.md"))
    if "valkey.sock" in block.text and block.language == "sh"
]
LINES = [line for text in EXAMPLES for line in text.splitlines() if line.startswith("redis-cli ")]
SCRIPTS = [text for text in EXAMPLES if "import json, redis" in text]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder as `make run` leaves it: `.venv`, and the embedded server's socket under `data`."""
    place = Path(tempfile.mkdtemp(prefix="atalaya-"))
    (place / ".venv").symlink_to(sys.prefix)
    server = EmbeddedValkey(place / "data", Embedded(max_memory_mb=64))
    server.start()
    yield place
    server.stop()
    shutil.rmtree(place)


def raise_one(store: Store, number: int) -> None:
    """A new alert about mining, Chile and Peru, under the names that it has in the service."""
    alert = Alert(
        id=alert_id("example", str(number), "first"), subscription="example", story=str(number), development="first",
        article=str(number), version=1, digest="", title=TITLE, url="http://example.org/", outlet="example", lang="en",
        areas=("mining",), topics=(), countries=("CL", "PE"), pairs=("CL-PE",),
    )  # fmt: skip
    names = ("mining.CL", "mining.PE", "mining.CL-PE")
    store.alerts.raise_all([Finding(alert.article, 1, (NewAlert(alert, names),))], time.time())


def prints_an_alert(command: str, folder: Path) -> bool:
    """Runs the command and raises alerts until one is printed."""
    store = connect(f"unix://{folder / 'data' / 'valkey' / 'valkey.sock'}", Settings())
    printed: list[str] = []
    with subprocess.Popen(
        ["bash", "-c", command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # one signal ends the shell and what it runs
    ) as process:
        assert process.stdout is not None
        copying = threading.Thread(target=printed.extend, args=(process.stdout,), daemon=True)
        copying.start()
        numbers = count(time.time_ns())

        def seen() -> bool:
            raise_one(store, next(numbers))
            return any(TITLE in line for line in list(printed))

        try:
            return bool(until(seen, 30, f"a title from {command!r}; printed so far: {printed}"))
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            copying.join(10)
            store.close()


def test_there_are_examples() -> None:
    assert len(LINES) >= 5 and len(SCRIPTS) == 1


@pytest.mark.parametrize("line", LINES)
def test_a_redis_cli_line_prints_an_alert(line: str, folder: Path) -> None:
    if shutil.which("redis-cli") is None:
        missing("redis-cli is not installed (Debian: apt-get install redis-tools)")
    assert prints_an_alert(line, folder)


@pytest.mark.parametrize("script", SCRIPTS)
def test_the_redis_py_example_prints_alerts(script: str, folder: Path) -> None:
    assert prints_an_alert(script, folder)
