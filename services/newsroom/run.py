"""`atalaya run newsroom`: the sample newsroom as a process of its own."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from services.newsroom.server import NewsroomError, serve
from services.process import follow, stop_on_signals
from services.settings import Settings
from services.telemetry import log


def run_newsroom(settings: Settings, started: datetime | None, parent: int) -> int:
    """Serves until stopped; the exit status. `started` is the edition's, so that a restart goes on with it."""
    stop = threading.Event()
    stop_on_signals(stop)
    follow(parent, stop)
    newsroom = settings.newsroom
    edition = started.replace(tzinfo=started.tzinfo or UTC) if started else None
    log.info("sample newsroom", at=f"http://{newsroom.host}:{newsroom.port}/")
    try:
        serve(newsroom.host, newsroom.port, newsroom.pace, stop, edition)
    except NewsroomError as error:
        log.error(str(error))
        return 1
    return 0
