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
_BYTES = 16 << 20  # of all files that are kept, as they were sent; parsed they take some times as much


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
        self._known: dict[str, tuple[float, Protego | None, int]] = {}

    async def allows(self, url: str) -> bool:
        """Raises nothing: a robots.txt that cannot be had allows."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._known.get(origin)
        if known is None or known[0] < self._clock():
            known = (self._clock() + self._keep, *await self._ask(origin))
            self._remember(origin, known)
        rules = known[1]
        return rules is None or bool(rules.can_fetch(url, _PRODUCT))

    def _remember(self, origin: str, known: tuple[float, Protego | None, int]) -> None:
        self._forget(origin)
        while self._known and (len(self._known) >= self._hosts or self._kept + known[2] > self._size):
            self._forget(next(iter(self._known)))
        self._known[origin] = known
        self._kept += known[2]

    def _forget(self, origin: str) -> None:
        before = self._known.pop(origin, None)
        self._kept -= before[2] if before else 0

    async def _ask(self, origin: str) -> tuple[Protego | None, int]:
        """The rules, and the size of the file that they stand in."""
        try:
            answer = await self._http.get(f"{origin}/robots.txt", cap=_CAP)
        except HttpError:
            return None, 0
        kind = answer.headers.get("content-type", "text/plain")
        if answer.status != 200 or "html" in kind:
            return None, 0
        return Protego.parse(answer.body.decode("utf-8", "replace")), len(answer.body)
