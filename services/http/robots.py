"""robots.txt (RFC 9309): what a host lets us ask. Kept per host for a day; asked through the same client.

A file that does not exist allows everything; one that cannot be had allows everything as well, because what we
fetch (feeds, and the pages that feeds point to) is offered to readers like us, and an outage must not look like a
prohibition. This is softer than RFC 9309 2.3.1.4 and is said so in docs/polling.md.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from protego import Protego

from services.http.base import Http, HttpError

_DAY = 86_400.0
_CAP = 512 * 1024  # RFC 9309 2.5 asks for at least 500 KiB
_PRODUCT = "Atalaya"


class Robots:
    """Answers whether a URL may be asked. `clock` gives seconds since the epoch."""

    def __init__(self, http: Http, clock: Callable[[], float], keep: float = _DAY, hosts: int = 5_000) -> None:
        self._http = http
        self._clock = clock
        self._keep = keep
        self._hosts = hosts
        self._known: dict[str, tuple[float, Protego | None]] = {}

    async def allows(self, url: str) -> bool:
        """Raises nothing: a robots.txt that cannot be had allows."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(origin)
        if known is None or known[0] < self._clock():
            known = (self._clock() + self._keep, await self._ask(origin))
            if len(self._known) >= self._hosts:
                self._known.pop(next(iter(self._known)))
            self._known[origin] = known
        rules = known[1]
        return rules is None or bool(rules.can_fetch(url, _PRODUCT))

    async def _ask(self, origin: str) -> Protego | None:
        try:
            answer = await self._http.get(f"{origin}/robots.txt", cap=_CAP)
        except HttpError:
            return None
        kind = answer.headers.get("content-type", "text/plain")
        if answer.status != 200 or "html" in kind:
            return None
        return Protego.parse(answer.body.decode("utf-8", "replace"))
