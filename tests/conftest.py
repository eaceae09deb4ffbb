"""Real servers for the tests: an embedded Valkey, a Redis from Debian, an Apache Kafka from Maven Central.

What is missing on the machine skips with its reason; with CI=true it fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog

from services.embedded import EmbeddedValkey
from services.settings import Embedded
from tests.broker import Broker, FileLock


def missing(reason: str) -> None:
    """Skips at home, fails in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {reason}")
    pytest.skip(reason)


def until(condition: Callable[[], object], seconds: float = 20.0, what: str = "") -> object:
    """The condition's first true answer; fails when it has none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """A test that configures logging sends its lines to a stream that ends with it."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an embedded Valkey of this test session."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("v"), Embedded(max_memory_mb=512))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(scope="session")
def debian_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a Redis server from the machine's packages."""
    binary = shutil.which("redis-server")
    if binary is None:
        missing("redis-server is not installed (Debian: apt-get install redis-server)")
    assert binary is not None
    folder = tmp_path_factory.mktemp("r")
    socket = folder / "redis.sock"
    arguments = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    with (folder / "log").open("wb") as output:
        process = subprocess.Popen([binary, *arguments], stdout=output, stderr=output)
    until(socket.exists, what="redis-server's socket")
    yield f"unix://{socket}"
    process.terminate()
    process.wait(10)


@pytest.fixture(params=["valkey", "debian_redis"])
def redis_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A real server, emptied before each test: the embedded Valkey, then Debian's Redis."""
    import redis

    url: str = request.getfixturevalue(request.param)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    yield url


@pytest.fixture(params=["memory", "valkey", "debian_redis"])
def store_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every store adapter: memory, the embedded Valkey, Debian's Redis; empty before each test."""
    if request.param == "memory":
        yield "memory://"
        return
    import redis

    url: str = request.getfixturevalue(request.param)
    with redis.Redis.from_url(url) as client:
        client.flushall()
    yield url


@pytest.fixture
def unique() -> str:
    """A name that no other test uses."""
    return uuid.uuid4().hex[:10]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def kafka_jars(repository: Path) -> Path:
    """The jars of Apache Kafka, fetched once from Maven Central."""
    for tool in ("java", "mvn"):
        if shutil.which(tool) is None:
            missing(f"{tool} is not installed: no Apache Kafka to test against")
    script = repository / "deploy" / "kafka" / "kafka.sh"
    with FileLock(repository / ".cache" / "kafka.lock"):
        done = subprocess.run([str(script), "jars"], capture_output=True, text=True, check=False)
    if done.returncode:
        missing(f"the jars of Apache Kafka cannot be fetched: {done.stderr[-300:]}")
    return Path(done.stdout.strip())


@pytest.fixture(scope="session")
def kafka(kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of an Apache Kafka of this test session."""
    broker = Broker(kafka_jars, tmp_path_factory.mktemp("k"))
    broker.start()
    yield broker.url
    broker.stop()
