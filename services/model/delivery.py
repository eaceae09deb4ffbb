"""A delivery: one alert on its way to one target of its subscription, and what its attempts came to.

Owns shapes and derived ids. When to try again is `deliver.retry`; rows are kept by `store.deliveries`.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Literal, NamedTuple

import msgspec

from services.model.alert import Alert

State = Literal["waiting", "delivered", "dead", "cancelled"]
Verdict = Literal["delivered", "again", "dead", "cancelled", "released"]
"""What a settlement says: `again` waits for its next time, `released` gives an unmade attempt back."""


class NewDelivery(NamedTuple):
    """A row to be written with its alert, due at once."""

    id: str
    endpoint: str
    kind: str
    address: str


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt, for the log that the subscriber can read."""

    number: int
    at: float
    delivered: bool
    detail: str


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """A row as claimed or read. `alert` is None once it was delivered and its text is no longer kept here."""

    id: str
    subscription: str
    endpoint: str
    kind: str
    address: str
    alert: Alert | None
    alert_id: str
    state: State = "waiting"
    attempts: int = 0  # made so far
    log: tuple[Attempt, ...] = ()


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What a claimed delivery comes to; times in seconds since the epoch."""

    id: str
    verdict: Verdict
    at: float
    due: float = 0.0  # of the next attempt, for `again` and `released`
    attempt: Attempt | None = None
    hold_until: float = 0.0  # nothing goes to the endpoint before this: the receiver asked for it
    gone: bool = False  # pause the endpoint until somebody resumes it


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The health of one address."""

    id: str
    kind: str
    address: str
    waiting: int
    failures: int = 0  # in a row
    open_until: float = 0.0  # nothing is sent before this
    paused: str = ""  # why, when it is


def delivery_id(subscription: str, story: str, development: str, kind: str, address: str) -> str:
    """The id of a delivery: 24 hex digits, the same on every attempt and after every crash."""
    key = "\x00".join((subscription, story, development, kind, address)).encode()
    return blake2b(key, digest_size=12).hexdigest()


def endpoint_id(kind: str, address: str) -> str:
    """The id of an address: 16 hex digits."""
    return blake2b(f"{kind}\x00{address}".encode(), digest_size=8).hexdigest()
