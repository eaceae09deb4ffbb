"""What a soak runs with: how time is compressed, the settings, and where everything listens.

Two clocks. The poller's runs `factor` times faster, since much of what it knows is made of hours and days (pace,
habit, back-off, robots.txt). The server that holds the keys knows real time only, so every retention is divided by the
factor instead: a key that lives for six hours in service lives for six hours of the compressed clock here.
"""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from services.poll.schedule import Pace
from services.poll.verdict import LONGEST_WAIT
from services.settings import Alerts, DeadLetters, Deliver, HttpSettings, Metrics, Newsroom, Settings, Topics, Webhooks
from services.settings.tables import Fulltext

HOUR = 3600.0
REMEMBER = 12 * HOUR
KEEP = 6 * HOUR
"""Of the compressed clock: the longest and the shortest retention. Both turn over many times in a run."""
PACE = Pace(1.0 * HOUR, 0.75 * HOUR, 2.0 * HOUR, 2.0 * HOUR)
WARM = LONGEST_WAIT * 1.25 + REMEMBER / 2
"""Seconds of the compressed clock until all is as it stays: a feed that was told to wait for a day (and a quarter, so
that feeds do not return together) is back, and what it then brought lies in every table."""
YEAR_FETCHES = 365 * 96 * 365
"""What a year is: the shipped source pack's 365 feeds, each asked every 15 minutes."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """Handed to every process of the run, as JSON."""

    url: str  # of the store and the log
    folder: str
    began: float
    factor: float
    port: int  # where newsroom and receiver are
    feeds: int

    def now(self) -> float:
        """The poller's clock."""
        return self.began + (time.time() - self.began) * self.factor

    def settings(self) -> Settings:
        """Those of the workers."""
        hours = 1.0 / HOUR / self.factor
        return Settings(
            log=self.url,
            store=self.url,
            data=Path(self.folder) / "data",
            config=Path(self.folder) / "config",
            topics=Topics(keep_hours=KEEP * hours),
            metrics=Metrics(port=0),
            newsroom=Newsroom(enabled=False),
            http=self.http(),
            alerts=Alerts(keep=2_000, dedupe_hours=REMEMBER * hours, explain_hours=KEEP * hours),
            fulltext=Fulltext(enabled=False),  # its readers would keep the log from being trimmed; it is not run here
            deliver=Deliver(
                schedule=(0.5, 1.0, 2.0, 4.0), lease_seconds=5.0, circuit_seconds=3.0, keep_hours=REMEMBER * hours
            ),
            dead_letters=DeadLetters(keep_days=REMEMBER * hours / 24),
            webhooks=Webhooks(timeout_seconds=2.0),
        )

    def http(self) -> HttpSettings:
        """Short deadlines: a server that stalls is met every few seconds."""
        return HttpSettings(
            connect_seconds=2.0,
            header_seconds=3.0,
            body_seconds=5.0,
            max_body_kb=2048,
            per_host=100,
            allow_private=("127.0.0.1",),
        )
