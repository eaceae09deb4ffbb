"""A worker's own watch, on a thread and connections of its own: lag, signs of life, latches, trimming.

It goes on while the worker is busy, so health tells the truth about a log that has gone away meanwhile.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence

from services import telemetry
from services.log.base import Log, LogError
from services.log.connect import connect as connect_log
from services.pipeline import topics
from services.settings import Settings
from services.store.base import StoreError
from services.store.connect import connect as connect_store
from services.store.operations import Process
from services.telemetry import log

_EVERY = 1.0
_TRIM_EVERY = 60  # turns
_TTL = 15.0


class Reporter:
    """Started once, stopped once. `problem`: why log or store cannot be asked, or empty."""

    def __init__(
        self,
        settings: Settings,
        stage: str,
        reads: Sequence[tuple[str, str]],
        member: str,
        address: str,
        problem_of_worker: Callable[[], str],
    ) -> None:
        """`reads`: topics and groups whose lag is reported; none for a stage that reads no topic."""
        self.problem = ""
        self._settings = settings
        self._stage = stage
        self._reads = reads
        self._member = member
        self._address = address
        self._problem_of_worker = problem_of_worker
        self._latched = threading.Event()
        self._stop = threading.Event()
        self._log: Log | None = None
        self._store = connect_store(settings.store, settings)
        self._turns = 0
        self._thread = threading.Thread(target=self._run, name="report", daemon=True)

    def start(self) -> None:
        """Begins to report."""
        self._thread.start()

    def stop(self) -> None:
        """Ends; waits for the turn at hand."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        self._store.close()

    def watch_latch(self, latched: threading.Event) -> None:
        """Sets this event when the stage is latched, by whichever worker."""
        self._latched = latched

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._turn()
                self.problem = ""
            except (LogError, StoreError) as error:
                if not self.problem:
                    log.warning("cannot report", detail=str(error))
                self.problem = f"{type(error).__name__}: {error}"
                self._close_log()
            self._stop.wait(_EVERY)
        self._close_log()

    def _turn(self) -> None:
        if self._log is None:
            self._log = connect_log(self._settings.log, kafka=self._settings.kafka)
            self._log.prepare(topics(self._settings))
        if self._reads:
            telemetry.LAG.labels(self._stage).set(sum(self._log.lag(*each) for each in self._reads))
        self._turns += 1
        if self._turns % _TRIM_EVERY == 0:
            self._tidy()
        if self._stage in self._store.operations.latches():
            self._latched.set()
        self._store.operations.report(
            Process(
                name=self._member,
                stage=self._stage,
                pid=os.getpid(),
                address=self._address,
                at=telemetry.now(),
                problem=self._problem_of_worker(),
            ),
            _TTL,
        )

    def _tidy(self) -> None:
        """Removes what has outlived its time; every worker does, and finds nothing when another was first."""
        now = telemetry.now()
        if self._reads and self._log is not None:
            self._log.trim(now)
        if lost := self._store.dead_letters.expire(now).open:
            log.warning("dead letters removed unseen: there are too many", count=lost, then="atalaya dead-letters list")

    def _close_log(self) -> None:
        opened, self._log = self._log, None
        if opened is not None:
            try:
                opened.close()
            except LogError as error:
                log.debug("closing the log failed", detail=str(error))
