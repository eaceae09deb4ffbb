"""Asks each feed once, as a poller would, and says what came back. Changes nothing anywhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.http import client
from services.http.base import Answer, Http, HttpError, Refused
from services.http.robots import Robots
from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.poll import dates, verdict
from services.poll.parse import Job, Parsed
from services.poll.parsers import ParseFailed, Parsers
from services.settings import Settings

_AT_ONCE = 96
_AWAY = ("dns", "connect", "timeout_connect")  # the host itself is not there, whatever it is asked for


class Checked(NamedTuple):
    """One feed's report. `newest`: the latest date in it, seconds since the epoch."""

    feed: Feed
    state: str  # see `health`; ok when it has entries
    detail: str = ""
    status: int = 0
    seconds: float = 0.0
    entries: int = 0
    newest: float | None = None
    moved_to: str = ""


def check(
    settings: Settings,
    feeds: Sequence[Feed],
    tell: Callable[[Checked], None] = lambda checked: None,
    allow: Sequence[str] = (),
) -> list[Checked]:
    """Every feed's report, in the feeds' order; `tell` gets each as it comes."""
    parsers = Parsers(2, settings.poll.parse_seconds)
    try:
        return asyncio.run(_all(settings, feeds, tell, allow, parsers))
    finally:
        parsers.close()


async def _all(
    settings: Settings,
    feeds: Sequence[Feed],
    tell: Callable[[Checked], None],
    allow: Sequence[str],
    parsers: Parsers,
) -> list[Checked]:
    import msgspec

    http = settings.http
    # A person waits: shorter deadlines than the poller's.
    quick = msgspec.structs.replace(
        http,
        connect_seconds=min(http.connect_seconds, 8.0),
        header_seconds=min(http.header_seconds, 12.0),
        body_seconds=min(http.body_seconds, 20.0),
    )
    web = client.connect(quick, allow)
    robots = Robots(web, time.time) if http.robots else None
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(feed: Feed) -> Checked:
        async with room:
            found = await _one(web, robots, parsers, feed)
        tell(found)
        return found

    try:
        return list(await asyncio.gather(*(one(feed) for feed in feeds)))
    finally:
        await web.close()


async def _one(web: Http, robots: Robots | None, parsers: Parsers, feed: Feed) -> Checked:
    began = time.monotonic()
    try:
        if robots is not None:
            await _heed(robots, feed.url)
        answer = await web.get(feed.url, verdict.request_headers(FeedState(), feed.url))
    except HttpError as error:
        kind = verdict.of_error(error.reason, error.detail, isinstance(error, Refused)).kind
        return Checked(feed, kind, str(error), seconds=time.monotonic() - began)
    judged = verdict.of_answer(FeedState(), answer.status, answer.headers, answer.hops, time.time())
    seconds = time.monotonic() - began
    if judged.kind != "body":
        return Checked(feed, judged.kind, judged.detail, answer.status, seconds)
    parsed = await asyncio.to_thread(parsers.parse, _job(feed, answer))
    return _report(feed, answer, judged.moved_to, seconds, parsed)


async def _heed(robots: Robots, url: str) -> None:
    """Raises `HttpError` where robots.txt forbids the feed, and for a host that could not be reached for its
    robots.txt: it need not be waited for twice."""
    if not await robots.allows(url):
        raise Refused("robots", "robots.txt asks us not to fetch this feed")
    problem = await robots.problem(url)
    if problem is not None and problem.reason in _AWAY:
        raise problem


def _job(feed: Feed, answer: Answer) -> Job:
    return Job(answer.body, answer.url, answer.headers.get("content-type", ""), feed.country)


def _report(feed: Feed, answer: Answer, moved: str, seconds: float, parsed: Parsed | ParseFailed) -> Checked:
    if isinstance(parsed, ParseFailed):
        return Checked(feed, "not-a-feed", str(parsed), answer.status, seconds)
    if not parsed.kind:
        return Checked(feed, "not-a-feed", parsed.problem, answer.status, seconds)
    moments = [dates.plausible(each.published, time.time()) for each in parsed.entries]
    newest = max((moment for moment in moments if moment is not None), default=None)
    state = "moved" if moved else "ok" if parsed.entries else "unchanged"
    detail = f"moved to {moved}" if moved else "" if parsed.entries else "a feed without entries"
    return Checked(feed, state, detail, answer.status, seconds, parsed.total, newest, moved)
