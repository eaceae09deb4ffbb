"""The articles of the last hours or days, as the running service's log still holds them.

Owns the words for a span of time (`last-7-days`) and the reading of the article topic over it. Does not disturb the
service: nothing is committed, no partition is taken, nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

from services.log.base import Log
from services.model.article import Article
from services.model.codec import Codec, FutureVersion, Unreadable

_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 7 * 86_400}
_SPAN = re.compile(rf"last-([1-9][0-9]{{0,4}})-({'|'.join(_SECONDS)})s?")

ALLOWED = "last-N-minutes, last-N-hours, last-N-days or last-N-weeks, with N from 1 to 99999, as in last-7-days"


class SpanError(ValueError):
    """Words that name no span; the text says what is allowed."""


def is_span(words: str) -> bool:
    """Whether this is meant to be a span of time, rightly written or not."""
    return words.startswith("last")


def seconds_of(words: str) -> float:
    """The length of `last-24-hours`, `last-7-days` and the like. Raises `SpanError`."""
    found = _SPAN.fullmatch(words)
    if found is None:
        raise SpanError(f"`{words}` is no span of time: write {ALLOWED}")
    return float(int(found[1]) * _SECONDS[found[2]])


class LookBack:
    """One pass over the articles stored from `since` until now.

    Iterating gives every version of every article; afterwards the fields say what there was.
    """

    def __init__(self, log: Log, topic: str, since: float) -> None:
        self._log = log
        self._topic = topic
        self.since = since
        self.first: float | None = None  # when the oldest record found was stored
        self.last: float | None = None
        self.unreadable = 0  # records of a newer release, or none of ours

    def __iter__(self) -> Iterator[Article]:
        """Raises `LogUnavailable`."""
        codec = Codec(Article)
        for at, record in self._log.kept(self._topic, self.since):
            self.first = min(at, self.first or at)
            self.last = max(at, self.last or at)
            try:
                yield codec.decode(record.value)
            except (Unreadable, FutureVersion):
                self.unreadable += 1

    def notes(self, keep_hours: float) -> Iterator[str]:
        """How far back this reached; `keep_hours`: how long the log keeps what has been read."""
        if self.first is None or self.last is None:
            yield f"The log holds no article stored since {_moment(self.since)} UTC."
        else:
            yield f"Articles stored from {_moment(self.first)} to {_moment(self.last)} UTC."
            if self.first - self.since > max(60.0, 0.02 * (self.last - self.since)):
                yield (
                    f"Asked was from {_moment(self.since)} UTC on: the log holds nothing older than these. "
                    f"It keeps what has been read for {keep_hours:g} hours (topics.keep_hours)."
                )
        if self.unreadable:
            yield f"{self.unreadable} records could not be read as articles and were passed over."


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
