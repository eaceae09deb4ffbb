"""What the newsroom answers to a request: routes, conditional requests, and a feed that breaks and recovers.

Owns one piece of state, how many broken answers each breaking feed has given. Does not own sockets (server.py).
Conditional requests follow RFC 9110, section 13: If-None-Match decides alone where it is sent; Last-Modified is
given only once a second has passed since the change, for before that it could not tell two versions apart
(section 8.8.2.2).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import blake2b
from threading import Lock
from typing import NamedTuple

from services.newsroom import render
from services.newsroom.edition import (
    BROKEN_ANSWERS,
    Edition,
    FeedView,
    Item,
    edition,
    edition_id,
    edition_start,
    length,
)
from services.newsroom.library import Outlet

MAX_AGE = 3  # seconds that an answer may be called fresh: the time between two turns at pace 1
_HTML = "text/html; charset=utf-8"
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d{1,5})?")


class Response(NamedTuple):
    """An answer, whole. Header names as they are written."""

    status: int
    headers: dict[str, str]
    body: bytes


class Site:
    """The newsroom of one start. Threads may share it."""

    def __init__(self, outlets: Sequence[Outlet], start: datetime, pace: float, base: str) -> None:
        self.outlets = outlets
        self.start = start.astimezone(UTC).replace(microsecond=0)
        self.pace = pace
        self.edition = edition_id(self.start)
        self._base = base
        self._broken_given: dict[str, int] = {}
        self._lock = Lock()

    def get(self, path: str, headers: Mapping[str, str], now: datetime) -> Response:
        """The answer to GET; `headers` have lower-case names, `path` may carry a query, which means nothing."""
        route = path.partition("?")[0]
        host = headers.get("host", "")
        base = f"http://{host}" if _HOST.fullmatch(host) else self._base
        if route == "/robots.txt":
            return Response(200, {"Content-Type": "text/plain; charset=utf-8"}, b"User-agent: *\nDisallow:\n")
        if route == "/":
            return Response(200, {"Content-Type": _HTML}, render.index(self.shown(now), base))
        if found := re.fullmatch(r"/feeds/([a-z0-9-]+)\.xml", route):
            return self._feed(found[1], headers, base, now)
        if found := re.fullmatch(r"/(\d{8}-\d{6})/([a-z0-9-]+)/([a-z0-9-]+)", route):
            return self._article(found[1], found[2], route, base, now)
        return _missing()

    def shown(self, now: datetime) -> Edition:
        """Everything as it is at `now`."""
        return edition(self.outlets, self.start, now, pace=self.pace)

    def _feed(self, outlet: str, headers: Mapping[str, str], base: str, now: datetime) -> Response:
        view = self.shown(now).feeds.get(outlet)
        if view is None:
            return _missing()
        body = render.feed(view, base)
        fault = self._next_fault(view)
        return _broken(fault, view, body) if fault else _conditional(view, body, headers, now)

    def _next_fault(self, view: FeedView) -> int:
        """1, 2, 3 for the broken answers that a broken feed still owes, then 0."""
        if not view.broken:
            return 0
        with self._lock:
            given = self._broken_given.get(view.outlet.id, 0)
            self._broken_given[view.outlet.id] = min(given + 1, BROKEN_ANSWERS)
        return given + 1 if given < BROKEN_ANSWERS else 0

    def _article(self, identity: str, outlet: str, route: str, base: str, now: datetime) -> Response:
        """A page of this edition once it is published, or of an earlier one, so that old alerts' links open."""
        start = edition_start(identity)
        if start is None or start > self.start:
            return _missing()
        current = identity == self.edition
        then = now if current else start + length(self.outlets, self.pace)
        view = edition(self.outlets, start, then, pace=self.pace).feeds.get(outlet)
        item = _find(view, route)
        if view is None or item is None:
            return _missing()
        return Response(200, {"Content-Type": _HTML}, render.article(view.outlet, item, base))


def _find(view: FeedView | None, route: str) -> Item | None:
    return next((item for item in view.items if item.path == route), None) if view else None


def _missing() -> Response:
    return Response(404, {"Content-Type": "text/plain; charset=utf-8"}, b"Not published here.\n")


def _broken(fault: int, view: FeedView, body: bytes) -> Response:
    plain = "text/plain; charset=utf-8"
    if fault == 1:
        return Response(500, {"Content-Type": plain}, b"sample fault: internal error\n")
    if fault == 2:
        return Response(200, {"Content-Type": render.content_type(view.outlet)}, body[: len(body) // 3])
    return Response(200, {"Content-Type": _HTML}, render.maintenance(view.outlet))


def _conditional(view: FeedView, body: bytes, headers: Mapping[str, str], now: datetime) -> Response:
    tag = f'"{blake2b(body, digest_size=10).hexdigest()}"'
    sent = {"ETag": tag, "Cache-Control": f"max-age={MAX_AGE}", "Vary": "Host"}
    changed = view.updated.replace(microsecond=0)
    settled = now - view.updated >= timedelta(seconds=1)
    if settled:
        sent["Last-Modified"] = format_datetime(changed, usegmt=True)
    if _not_modified(headers, tag, changed if settled else None):
        return Response(304, sent, b"")
    return Response(200, sent | {"Content-Type": render.content_type(view.outlet)}, body)


def _not_modified(headers: Mapping[str, str], tag: str, changed: datetime | None) -> bool:
    if "if-none-match" in headers:
        named = {each.strip().removeprefix("W/") for each in headers["if-none-match"].split(",")}
        return "*" in named or tag in named
    try:
        since = parsedate_to_datetime(headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return changed is not None and since.tzinfo is not None and changed <= since
