"""The rules at work, reloaded when their files change; a bad file never replaces good rules."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from services.tag.tagger import Tagger, rule_paths
from services.telemetry import log

_LOOK_SECONDS = 2.0


class LiveTagger:
    """Loads at once; the first load raises what `Tagger.load` raises, later ones are logged."""

    def __init__(self, config: Path, cache: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._cache = cache
        self._clock = clock
        self._marks = self._look()
        self._looked = clock()
        self._tagger = Tagger.load(config, cache)

    def current(self) -> Tagger:
        """The rules to use now; looks at the files at most every two seconds."""
        if self._clock() - self._looked >= _LOOK_SECONDS:
            self._looked = self._clock()
            marks = self._look()
            if marks != self._marks:
                self._marks = marks
                self._reload()
        return self._tagger

    def _reload(self) -> None:
        try:
            self._tagger = Tagger.load(self._config, self._cache)
        except (ValueError, OSError) as error:
            log.error("rules not loaded, the last good ones stay", detail=str(error), rules=self._tagger.version)
            return
        log.info("rules loaded", rules=self._tagger.version)

    def _look(self) -> dict[Path, tuple[int, int]]:
        marks = {}
        for path in rule_paths(self._config):
            status = path.stat()
            marks[path] = (status.st_mtime_ns, status.st_size)
        return marks
