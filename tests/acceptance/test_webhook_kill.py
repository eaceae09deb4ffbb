"""Deliver workers as real processes, killed while they send: every webhook arrives, and its id tells doubles."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from aiohttp import web

from services.settings import Settings
from services.store.connect import connect
from tests.acceptance.test_webhook import NEW, Receiver, subscribe
from tests.conftest import until
from tests.tagged_samples import finding

COUNT = 300


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


class Workers:
    """`atalaya run deliver`, several times over."""

    def __init__(self, repository: Path, data: Path, store: str, port: int) -> None:
        self._folder = repository
        self._environment = os.environ | {
            "ATALAYA_LOG": store,
            "ATALAYA_STORE": store,
            "ATALAYA_DATA": str(data),
            "ATALAYA_METRICS_ENABLED": "false",
            "ATALAYA_HTTP_ALLOW_PRIVATE": f"127.0.0.1:{port}",
            "ATALAYA_WEBHOOKS_TIMEOUT_SECONDS": "1",
            "ATALAYA_DELIVER_LEASE_SECONDS": "2",
            "ATALAYA_DELIVER_SCHEDULE": ",".join(["0.2"] * 40),
            "ATALAYA_DELIVER_CIRCUIT_SECONDS": "0.2",
        }
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        command = [sys.executable, "-m", "services", "run", "deliver"]
        self.running.append(
            subprocess.Popen(command, cwd=self._folder, env=self._environment, stdout=subprocess.DEVNULL)
        )

    def kill(self, number: int) -> None:
        process = self.running.pop(number)
        process.send_signal(signal.SIGKILL)
        process.wait(10)

    def stop(self) -> list[int]:
        for process in self.running:
            process.send_signal(signal.SIGTERM)
        return [process.wait(15) for process in self.running]


def test_no_webhook_is_lost_however_workers_die(
    receiver: Receiver, valkey: str, repository: Path, tmp_path: Path
) -> None:
    """Two workers, killed and replaced while the receiver fails and stalls at random; then they stop."""
    chance = random.Random(7)
    accepted: list[str] = []

    async def moody(request: web.Request, number: int) -> web.Response:
        if chance.random() < 0.15:
            return web.Response(status=chance.choice((500, 503, 404)))
        accepted.append(request.headers["webhook-id"])
        return web.Response()

    for path in ("a", "b", "c"):
        receiver.hooks[path] = moody
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    store = connect(valkey, Settings())
    expected = set()
    for number in range(COUNT):
        path = "abc"[number % 3]
        subscribe(store, path, receiver.url(path), NEW)
        found = finding(str(number), (path,), addresses=(receiver.url(path),))
        store.alerts.raise_all([found], time.time())
        expected.add(found.alerts[0].deliveries[0].id)
    workers = Workers(repository, tmp_path, valkey, receiver.port)
    workers.start()
    workers.start()
    try:
        for part in range(1, 5):
            until(lambda part=part: len(accepted) >= COUNT * part // 6, 60.0, f"part {part} of the webhooks")
            workers.kill(chance.randrange(2))
            workers.start()
        until(lambda: set(accepted) == expected, 60.0, f"all webhooks; {len(set(accepted))} of {COUNT} came")
        until(lambda: not store.deliveries.endpoints(), 30.0, "every delivery settled")
    finally:
        statuses = workers.stop()
    assert 0 in statuses and set(statuses) <= {0, -signal.SIGTERM}, "one that was still starting just ends"
    assert len(accepted) - COUNT <= 4 * 3 * 4 + 4, "doubles: at most what was in flight at each kill"
    assert store.deliveries.recent("dead") == []
    store.close()
