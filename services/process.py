"""What every process of the service does: stops on signals, and when its supervisor is gone."""

from __future__ import annotations

import os
import signal
import threading
from types import FrameType

from services.telemetry import log


def stop_on_signals(stop: threading.Event) -> None:
    """SIGTERM and SIGINT set the event."""

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)


def follow(parent: int, stop: threading.Event) -> None:
    """Sets the event when the process `parent` is no longer ours, however it ended; 0 follows nobody."""
    if parent:
        threading.Thread(target=_watch, args=(parent, stop), name="follow", daemon=True).start()


def _watch(parent: int, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        if os.getppid() != parent:
            log.warning("the supervisor is gone: stopping")
            stop.set()
