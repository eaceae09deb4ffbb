"""What every process of the service does: stops on signals, and when its supervisor is gone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from services.telemetry import log

_PATIENCE = 15.0  # seconds; a supervisor gives ten


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set the event."""

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)


def follow(parent: int, stop: threading.Event, patience: float = _PATIENCE) -> None:
    """Sets the event when the process `parent` is no longer ours, however it ended; 0 follows nobody.

    Who has not left after `patience` seconds is ended: a client library that hangs when its server is gone as well
    would keep the process for ever, and nobody is left to kill it. Nothing is lost: what was not committed comes again.
    """
    if parent:
        threading.Thread(target=_watch, args=(parent, stop, patience), name="follow", daemon=True).start()


@contextmanager
def own_terminal() -> Iterator[None]:
    """While it lasts we are the terminal's foreground job, and Ctrl-C reaches us alone.

    Under `make run` it would reach make as well, which then reports an interrupt although we stopped in order.
    Does nothing where standard input is no terminal of ours, or where we are its foreground job already.
    """
    try:
        before = os.tcgetpgrp(0)
        if before != os.getpgrp() or before == os.getpid():
            raise OSError
    except OSError:
        yield
        return
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # changing the foreground from the background is what we want
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    try:
        yield
    finally:
        with suppress(OSError):
            os.tcsetpgrp(0, before)


def _watch(parent: int, stop: threading.Event, patience: float) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    if not stop.is_set():
        log.warning("the supervisor is gone: stopping")
        stop.set()
    time.sleep(patience)
    log.error("did not stop in time, ended", seconds=patience)
    os._exit(75)  # sysexits.h: to be tried again
