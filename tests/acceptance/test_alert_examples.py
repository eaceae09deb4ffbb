"""The examples of docs/alerts.md, run as they stand against a live server."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from msgspec.structs import replace

from services.channels.signature import signature
from services.channels.webhook import payload
from services.match.document import read
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from tests.conftest import missing, until
from tests.tagged_samples import alert, finding


@pytest.fixture
def examples(repository: Path) -> dict[str, list[str]]:
    """Language → its code blocks, in order."""
    text = (repository / "docs" / "alerts.md").read_text("utf-8")
    found: dict[str, list[str]] = {}
    for language, body in re.findall(r"```(\w+)\n(.*?)```", text, re.DOTALL):
        found.setdefault(language, []).append(body)
    return found


@pytest.fixture
def place(valkey: str, tmp_path: Path) -> Path:
    """A folder in which the server's socket is where `atalaya up` puts it."""
    (tmp_path / "data" / "valkey").mkdir(parents=True)
    (tmp_path / "data" / "valkey" / "valkey.sock").symlink_to(valkey.removeprefix("unix://"))
    return tmp_path


@pytest.fixture
def store(valkey: str) -> Iterator[Store]:
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    made = connect(valkey, Settings())
    yield made
    made.close()


def listening(valkey: str, command: str) -> bool:
    """Some client of the server is in this command, or subscribed to a pattern."""
    with redis.Redis.from_url(valkey) as client:
        return any(each["cmd"].startswith(command) for each in client.client_list())


def run_until(process: subprocess.Popen[str], wanted: str) -> str:
    """What it prints up to the line with the wanted text."""
    printed = ""
    assert process.stdout is not None
    deadline = time.monotonic() + 20
    while wanted not in printed and time.monotonic() < deadline:
        printed += process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    return printed


def test_redis_py_prints_live_alerts(examples: dict[str, list[str]], place: Path, valkey: str, store: Store) -> None:
    """What is in the stream already, then what comes."""
    code = next(each for each in examples["python"] if "xread" in each)
    assert len(code.splitlines()) == 5
    store.alerts.raise_all([finding("vieja")], time.time())
    process = subprocess.Popen(
        [sys.executable, "-u", "-W", "error", "-c", code], cwd=place, stdout=subprocess.PIPE, text=True
    )
    until(lambda: listening(valkey, "xread"))
    store.alerts.raise_all([finding("nueva")], time.time())
    assert run_until(process, "Título nueva").splitlines() == ["Título vieja", "Título nueva"]


def test_redis_cli_prints_live_alerts(examples: dict[str, list[str]], place: Path, valkey: str, store: Store) -> None:
    """Every line of the example, each as its own command after the first has said where the server is."""
    if shutil.which("redis-cli") is None:
        missing("redis-cli is not installed (Debian: apt-get install redis-tools)")
    block, _ = examples["sh"]
    where, *commands = block.strip().splitlines()
    assert len(commands) == 4
    store.alerts.raise_all([finding("vieja")], time.time())
    for number, command in enumerate(commands):
        shell = f"{where}\nexec {command}"
        process = subprocess.Popen(["sh", "-c", shell], cwd=place, stdout=subprocess.PIPE, text=True)
        if "REVRANGE" not in command:
            until(lambda: listening(valkey, "xread") or listening(valkey, "psubscribe"), what=command)
            store.alerts.raise_all([finding(f"nueva {number}")], time.time())
        wanted = "vieja" if "REVRANGE" in command else f"nueva {number}"
        assert wanted in run_until(process, wanted), command
        until(lambda: not listening(valkey, "xread") and not listening(valkey, "psubscribe"))


def test_redis_cli_prints_a_completed_alert(
    examples: dict[str, list[str]], place: Path, valkey: str, store: Store
) -> None:
    """The example's line, with the story and the id of an alert whose page was read."""
    if shutil.which("redis-cli") is None:
        missing("redis-cli is not installed (Debian: apt-get install redis-tools)")
    live, completed = examples["sh"]
    (made,) = (each.alert for each in finding("leída").alerts)
    store.alerts.raise_all([finding("leída")], time.time())
    store.alerts.complete([replace(made, text_from="page")])
    command = completed.replace("STORY", made.story).replace("ALERT-ID", made.id)
    shell = f"{live.splitlines()[0]}\n{command}"
    printed = subprocess.run(["sh", "-c", shell], cwd=place, capture_output=True, text=True, check=True).stdout
    assert json.loads(printed)["text_from"] == "page"


def test_the_webhook_example_verifies(examples: dict[str, list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    """A message of ours, once; a changed one raises."""
    secret = "whsec_" + base64.b64encode(b"k" * 24).decode()
    code = next(each for each in examples["python"] if "standardwebhooks" in each).replace("whsec_...", secret)
    seen: set[str] = set()
    names: dict[str, object] = {"first_time": lambda each: each not in seen and not seen.add(each)}
    exec(code, names)  # noqa: S102 - the project's own documentation
    body, now = payload(alert("ñ")), int(time.time())
    headers = {
        "webhook-id": "d1",
        "webhook-timestamp": str(now),
        "webhook-signature": signature((secret,), "d1", now, body),
    }
    for _ in range(2):
        names["receive"](body, headers)  # type: ignore[operator]
    assert capsys.readouterr().out == "Título ñ\n"
    with pytest.raises(Exception, match="signature"):
        names["receive"](body.replace(b"CL", b"PE"), headers)  # type: ignore[operator]


def test_the_subscription_example_is_good(examples: dict[str, list[str]], repository: Path) -> None:
    """With topics that exist."""
    topics = frozenset(path.stem for path in (repository / "config" / "topics").glob("*.yaml"))
    (example,) = examples["yaml"]
    assert [each.id for each in read(example, "docs/alerts.md", topics)] == ["lithium-triangle"]
