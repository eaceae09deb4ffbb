"""`atalaya up`: everything on one machine. The embedded Valkey, one process per worker, one combined log.

Owns starting, restarting with back-off, and stopping in order. Does none of the work, and loses none when it is
killed: its workers notice and stop, and the next `up` goes on where they committed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime

from services import telemetry
from services.embedded import DataLock, EmbeddedValkey
from services.footprint import keep_memory_steady
from services.health import HealthServer, sights_page
from services.pipeline import workers
from services.process import stop_on_signals
from services.render import readable
from services.settings import Settings
from services.store.base import Store, StoreError
from services.store.connect import connect as connect_store
from services.telemetry import log

_FIRST_DELAY, _LONGEST_DELAY = 0.5, 30.0
_SETTLED = 30.0  # seconds after which a worker's back-off starts from the beginning again
_EMBEDDED = "embedded"


class Worker:
    """One worker process, started as often as it takes."""

    def __init__(self, stage: str, command: list[str], environment: Mapping[str, str], output: Output) -> None:
        self.stage = stage
        self._command = command
        self._environment = dict(environment)
        self._output = output
        self._process: subprocess.Popen[str] | None = None
        self._delay = _FIRST_DELAY
        self._started = 0.0
        self._start_at = 0.0

    @property
    def running(self) -> bool:
        """The process lives."""
        return self._process is not None and self._process.poll() is None

    def tend(self, now: float) -> None:
        """Starts it when it is due; plans the next start when it has ended."""
        if self.running:
            return
        if self._process is not None:
            self._plan(self._process.returncode, now)
        elif now >= self._start_at:
            self._start(now)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        if self._process is not None and self.running:
            self._process.terminate()

    def end(self, deadline: float) -> None:
        """Waits until the deadline, then kills."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            log.warning("did not stop in time, killed", worker=self.stage)
            self._process.kill()
            self._process.wait()

    def _start(self, now: float) -> None:
        self._started = now
        self._process = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,  # Ctrl-C is ours: we stop the workers in order
        )
        threading.Thread(target=self._output.copy, args=(self._process,), daemon=True).start()

    def _plan(self, status: int, now: float) -> None:
        self._process = None
        if now - self._started > _SETTLED:
            self._delay = _FIRST_DELAY
        self._start_at = now + self._delay
        log.warning("worker ended, starting it again", worker=self.stage, status=status, seconds=self._delay)
        telemetry.RESTARTS.labels(self.stage).inc()
        self._delay = min(self._delay * 2, _LONGEST_DELAY)


class Output:
    """The combined log: lines of all workers, readable on a terminal. Thread-safe."""

    def __init__(self, style: str) -> None:
        self._pretty = style == "pretty" or (style == "auto" and sys.stdout.isatty())
        self._colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()

    def copy(self, process: subprocess.Popen[str]) -> None:
        """Copies a worker's lines until it ends."""
        if process.stdout is not None:
            with process.stdout:
                for line in process.stdout:
                    self.write(line)

    def write(self, line: str) -> None:
        """One line (structlog writes its own lines through this too)."""
        text = line.rstrip("\n")
        if not text:
            return
        if self._pretty:
            width = min(shutil.get_terminal_size().columns, 110)
            text = readable(text, time.time(), colour=self._colour, width=width)
        with self._lock:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()

    def flush(self) -> None:
        """Every line is flushed as it is written."""


class Supervisor:
    """Made with settings, run once."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = threading.Event()
        self._output = Output(settings.logging.format)
        self._valkey: EmbeddedValkey | None = None
        self._workers: list[Worker] = []
        self._store: Store | None = None
        self._address = ""

    def run(self) -> int:
        """Until SIGTERM or Ctrl-C; 0. Raises `EmbeddedError` when nothing could be started."""
        telemetry.configure_logging(self._settings.logging.level, "up", stream=self._output)
        keep_memory_steady()
        stop_on_signals(self._stop)
        lock = DataLock(self._settings.data)
        health: HealthServer | None = None
        try:
            self._start_store()
            if self._settings.metrics.enabled:
                health = self._serve_health()
            self._workers = self._make_workers()
            self._tend_until_stopped()
        finally:
            self._end_workers()
            if health:
                health.close()
            if self._store:
                self._store.close()
            if self._valkey:
                self._valkey.stop()
            lock.release()
        log.info("stopped")
        return 0

    def _start_store(self) -> None:
        if _EMBEDDED in (self._settings.log, self._settings.store):
            self._valkey = EmbeddedValkey(self._settings.data, self._settings.embedded)
            self._valkey.start()
            log.info("embedded Valkey started", folder=str(self._valkey.folder))
        self._store = connect_store(self._url(self._settings.store), self._settings)

    def _url(self, setting: str) -> str:
        return self._valkey.url if setting == _EMBEDDED and self._valkey else setting

    def _make_workers(self) -> list[Worker]:
        jobs = [(name, number) for name, count in workers(self._settings).items() for number in range(count)]
        environment = self._environment()
        if self._settings.newsroom.enabled:
            jobs.insert(0, ("newsroom", 0))
            started = datetime.now(UTC).isoformat()
            log.info("sample newsroom on: its articles are invented", off="newsroom.enabled = false")
        made = []
        for place, (name, number) in enumerate(jobs, 1):
            port = self._settings.metrics.port + place if self._settings.metrics.port else 0
            command = [sys.executable, "-m", "services", "run", name, "--number", str(number)]
            command += ["--metrics-port", str(port), "--parent", str(os.getpid())]
            if name == "newsroom":
                command += ["--started", started]
            made.append(Worker(name, command, environment, self._output))
        return made

    def _environment(self) -> dict[str, str]:
        own = {
            "ATALAYA_LOG": self._url(self._settings.log),
            "ATALAYA_STORE": self._url(self._settings.store),
            "PYTHONUNBUFFERED": "1",
        }
        if self._settings.newsroom.enabled:
            own["ATALAYA_NEWSROOM_PORT"] = str(_port(self._settings.newsroom.host, self._settings.newsroom.port))
        return {**os.environ, **own}

    def _tend_until_stopped(self) -> None:
        log.info("running", workers=len(self._workers), log=_safe(self._url(self._settings.log)))
        while not self._stop.is_set():
            now = time.monotonic()
            if self._valkey and self._valkey.pid is None:
                log.error("the embedded Valkey ended, starting it again")
                self._valkey.start()
            for worker in self._workers:
                worker.tend(now)
            self._stop.wait(0.1)
        log.info("stopping")

    def _end_workers(self) -> None:
        deadline = time.monotonic() + self._settings.workers.stop_seconds
        for worker in self._workers:
            worker.ask_to_stop()
        for worker in self._workers:
            worker.end(deadline)

    def _serve_health(self) -> HealthServer:
        server = HealthServer(
            self._settings.metrics.host,
            self._settings.metrics.port,
            self._problem,
            {"/": self._processes_page, "/targets": self._targets_page, "/health/sights": self._sights_page},
        )
        self._address = server.address
        log.info("health and metrics", at=f"http://{server.address}/health/ready")
        return server

    def _problem(self) -> str:
        """The first thing that keeps the whole from working."""
        if self._valkey and self._valkey.pid is None:
            return "the embedded Valkey does not run"
        if missing := sorted({worker.stage for worker in self._workers if not worker.running}):
            return f"not running: {', '.join(missing)}"
        try:
            processes = self._store.operations.processes() if self._store else []
        except StoreError as error:
            return f"store: {error}"
        reported = {process.stage for process in processes}
        if silent := sorted({name for name, count in workers(self._settings).items() if count} - reported):
            return f"no sign of life yet: {', '.join(silent)}"
        return next((f"{each.stage}: {each.problem}" for each in processes if each.problem), "")

    def _processes_page(self) -> tuple[int, str, bytes]:
        processes = self._store.operations.processes() if self._store else []
        rows = [{"stage": p.stage, "name": p.name, "metrics": p.address, "problem": p.problem} for p in processes]
        return 200, "application/json", json.dumps(rows, indent=1).encode() + b"\n"

    def _sights_page(self) -> tuple[int, str, bytes]:
        assert self._store is not None  # noqa: S101 - connected before health is served
        return sights_page(self._store.sights, telemetry.now)

    def _targets_page(self) -> tuple[int, str, bytes]:
        """Prometheus HTTP service discovery (http_sd_configs)."""
        processes = self._store.operations.processes() if self._store else []
        rows = [{"targets": [self._address], "labels": {"stage": "up"}}]
        rows += [{"targets": [p.address], "labels": {"stage": p.stage}} for p in processes if p.address]
        return 200, "application/json", json.dumps(rows).encode() + b"\n"


def _port(host: str, port: int) -> int:
    """This port, or a free one when it is 0 or taken: workers and newsroom must agree on it."""
    for wanted in (port, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, wanted))
            except OSError:
                log.warning("newsroom port is taken, using a free one", port=port)
                continue
            return int(probe.getsockname()[1])
    return port


def _safe(url: str) -> str:
    """Without the password."""
    head, at, tail = url.rpartition("@")
    return f"{head.partition('://')[0]}://…@{tail}" if at else url
