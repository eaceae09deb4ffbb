"""The promise of the HTTP client that polls feeds, fetches pages and calls webhooks.

Every answer is hostile: the body is capped after decompression while it streams in, connecting, first byte and
whole body have deadlines, redirects are counted, and the address is checked at the moment of connecting (no
loopback, private, link-local, shared or multicast address unless the settings name it), for redirects too.

Errors, by what the caller does next:

    HttpError            (reason: a short code for metrics and health)
    ├── Refused          never try again as it is: forbidden address, bad URL, too many redirects
    ├── TooBig           the body is over the cap
    └── Unreachable      try again later: DNS, connect, TLS, time-out, broken body
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class HttpError(Exception):
    """The request got no answer that can be used."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class Refused(HttpError):
    """We do not ask this, or do not follow it."""


class TooBig(HttpError):
    """The body is larger than the cap."""


class Unreachable(HttpError):
    """No whole answer came in time."""


class Answer(NamedTuple):
    """A whole answer, whatever its status. Header names are lower case."""

    url: str  # after redirects
    status: int
    headers: Mapping[str, str]
    body: bytes  # decompressed
    hops: tuple[tuple[int, str], ...] = ()  # (status, address) of each redirect followed
    seconds: float = 0.0


class Http(Protocol):
    """Asynchronous, used within one event loop. One instance keeps the per-host limits of its process."""

    async def get(self, url: str, headers: Mapping[str, str] | None = None, cap: int | None = None) -> Answer:
        """Follows redirects; `cap` bytes of body at most, else the settings' cap. Raises `HttpError`."""
        ...

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Follows no redirect; the answer's body is capped small. Raises `HttpError`."""
        ...

    async def close(self) -> None:
        """Ends the connections; idempotent."""
        ...
