"""What cannot be handled, as an operator meets it: a real stage, a real store, the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from services.log.base import Log, Record
from services.log.connect import connect
from services.model.codec import VERSION, encode
from services.pipeline import TAGGED, topics
from services.settings import load
from tests.acceptance.test_order import tagged
from tests.conftest import until


class Match:
    """`atalaya run match` on a store of its own."""

    def __init__(self, url: str, repository: Path, folder: Path) -> None:
        own = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        self._environment = own | {"ATALAYA_LOG": url, "ATALAYA_STORE": url, "ATALAYA_DATA": str(folder)}
        self._repository = repository
        self._output = folder / "match.log"
        self.log: Log = connect(url)
        self.log.prepare(topics(load(environ=self._environment)))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "services", "run", "match", "--number", "0", "--metrics-port", "0"]
        with self._output.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=self._repository, env=self._environment, stdout=output, stderr=output
            )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def said(self, event: str) -> list[dict[str, str]]:
        lines = self._output.read_text().splitlines() if self._output.exists() else []
        return [line for line in map(json.loads, lines) if line["event"] == event]

    def command(self, *arguments: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "services", *arguments],
            cwd=self._repository,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    def lag(self) -> int:
        return self.log.lag(TAGGED, "atalaya.match")


@pytest.fixture
def match(valkey: str, repository: Path, tmp_path: Path) -> Iterator[Match]:
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    service = Match(valkey, repository, tmp_path)
    yield service
    if service.process is not None and service.process.poll() is None:
        service.process.kill()
        service.process.wait()
    service.log.close()


def test_an_unreadable_record_is_listed_shown_and_retried_and_the_rest_flows(match: Match) -> None:
    good = tagged(1, 1)
    match.log.append(TAGGED, [Record("bad", b'{"v":1,"body":{"type":"tagged"}}'), Record(good.id, encode(good))])
    match.start()
    until(lambda: match.lag() == 0, 60, "both handled")
    status, text = match.command("dead-letters", "list", "--json")
    (letter,) = json.loads(text)
    assert status == 0 and letter["stage"] == "match" and letter["key"] == "bad"
    assert letter["reason"].startswith("unreadable: not a TaggedArticle record")
    status, text = match.command("dead-letters", "show", letter["id"])
    assert status == 0 and "Unreadable" in text and '{"v":1,"body":{"type":"tagged"}}' in text
    status, text = match.command("dead-letters", "retry", letter["id"])
    assert (status, text) == (0, f"{letter['id']}: sent again\n")
    until(lambda: len(match.said("dead letter")) == 2, 30, "it fails again, as it must")
    status, text = match.command("dead-letters", "drop", "--stage", "match")
    assert status == 0 and "dropped" in text
    assert json.loads(match.command("dead-letters", "list", "--json")[1]) == []
    assert match.command("dead-letters", "show", "nothing")[0] == 1
    assert match.command("dead-letters", "retry")[0] == 2


def test_a_record_of_a_newer_release_stops_the_stage_and_is_not_binned(match: Match) -> None:
    newer = tagged(2, 1)
    match.log.append(TAGGED, [Record(newer.id, encode(newer, version=VERSION + 1))])
    match.start()
    latched = until(lambda: match.said("latched"), 60, "the latch")
    assert f"a record has version {VERSION + 1}" in latched[0]["reason"]  # type: ignore[index]
    assert "upgrade" in latched[0]["reason"]  # type: ignore[index]
    assert match.lag() == 1
    assert json.loads(match.command("dead-letters", "list", "--json")[1]) == []

    def problem() -> str:
        status, text = match.command("lag", "--json")
        assert status == 0
        return str(next(row["problem"] for row in json.loads(text) if row["stage"] == "match"))

    # the worker reports itself once a second
    until(lambda: problem().startswith("latched: atalaya.tagged"), 20, "the reason is told")
    assert match.stop() == 0
