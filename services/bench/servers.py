"""Servers of the benchmark's own: an embedded Valkey, and a real Apache Kafka where Java and Maven are installed."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.embedded import EmbeddedValkey
from services.settings import Embedded

_KAFKA = Path(__file__).resolve().parents[2] / "deploy" / "kafka" / "kafka.sh"


class Missing(RuntimeError):
    """A server cannot be had on this machine: the rows that need it are left out, and this says why."""


@contextmanager
def valkey(folder: Path) -> Iterator[str]:
    """The URL of a Valkey as `atalaya up` starts it, append-only file and all; gone at the end."""
    server = EmbeddedValkey(folder, Embedded(max_memory_mb=2048))
    server.start()
    try:
        yield server.url
    finally:
        server.stop()


@contextmanager
def kafka(folder: Path) -> Iterator[str]:
    """host:port of one Kafka broker with its data in this folder; gone at the end. Raises `Missing`."""
    jars = Path(_kafka_script("jars", dict(os.environ)))
    cache = folder / "kafka"
    cache.mkdir(parents=True)
    (cache / "jars").symlink_to(jars)
    port = _two_free_ports()
    environment = {**os.environ, "KAFKA_CACHE": str(cache), "ATALAYA_KAFKA_PORT": str(port)}
    try:
        _kafka_script("start", environment)
        yield f"127.0.0.1:{port}"
    finally:
        _kafka_script("stop", environment)


def _kafka_script(command: str, environment: dict[str, str]) -> str:
    """What it printed."""
    done = subprocess.run(
        [str(_KAFKA), command], env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    if done.returncode:
        raise Missing((done.stderr or done.stdout).strip())
    return done.stdout.strip()


def _two_free_ports() -> int:
    """A port that is free together with the one after it: Kafka's controller listens there."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port
