"""One process of one stage: connects, works, waits while latched, reports itself, leaves in order.

Exit statuses: 0 after a stop that was asked for; 75 (EX_TEMPFAIL) when log or store failed, so that whoever started
it starts it again later. What was not committed is handled again then.
"""

from __future__ import annotations

import os
import socket
import threading

from services import telemetry
from services.dead_letter_box import DeadLetterBox
from services.footprint import keep_memory_steady
from services.health import HealthServer, sights_page
from services.log.base import Log, LogError
from services.log.connect import connect as connect_log
from services.model.codec import VERSION
from services.pipeline import STEPS, Context, Parts, Step, reads, topics
from services.process import follow, stop_on_signals
from services.reporter import Reporter
from services.settings import Settings
from services.stage import Latched
from services.store.base import Store, StoreError
from services.store.connect import connect as connect_store
from services.store.operations import Latch
from services.telemetry import log
from services.worker import Worker

TEMPFAIL = 75  # sysexits.h


def run(settings: Settings, name: str, number: int | None, metrics_port: int, parent: int = 0) -> int:
    """Runs until SIGTERM or SIGINT, or until `parent` is gone; the exit status.

    `number` names this worker among those of its stage on this machine, so that its next life takes over at once
    what this one leaves; None makes a name that nobody else has.
    """
    stop = threading.Event()
    keep_memory_steady()
    stop_on_signals(stop)
    follow(parent, stop)
    member = f"{name}-{os.getpid() if number is None else number}@{socket.gethostname()}"
    try:
        return _Process(settings, STEPS[name], member, metrics_port, stop).run()
    except (LogError, StoreError) as error:
        log.error("stopped: will be started again", detail=f"{type(error).__name__}: {error}")
        return TEMPFAIL


class _Process:
    def __init__(self, settings: Settings, step: Step, member: str, metrics_port: int, stop: threading.Event) -> None:
        self._settings = settings
        self._step = step
        self._member = member
        self._stop = stop
        self._latched = ""
        self._worker: Worker[object] | None = None
        self._store: Store = connect_store(settings.store, settings)
        self._log: Log = connect_log(settings.log, kafka=settings.kafka)
        self._health = self._serve_health(metrics_port) if settings.metrics.enabled else None
        self._reporter = Reporter(
            settings,
            step.name,
            reads(step),
            member,
            self._health.address if self._health else "",
            self.problem,
        )

    def run(self) -> int:
        """Works; whatever happens, everything is closed."""
        log.info("starting", member=self._member)
        try:
            self._log.prepare(topics(self._settings))
            self._reporter.start()
            while not self._stop.is_set():
                if self._wait_while_latched():
                    self._work()
        finally:
            self._reporter.stop()
            if self._health:
                self._health.close()
            self._log.close()
            self._store.close()
        log.info("stopped", member=self._member)
        return 0

    def problem(self) -> str:
        """What keeps this process from working, or nothing."""
        return self._latched or (self._worker.problem if self._worker else "") or self._reporter.problem

    def _serve_health(self, port: int) -> HealthServer:
        pages = {"/health/sights": lambda: sights_page(self._store.sights, telemetry.now)}
        return HealthServer(self._settings.metrics.host, port, self.problem, pages)

    def _work(self) -> None:
        """Until stopped or latched."""
        paused = _EitherEvent(self._stop)
        parts: Parts = self._step.build(Context(self._settings, self._store, self._log, self._member))
        self._reporter.watch_latch(paused.second)
        self._worker = Worker(
            self._step.name,
            parts.source,
            parts.stage,
            appender=self._log,
            writes=self._step.writes,
            dead=DeadLetterBox(self._log, self._store.dead_letters),
            traces=self._store.traces,
            settings=self._settings.workers,
            stop=paused,
        )
        try:
            self._worker.run()
        except Latched as latched:
            self._store.operations.latch(
                Latch(stage=self._step.name, reason=latched.reason, since=telemetry.now(), needs=latched.needs)
            )
            log.error("latched", reason=latched.reason, then=f"atalaya resume {self._step.name}")
        finally:
            parts.source.close()
            self._worker = None

    def _wait_while_latched(self) -> bool:
        """True when there is work to do; a latch that waited for this release is lifted."""
        while not self._stop.is_set():
            latch = self._store.operations.latches().get(self._step.name)
            if latch is not None and latch.needs is not None and latch.needs <= VERSION:
                log.info("this release reads what the stage stopped for: going on", needs=latch.needs)
                self._store.operations.resume(self._step.name)
                latch = None
            self._latched = f"latched: {latch.reason}" if latch else ""
            telemetry.LATCHED.labels(self._step.name).set(bool(latch))
            if latch is None:
                return True
            self._stop.wait(0.5)
        return False


class _EitherEvent(threading.Event):
    """Set when the process is stopped, or when another worker of the stage has latched it."""

    def __init__(self, first: threading.Event) -> None:
        super().__init__()
        self._first = first
        self.second = threading.Event()

    def is_set(self) -> bool:
        return self._first.is_set() or self.second.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        return self._first.wait(timeout) or self.second.is_set()
