"""WebSub (W3C Recommendation, 2018): what is sent to a hub, and what is believed of what it sends. Pure.

A delivery only makes the feed due at once; its content is fetched from the publisher as always. So a hub can make us
ask earlier and nothing else: it cannot put words into a feed, and what it sends need not be parsed. Deliveries must
be signed all the same (`X-Hub-Signature` with SHA-256 or better; SHA-1 is refused), or anybody could make us ask.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlencode

LEASE = 10 * 86_400
RENEW_BEFORE = 86_400.0
"""Seconds before its end at which a subscription is renewed."""
_LONGEST = 30 * 86_400.0
_ALGORITHMS = frozenset(("sha256", "sha384", "sha512"))


class Site(NamedTuple):
    """Where hubs reach us, and what the feeds' secrets are made from."""

    callback: str  # https://…/websub
    secret: str


def key_of(url: str) -> str:
    """The part of the callback's path that names a feed; it tells nothing about it."""
    return blake2b(url.encode(), digest_size=12).hexdigest()


def secret_of(site: Site, url: str) -> str:
    """The feed's own secret; the same in every poller."""
    return hmac.new(site.secret.encode(), url.encode(), "sha256").hexdigest()


def callback_of(site: Site, url: str) -> str:
    """Where the hub delivers this feed."""
    return f"{site.callback.rstrip('/')}/{key_of(url)}"


def subscription(site: Site, url: str, topic: str) -> bytes:
    """The form that asks a hub for a feed (section 5.1)."""
    form = {
        "hub.mode": "subscribe",
        "hub.topic": topic,
        "hub.callback": callback_of(site, url),
        "hub.secret": secret_of(site, url),
        "hub.lease_seconds": str(LEASE),
    }
    return urlencode(form).encode()


def confirmed(query: Mapping[str, str], topic: str) -> tuple[str, float] | None:
    """The challenge to answer and the lease's seconds, when a hub asks whether we asked (section 5.3)."""
    if query.get("hub.mode") != "subscribe" or not topic or query.get("hub.topic") != topic:
        return None
    challenge, lease = query.get("hub.challenge", ""), query.get("hub.lease_seconds", "")
    if not challenge or len(challenge) > 1000:
        return None
    return challenge, min(float(lease), _LONGEST) if lease.isdigit() else float(LEASE)


def signed(site: Site, url: str, header: str, body: bytes) -> bool:
    """Whether the delivery was signed with the feed's secret (section 7)."""
    name, _, digest = header.partition("=")
    if name.lower() not in _ALGORITHMS:
        return False
    expected = hmac.new(secret_of(site, url).encode(), body, name.lower()).hexdigest()
    return hmac.compare_digest(expected.encode(), digest.strip().lower().encode())


def wanted(hub: str, topic: str, pushed_until: float, now: float) -> bool:
    """Whether it is time to subscribe, or to renew."""
    return bool(hub and topic) and pushed_until - now < RENEW_BEFORE
