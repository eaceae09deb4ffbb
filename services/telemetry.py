"""Every metric, every drop reason and the shape of the log lines, declared once. docs/telemetry.md explains each.

Owns names and help texts; the stages count. One registry per process, served by `health.py`.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import structlog
from prometheus_client import Counter, Gauge, Histogram

_SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
_LATENCY = (0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 86_400)

DROP_REASONS = {
    "unchanged": "the feed still shows the same version of it",
    "copy": "another feed brought the article with this address first",
    "no_topic": "no topic was found in it",
    "unsupported_language": "it is written in a language that is not tagged",
    "no_match": "no subscription asks for it",
    "stale": "a newer version of it was handled before",
    "backfill": "it was old when first seen: kept and tagged, no immediate alert",
    "duplicate": "its alerts had all been raised before",
    "dead_letter": "it failed; see `atalaya dead-letters`",
}
"""Why an article was not passed on: every one is counted under one of these."""

ARTICLES = Counter(
    "atalaya_articles_total", "Articles by what became of them in a stage", ["stage", "outcome", "reason"]
)
BATCH_SECONDS = Histogram("atalaya_batch_seconds", "One turn of a stage's loop", ["stage"], buckets=_SECONDS)
END_TO_END = Histogram(
    "atalaya_end_to_end_seconds",
    "From an earlier moment of an article (published, seen, tagged, matched) to a later one",
    ["from_", "to"],
    buckets=_LATENCY,
)
ALERTS = Counter("atalaya_alerts_total", "Alerts raised, counted once for each of their areas", ["area"])
DELIVERIES = Counter("atalaya_deliveries_total", "Attempts by channel and by what came of them", ["channel", "verdict"])
LAG = Gauge("atalaya_lag_records", "Records that a stage has not yet committed", ["stage"])
RETRIES = Counter("atalaya_retries_total", "Items handled again after an error", ["stage"])
DEAD_LETTERS = Counter("atalaya_dead_letters_total", "Records given up on", ["stage", "reason"])
LATCHED = Gauge("atalaya_latched", "1 while a stage waits for somebody to look", ["stage"])
LOG_FULL = Gauge("atalaya_log_full", "1 while appending is refused for lack of room", ["stage"])
RESTARTS = Counter("atalaya_restarts_total", "Times the supervisor started a worker again", ["stage"])

FEED_FETCHES = Counter("atalaya_feed_fetches_total", "Finished fetches by the state they left the feed in", ["health"])
FEED_UNCHANGED = Counter("atalaya_feed_entries_unchanged_total", "Entries seen again in the version already known")
FEED_GAPS = Counter("atalaya_feed_gaps_total", "Times a feed had moved on between two fetches", ["country"])
FEEDS = Gauge("atalaya_feeds", "Feeds by country and state; every poller shows the same figures", ["country", "health"])
COUNTRY_SEEN = Gauge("atalaya_country_seen_share", "Share of a country's publisher families that are seen", ["country"])
COUNTRY_SIGHT = Gauge(
    "atalaya_country_sight", "1 for the state that a country is in: seeing, partly blind, blind", ["country", "state"]
)
COUNTRY_ENTRY = Gauge(
    "atalaya_country_last_entry_timestamp_seconds", "When a country's feeds last brought something new", ["country"]
)
HUBS = Counter("atalaya_hubs_total", "WebSub hubs: asked, confirmed, delivered, or what went wrong", ["outcome"])
PAGES = Counter("atalaya_pages_total", "Article pages by what came of them: ok, or the reason for no text", ["outcome"])
PAGES_WAITING = Gauge("atalaya_pages_waiting", "Article pages queued or under way; every worker shows the same")
PARSE_SECONDS = Histogram("atalaya_parse_seconds", "Parsing the bodies of one batch", buckets=_SECONDS)

log: Any = structlog.get_logger("atalaya")
"""The one logger. Events are short lower-case phrases; ids travel as fields: article=, alert=, feed=."""


def now() -> float:
    """Seconds since the epoch: the clock that stages are given."""
    return time.time()


def configure_logging(level: str = "info", stage: str = "", stream: Any = None) -> None:
    """Sends JSON lines to standard output: time, level, stage, event and the event's own fields."""

    def add_stage(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        if stage:
            event.setdefault("stage", stage)
        return event

    structlog.configure(
        processors=[
            add_stage,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stdout),
        cache_logger_on_first_use=False,
    )
    # Libraries speak through the standard logging module; their warnings belong in the same stream.
    logging.basicConfig(level=logging.WARNING, stream=stream or sys.stdout, format="%(name)s: %(message)s", force=True)
