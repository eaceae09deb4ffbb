"""An Apache Kafka of one node, KRaft, on free ports of loopback: formatted, started, killed and started again."""

from __future__ import annotations

import fcntl
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def FileLock(path: Path) -> Iterator[None]:  # noqa: N802 - reads as the thing it is
    """One process at a time: several test workers fetch the jars once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


class Broker:
    """One node, or one of several when `voters` is given ("1@127.0.0.1:9093,…")."""

    def __init__(
        self, jars: Path, folder: Path, *, node: int = 1, ports: tuple[int, int] | None = None, voters: str = ""
    ) -> None:
        self.folder = folder
        self.port, self.controller = ports or tuple(free_ports(2))  # type: ignore[assignment]
        self._jars = jars
        self._node = node
        self._voters = voters
        self._process: subprocess.Popen[bytes] | None = None
        self._size = max(1, voters.count("@"))

    @property
    def url(self) -> str:
        """For `log` settings."""
        return f"kafka://127.0.0.1:{self.port}"

    def format(self, cluster: str) -> None:
        """Writes the settings and prepares the data folder."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._properties().write_text(self._settings())
        alone = [] if self._voters else ["--standalone"]
        self._java("kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self._properties()), *alone)

    def start(self) -> None:
        """Returns when the broker serves; formats the folder first when it is new."""
        self.launch()
        self.wait()

    def launch(self) -> None:
        """Starts the process."""
        if not self._properties().exists():
            self.format("MkU3OEVBNTcwNTJENDM2Qk")
        with (self.folder / "kafka.log").open("wb") as output:
            self._process = subprocess.Popen(
                ["java", "-Xmx384m", "-cp", f"{self._jars}/*", "kafka.Kafka", str(self._properties())],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
            )

    def wait(self, seconds: float = 90.0) -> None:
        """Until the broker says that it serves."""
        deadline = time.monotonic() + seconds
        log = self.folder / "kafka.log"
        while time.monotonic() < deadline:
            text = log.read_text(errors="replace")
            if "Kafka Server started" in text:
                return
            if self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"Kafka ended at once:\n{text[-2000:]}")
            time.sleep(0.1)
        raise RuntimeError(f"Kafka did not start:\n{log.read_text(errors='replace')[-2000:]}")

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """SIGTERM, then SIGKILL."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _settings(self) -> str:
        copies = min(3, self._size)
        quorum = (
            f"controller.quorum.voters={self._voters}"
            if self._voters
            else f"controller.quorum.bootstrap.servers=127.0.0.1:{self.controller}"
        )
        return "\n".join(
            [
                "process.roles=broker,controller",
                f"node.id={self._node}",
                f"listeners=PLAINTEXT://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller}",
                f"advertised.listeners=PLAINTEXT://127.0.0.1:{self.port}",
                "controller.listener.names=CONTROLLER",
                quorum,
                f"log.dirs={self.folder / 'data'}",
                f"offsets.topic.replication.factor={copies}",
                "offsets.topic.num.partitions=8",
                f"transaction.state.log.replication.factor={copies}",
                f"transaction.state.log.min.isr={max(1, copies - 1)}",
                "group.initial.rebalance.delay.ms=0",
                "auto.create.topics.enable=false",
                "",
            ]
        )

    def _java(self, *arguments: str) -> None:
        done = subprocess.run(
            ["java", "-cp", f"{self._jars}/*", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stderr[-1000:]}{done.stdout[-1000:]}")
