"""The service under chaos: a folder with its settings, `atalaya up` in it, and the kills."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.chaos.corpus import SUBSCRIPTIONS

REPOSITORY = Path(__file__).resolve().parent.parent.parent

_SETTINGS = """
log = "{log}"
[topics]
partitions = 4
[workers]
poll = 2
tag = 2
match = 2
deliver = 2
[metrics]
port = 0
[newsroom]
enabled = false
[http]
allow_private = ["{newspaper}", "{receiver}"]
host_seconds = 0.0
per_host = 8
robots = false
[poll]
interval_seconds = 3
min_seconds = 2
max_seconds = 4
lease_seconds = 6
[deliver]
schedule = [0.5, 0.5, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3]
lease_seconds = 8
circuit_seconds = 1
per_endpoint = 16
[webhooks]
timeout_seconds = 2
[logging]
format = "json"
"""


class Service:
    """`atalaya up` in a folder of its own; started, killed and started again."""

    def __init__(self, folder: Path, log: str, newspaper: str, receiver: str, secret: str, feeds: int) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._write(log, newspaper, receiver, secret, feeds)

    @property
    def store(self) -> str:
        """The embedded Valkey's URL."""
        return f"unix://{self.folder / 'data' / 'valkey' / 'valkey.sock'}"

    def start(self) -> None:
        """Starts `up`; its log goes to a file."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")}
        environment |= {"ATALAYA_SETTINGS": str(self.folder / "config" / "atalaya.toml")}
        with (self.folder / "up.log").open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services", "up"], cwd=REPOSITORY, env=environment, stdout=output, stderr=output
            )

    def alive(self) -> bool:
        """The supervisor lives."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> int:
        """SIGTERM; the exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    def kill_one(self, chance: random.Random) -> str:
        """SIGKILL to one process of the service, the supervisor included, Valkey excluded; what it was.

        One kill in eight is the supervisor's: its workers go with it, so more would leave them no turn.
        """
        assert self._process is not None
        pid, name = self._process.pid, "up"
        if chance.random() > 0.12:
            pid, name = chance.choice(self._workers())
        _kill(pid)
        if name == "up":
            self._process.wait()
        return name

    def _workers(self) -> list[tuple[int, str]]:
        """Every process below the supervisor but Valkey; waits until there is one."""
        assert self._process is not None
        while self.alive():
            if found := [each for each in _below(self._process.pid) if each[1] != "valkey"]:
                return found
            time.sleep(0.1)
        raise AssertionError(f"the supervisor ended by itself; see {self.folder / 'up.log'}")

    def kill_store(self) -> bool:
        """SIGKILL to Valkey; the supervisor starts it again in the same folder."""
        assert self._process is not None
        for pid, name in _below(self._process.pid):
            if name == "valkey":
                _kill(pid)
                return True
        return False

    def _write(self, log: str, newspaper: str, receiver: str, secret: str, feeds: int) -> None:
        config = self.folder / "config"
        shutil.copytree(REPOSITORY / "config", config)
        (config / "atalaya.toml").write_text(_SETTINGS.format(log=log, newspaper=newspaper, receiver=receiver))
        outlines = "".join(
            f'<outline type="rss" text="Diario {number}" title="Diario {number}" '
            f'xmlUrl="http://{newspaper}/feed/{number}" htmlUrl="http://{newspaper}/" country="PE" language="es" '
            f'outlet="diario-{number}" family="chaos" kind="press" focus="general" verified="no" provenance="chaos"/>\n'
            for number in range(feeds)
        )
        (config / "feeds.opml").write_text(
            f"<opml version='2.0'><head><title>chaos</title></head><body>{outlines}</body></opml>"
        )
        asked = {
            name: f"areas: [{', '.join(sorted(kinds))}]" if len(kinds) == 1 else "areas: [mining, security, migration]"
            for name, kinds in SUBSCRIPTIONS.items()
        }
        rows = "".join(
            f"  - id: {name}\n    title: {name}\n    {areas}\n    targets:\n"
            f"      - webhook: http://{receiver}/{name}\n        secrets: [{secret}]\n"
            for name, areas in asked.items()
        )
        (config / "subscriptions.yaml").write_text(f"subscriptions:\n{rows}")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _below(pid: int) -> list[tuple[int, str]]:
    """Every process below this one, as (pid, name), from /proc."""
    parents: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes().decode("utf-8", "replace").split("\0")
        except (OSError, IndexError, ValueError):
            continue
        parents.setdefault(parent, []).append(int(entry.name))
        names[int(entry.name)] = _name(command)
    found, waiting = [], [pid]
    while waiting:
        for child in parents.get(waiting.pop(), []):
            found.append((child, names[child]))
            waiting.append(child)
    return found


def _name(command: list[str]) -> str:
    if "valkey-server" in command[0]:
        return "valkey"
    if "run" in command:
        return command[command.index("run") + 1]
    return "parser"
