"""`atalaya run newsroom`: the newsroom as a process that stops in order.

Owns signals, the process that started it, and the exit status. Does not own the server (server.py).
"""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime
from types import FrameType

from services.newsroom.server import NewsroomError, NewsroomServer
from services.settings import Settings
from services.telemetry import log

_CANNOT_LISTEN = 75  # sysexits.h EX_TEMPFAIL: whoever started it starts it again later


def run_newsroom(settings: Settings, started: datetime | None = None, parent: int = 0) -> int:
    """Serves until SIGTERM or SIGINT, or until `parent` is gone; the exit status.

    `started`: the edition's start, so that a newsroom that is started again goes on with it; without a zone it is
    in UTC. None begins a new edition.
    """
    stop = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
    place = settings.newsroom
    start = started.replace(tzinfo=UTC) if started and started.tzinfo is None else started
    try:
        server = NewsroomServer(place.host, place.port, place.pace, start)
    except NewsroomError as error:
        log.error("the sample newsroom cannot listen", detail=str(error))
        return _CANNOT_LISTEN
    with server:
        log.info("sample newsroom open: every article is invented", at=server.url, edition=server.site.edition)
        while not stop.wait(0.5):
            if parent and os.getppid() != parent:
                log.warning("the supervisor is gone: stopping")
                break
    log.info("stopped")
    return 0
