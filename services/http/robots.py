"""robots.txt (RFC 9309): what a host lets us ask. Kept per host for a day; asked through the same client.

A file that does not exist allows everything; one that cannot be had allows everything as well, because what we
fetch (feeds, and the pages that feeds point to) is offered to readers like us, and an outage must not look like a
prohibition. This is softer than RFC 9309 2.3.1.4 and is said so in docs/polling.md.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

from protego import Protego

from services.http.base import Http, HttpError

_DAY = 86_400.0
_CAP = 512 * 1024  # RFC 9309 2.5 asks for at least 500 KiB
_PRODUCT = "Atalaya"
_BYTES = 16 << 20  # of all files that are kept, as they were sent; parsed they take some times as much


class _Known(NamedTuple):
    """Until when it counts, what a host's file says and its size in bytes, or why it could not be had."""

    until: float
    rules: Protego | None = None
    size: int = 0
    problem: HttpError | None = None


class Robots:
    """Answers whether a URL may be asked. `clock` gives seconds since the epoch."""

    def __init__(
        self, http: Http, clock: Callable[[], float], keep: float = _DAY, hosts: int = 5_000, size: int = _BYTES
    ) -> None:
        """`hosts`, `size`: what is kept at most; beyond it the host that was asked longest ago is forgotten."""
        self._http = http
        self._clock = clock
        self._keep = keep
        self._hosts = hosts
        self._size = size
        self._kept = 0  # bytes
        self._known: dict[str, _Known] = {}
        self._asking: dict[str, asyncio.Task[_Known]] = {}

    async def allows(self, url: str) -> bool:
        """Raises nothing: a robots.txt that cannot be had allows. Who comes while it is asked for waits for it."""
        rules = (await self._of(_origin(url))).rules
        return rules is None or bool(rules.can_fetch(url, _PRODUCT))

    async def problem(self, url: str) -> HttpError | None:
        """Why the host's robots.txt could not be had; None when there was an answer of whatever kind."""
        return (await self._of(_origin(url))).problem

    async def _of(self, origin: str) -> _Known:
        known = self._known.get(origin)
        if known is not None and known.until >= self._clock():
            return known
        asking = self._asking.get(origin)
        if asking is None:
            asking = self._asking[origin] = asyncio.create_task(self._ask(origin))
            asking.add_done_callback(lambda _: self._asking.pop(origin))
        return await asyncio.shield(asking)

    def _remember(self, origin: str, known: _Known) -> None:
        self._forget(origin)
        while self._known and (len(self._known) >= self._hosts or self._kept + known.size > self._size):
            self._forget(next(iter(self._known)))
        self._known[origin] = known
        self._kept += known.size

    def _forget(self, origin: str) -> None:
        before = self._known.pop(origin, None)
        self._kept -= before.size if before else 0

    async def _ask(self, origin: str) -> _Known:
        known = _Known(self._clock() + self._keep)
        try:
            answer = await self._http.get(f"{origin}/robots.txt", cap=_CAP)
        except HttpError as error:
            known = known._replace(problem=error)
        else:
            if answer.status == 200 and "html" not in answer.headers.get("content-type", "text/plain"):
                rules = Protego.parse(answer.body.decode("utf-8", "replace"))
                known = known._replace(rules=rules, size=len(answer.body))
        self._remember(origin, known)
        return known


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
