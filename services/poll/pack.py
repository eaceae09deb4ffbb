"""Which feeds are polled: the source pack, the feeds that were added here, and the sample newsroom's.

`feeds.opml` in the configuration folder is the pack and changes with releases; `feeds.local.opml` beside it holds
what `atalaya feeds add` and `import` put there. Both are looked at again while the poller runs.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from services.model.feed import Feed
from services.poll.opml import OpmlError, read_opml, write_opml
from services.settings import Settings
from services.telemetry import log

PACK = "feeds.opml"
LOCAL = "feeds.local.opml"
_EVERY = 5.0


def pack_file(settings: Settings) -> Path:
    """The source pack."""
    return settings.config / PACK


def local_file(settings: Settings) -> Path:
    """The feeds that were added here."""
    return settings.config / LOCAL


def configured(settings: Settings) -> tuple[Feed, ...]:
    """Every feed, each address once; what was added here goes before the pack. Raises `OpmlError`."""
    file = pack_file(settings)
    found = [*read_local(settings), *(read_opml(file.read_bytes(), str(file)) if file.exists() else ())]
    if settings.newsroom.enabled:
        from services.newsroom.library import sample_feeds

        found += sample_feeds(settings.newsroom.port, settings.newsroom.host)
    return tuple({feed.url: feed for feed in reversed(found)}.values())[::-1]


def read_local(settings: Settings) -> tuple[Feed, ...]:
    """What was added here; foreign exports say less of a feed than the pack does. Raises `OpmlError`."""
    file = local_file(settings)
    return read_opml(file.read_bytes(), str(file), strict=False) if file.exists() else ()


def write_local(settings: Settings, feeds: Sequence[Feed], now: float) -> None:
    """Replaces what was added here, at once or not at all."""
    file = local_file(settings)
    if not feeds:
        file.unlink(missing_ok=True)
        return
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".feeds")
    with os.fdopen(handle, "wb") as output:
        output.write(write_opml(sorted(feeds, key=lambda feed: (feed.country, feed.url)), "Added here", now))
    Path(name).chmod(0o644)
    Path(name).replace(file)


class Watch:
    """Tells when the configured feeds have changed on disk. A file with faults changes nothing, and is told once."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._settings = settings
        self._clock = clock
        self._next = clock() + _EVERY
        self._stamps = self._look()

    def __call__(self) -> tuple[Feed, ...] | None:
        """The feeds, when they have changed since the last call."""
        if self._clock() < self._next:
            return None
        self._next = self._clock() + _EVERY
        if (found := self._look()) == self._stamps:
            return None
        self._stamps = found
        try:
            return configured(self._settings)
        except (OpmlError, OSError) as error:
            log.error("feeds kept as they were", problem=str(error))
            return None

    def _look(self) -> list[tuple[int, int]]:
        stamps = []
        for file in (pack_file(self._settings), local_file(self._settings)):
            try:
                found = file.stat()
                stamps.append((found.st_mtime_ns, found.st_size))
            except OSError:
                stamps.append((0, 0))
        return stamps
