"""Puts the poll worker together from the settings: which feeds, which pace, which parts."""

from __future__ import annotations

from collections.abc import Sequence

from services.http import client
from services.model.feed import Feed
from services.poll.pack import Watch, configured
from services.poll.parse import Limits
from services.poll.parsers import Parsers
from services.poll.pushing import Listening
from services.poll.schedule import Pace
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage, Rules
from services.poll.websub import Site
from services.settings import Settings
from services.store.base import Store

_HOUR = 3600.0
_SAMPLE_BACKOFF = 10
"""A sample feed that fails is asked again within this many of its intervals."""


def build(
    settings: Settings, store: Store, feeds: Sequence[Feed] | None = None, allow: Sequence[str] = ()
) -> tuple[PollSource, PollStage]:
    """The source and the stage of a poll worker.

    `feeds`: those to poll instead of the configured ones. `allow`: private addresses that may be asked beyond
    `http.allow_private`; the sample newsroom's is added when it is on. Closing the source ends the stage's
    children too. Raises `OpmlError` when the source pack has faults.
    """
    poll, http = settings.poll, settings.http
    chosen = configured(settings) if feeds is None else tuple(feeds)
    if settings.newsroom.enabled:
        allow = (*allow, f"{settings.newsroom.host}:{settings.newsroom.port}")
    rules = rules_of(settings)
    stage = PollStage(store.feeds, Parsers(poll.parsers, poll.parse_seconds), rules)
    how = Fetching(
        concurrency=poll.concurrency,
        lease=poll.lease_seconds,
        spacing=http.host_seconds,
        remember=rules.remember,
        robots=http.robots,
        backoff=stage.backoff,
        read=stage.read,
        parsers=poll.parsers,
        closing=stage.close,
        tell=store.sights.put,
        listening=_listening(settings),
        changed=Watch(settings) if feeds is None else lambda: None,
    )
    return PollSource(store.feeds, chosen, lambda: client.connect(http, allow), how), stage


def _listening(settings: Settings) -> Listening | None:
    """Where hubs are heard; nowhere without a callback address."""
    poll = settings.poll
    if not poll.websub_callback:
        return None
    return Listening(Site(poll.websub_callback, poll.websub_secret), poll.websub_host, poll.websub_port)


def rules_of(settings: Settings) -> Rules:
    """The stage's rules, in seconds."""
    poll = settings.poll
    sample = poll.sample_seconds
    return Rules(
        Pace(poll.interval_seconds, poll.min_seconds, poll.max_seconds),
        Pace(sample, sample, sample, sample * _SAMPLE_BACKOFF),
        Limits(poll.max_title, poll.max_text, poll.max_entries),
        poll.backfill_hours * _HOUR,
        poll.remember_hours * _HOUR,
    )
