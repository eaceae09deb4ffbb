"""What an answer to a fetch means, before anything is parsed. Pure.

The codes of HTTP as feeds use them: RFC 9110 section 15; 429 is RFC 6585 section 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import blake2b
from typing import NamedTuple

from services.model.feed_state import FeedState

LONGEST_WAIT = 86_400.0
"""Seconds; a Retry-After beyond a day (88 hours was seen in the wild) is cut to this."""
PROBE_AFTER = 24
"""After this many "not modified" answers in a row one fetch asks without validators."""
_PERMANENT = (301, 308)
_VOLATILE = re.compile(rb"<lastBuildDate>[^<]{0,100}</lastBuildDate>|<!--.{0,500}?-->", re.DOTALL)


class Verdict(NamedTuple):
    """`kind`: body, same, throttled, gone, unreachable, refused. `detail`: why, in words."""

    kind: str
    detail: str = ""
    wait: float = 0.0  # seconds that the publisher asks for
    moved_to: str = ""  # where permanent redirects lead


def of_answer(
    state: FeedState, status: int, headers: Mapping[str, str], hops: Sequence[tuple[int, str]], now: float
) -> Verdict:
    """The verdict on a whole answer."""
    moved = permanent_target(hops)
    if status == 304:
        return Verdict("same", moved_to=moved)
    if 200 <= status < 300:
        return Verdict("body", moved_to=moved)
    wait = retry_after(headers.get("retry-after", ""), now)
    if status in (429, 503) or (status == 403 and (wait or state.succeeded)):
        return Verdict("throttled", f"HTTP {status}", wait)
    if status == 410:
        return Verdict("gone", "HTTP 410: the publisher says that it will not come back")
    return Verdict("unreachable", f"HTTP {status}", wait)


def of_error(reason: str, detail: str, refused: bool) -> Verdict:
    """The verdict on a request that had no usable answer."""
    return Verdict("refused" if refused else "unreachable", f"{reason}: {detail}" if detail else reason)


def permanent_target(hops: Sequence[tuple[int, str]]) -> str:
    """Where the leading permanent redirects lead; a temporary one ends the run."""
    target = ""
    for status, address in hops:
        if status not in _PERMANENT:
            break
        target = address
    return target


def retry_after(value: str, now: float) -> float:
    """Seconds to wait (RFC 9110 section 10.2.3), at most `LONGEST_WAIT`; 0 for nonsense and for the past."""
    text = value.strip()
    if re.fullmatch(r"\d{1,12}(\.\d+)?", text):
        return min(float(text), LONGEST_WAIT)
    moment = http_date(text)
    return min(max(0.0, moment - now), LONGEST_WAIT) if moment is not None else 0.0


def http_date(value: str) -> float | None:
    """Seconds since the epoch of an HTTP date; None for nonsense."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def cache_seconds(headers: Mapping[str, str], now: float) -> float:
    """How long the answer says that it stays fresh: Cache-Control max-age, else Expires. 0 when it does not say."""
    control = headers.get("cache-control", "").lower()
    if "no-cache" in control or "no-store" in control:
        return 0.0
    if found := re.search(r"max-age\s*=\s*\"?(\d{1,9})", control):
        return float(found[1])
    moment = http_date(headers["expires"]) if headers.get("expires") else None
    return max(0.0, moment - now) if moment is not None else 0.0


def body_hash(body: bytes) -> str:
    """Equal for bodies that differ only in when they were generated."""
    return blake2b(_VOLATILE.sub(b"", body), digest_size=12).hexdigest()


def request_headers(state: FeedState, address: str) -> dict[str, str]:
    """The validators to send, if they are of this address, to be trusted, and not due for a probe."""
    headers = {"Accept": "application/rss+xml, application/atom+xml, application/xml;q=0.9, */*;q=0.5"}
    if state.trusted and state.validators_of == address and state.conditional < PROBE_AFTER:
        if state.etag:
            headers["If-None-Match"] = state.etag
        if state.modified:
            headers["If-Modified-Since"] = state.modified
    return headers
