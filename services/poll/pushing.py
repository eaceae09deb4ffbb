"""Subscribes to hubs and hears from them; see `websub` for the rules.

Any poller may hear what another has asked for: everything needed is in the store and in the settings.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple

from services.http.base import Http, HttpError
from services.http.inbox import Inbox, Received
from services.model.feed_state import FeedState
from services.poll import websub
from services.store.feeds import FeedStore
from services.telemetry import HUBS, log

_AGAIN = 6 * 3600.0
"""Seconds between two requests to a hub that has not confirmed."""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Listening(NamedTuple):
    """Where to listen for hubs."""

    site: websub.Site
    host: str
    port: int


class Pushing:
    """Lives in the source's event loop."""

    def __init__(self, how: Listening, store: FeedStore, clock: Callable[[], float]) -> None:
        self._site = how.site
        self._store = store
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._feeds: dict[str, str] = {}  # callback key → feed
        self.inbox = Inbox(how.host, how.port, self._hear)

    async def subscribe(self, http: Http, url: str, state: FeedState, pushed_until: float) -> None:
        """Asks the feed's hub, when it is time to. Raises nothing."""
        now = self._clock()
        if not websub.wanted(state.hub, state.topic, pushed_until, now) or now - self._asked.get(url, 0.0) < _AGAIN:
            return
        self._asked = {feed: at for feed, at in self._asked.items() if now - at < _AGAIN} | {url: now}
        try:
            answer = await http.post(state.hub, websub.subscription(self._site, url, state.topic), _FORM)
            outcome = "asked" if answer.status in (202, 204, 200) else f"http_{answer.status}"
        except HttpError as error:
            outcome = error.reason
        HUBS.labels(outcome).inc()
        log.info("hub asked", feed=url, hub=state.hub, outcome=outcome)

    async def _hear(self, received: Received) -> tuple[int, str]:
        url, state = await asyncio.to_thread(self._find, received.path.rpartition("/")[2])
        if url == "":
            return 404, "no such feed"
        if received.method == "GET":
            found = websub.confirmed(received.query, state.topic)
            if found is None:
                HUBS.labels("unasked").inc()
                return 404, "not asked for"
            challenge, lease = found
            await asyncio.to_thread(self._store.push, url, self._clock() + lease)
            HUBS.labels("confirmed").inc()
            return 200, challenge
        if received.method != "POST":
            return 405, "GET or POST"
        # Section 7: a wrong signature is answered like a right one, and ignored.
        if websub.signed(self._site, url, received.headers.get("x-hub-signature", ""), received.body):
            await asyncio.to_thread(self._store.nudge, url, self._clock())
            HUBS.labels("delivered").inc()
        else:
            HUBS.labels("wrong_signature").inc()
            log.warning("delivery with a wrong signature", feed=url)
        return 202, "thank you"

    def _find(self, key: str) -> tuple[str, FeedState]:
        """The feed of a callback; the feeds are looked at again when the key is new."""
        statuses = self._store.statuses() if key not in self._feeds else []
        if statuses:
            self._feeds = {websub.key_of(each.feed.url): each.feed.url for each in statuses}
        url = self._feeds.get(key, "")
        state = self._store.state(url) if url else None
        return (url, state) if state is not None else ("", FeedState())
