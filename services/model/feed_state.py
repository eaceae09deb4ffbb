"""What is remembered of a feed between two fetches, and of an article between two sightings."""

from __future__ import annotations

import msgspec


class Move(msgspec.Struct, frozen=True):
    """A permanent redirect that was seen: believed only after several sightings over days."""

    target: str
    first: float
    count: int


class FeedState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All times are seconds since the epoch, intervals seconds. A fresh object is a feed never fetched."""

    health: str = "new"  # see `poll.health`
    since: float = 0.0  # when the health became what it is
    detail: str = ""  # the reason in words
    address: str = ""  # asked instead of the feed's URL once the publisher has moved it for good
    move: Move | None = None
    etag: str = ""
    modified: str = ""
    validators_of: str = ""  # the address that gave the validators; they mean nothing elsewhere
    trusted: bool = True  # false once the validators were caught lying
    conditional: int = 0  # "not modified" answers since the last unconditional fetch
    body: str = ""  # hash of the last body that was parsed
    parsed: float = 0.0
    bad: str = ""  # hash of the last body that no parser could read
    bad_at: float = 0.0  # when that was tried
    checked: float = 0.0
    succeeded: float = 0.0
    failures: int = 0  # in a row
    interval: float = 0.0
    hint: float = 0.0  # the publisher's own wish for the interval, from the feed's body
    skip_hours: tuple[int, ...] = ()  # GMT
    skip_days: tuple[int, ...] = ()  # Monday is 0, GMT
    fresh: float = 0.0  # when something new was last found
    rate: float = 0.0  # new entries a day, moving average over some days
    usual: float = 0.0  # the same over some weeks, not lowered by a silence: the feed's habit
    size: int = 0  # entries of the last body
    largest: int = 0  # entries of the largest body
    last: tuple[str, ...] = ()  # marks of the entries of the last body, see `poll.entries`
    weak: tuple[str, ...] = ()  # what of this feed's entries cannot be an identity: link, guid
    gaps: int = 0
    gap_at: float = 0.0
    hub: str = ""  # WebSub
    topic: str = ""
    pushed_until: float = 0.0  # the hub sends by itself until then


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """A version that is about to be appended: after a crash it may be on the log, or not."""

    version: int
    digest: str


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """What is remembered of an article: which feed owns it, and its latest version."""

    feed: str
    version: int
    digest: str
    first: float
    at: float  # when this memory was last written; it ends `poll.remember_hours` later
