"""The feeds, who polls them now, when each is due, and what was seen in them.

Any number of pollers share the work. A lease is the right to fetch one feed until a given time. Each lease carries a
token that grows; settling with a token that another poller's lease has overtaken changes nothing.

Hosts are spaced, whoever asks them: who leases a feed (or claims an article's page, see `pages`) has its host for
himself until he frees it, and says then from which moment on the next one may ask. So the spacing counts from the end
of a request, and what passes between a lease and its request cannot bring two requests closer together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol
from urllib.parse import urlsplit

from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen

NEVER = 1e11
"""A due time that does not come: paused, or gone."""


SHORTEST_LEASE = 30.0
FIRST_LEASE = 120.0
"""Seconds: a lease must outlast a slow fetch between two renewals; a feed never fetched has no interval yet."""


SOON = 8.0
"""A feed whose moment has come while its host is still being asked looks again after this part of the spacing."""

AHEAD = 30 * 86_400.0
"""Seconds by which sample feeds are made to count as overdue at a start."""


class Leased(NamedTuple):
    """A feed that this poller may fetch now."""

    feed: Feed
    state: FeedState
    token: int
    due: float  # when it was due; an expired lease counts as due at its end
    pushed_until: float = 0.0  # a hub sends by itself until then
    noted: Mapping[str, Noted] = {}  # article id → what unsettled fetches may have appended
    host: str = ""  # the host that this lease has taken


class Settled(NamedTuple):
    """What a fetch leaves behind."""

    state: FeedState
    due: float
    read: bool = False  # the entries were read: what earlier fetches noted no longer matters
    seen: Mapping[str, Seen] = {}  # article id → its memory; an id that another feed owns keeps its owner
    host: str = ""  # whose spacing counts from now on; "" leaves it as it is
    pause_host_until: float = 0.0  # the host asked everybody to wait


class Status(NamedTuple):
    """A feed as health and the command line see it."""

    feed: Feed
    state: FeedState
    due: float
    paused: bool


def host_of(feed: Feed, address: str = "") -> str:
    """The host whose requests are spaced; "" for sample feeds, which are our own."""
    return "" if feed.sample else host_in(address or feed.url)


def host_in(address: str) -> str:
    """The host of an address as hosts are told apart here: in lower case, without www."""
    try:
        host = urlsplit(address).netloc.lower().rpartition("@")[2]
    except ValueError:
        return ""
    return host.removeprefix("www.")


def lease_seconds(state: FeedState, longest: float) -> float:
    """How long a lease of this feed lasts.

    When a poller dies, its feeds are taken over at the end of their leases. A lease as long as the interval means
    that a feed which had just been fetched is not asked a second time within it.
    """
    return min(longest, max(SHORTEST_LEASE, state.interval or FIRST_LEASE))


class FeedStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method. `now`: seconds since the epoch."""

    def sync(self, feeds: Sequence[Feed], now: float) -> None:
        """Makes the stored set equal to `feeds`: new ones are due at once, lost ones end, the others keep all.

        Sample feeds come before everybody: each start publishes a new edition, and must not wait for feeds that
        nobody answers for.
        """
        ...

    def lease(self, now: float, limit: int, seconds: float, spacing: float, hold: float = 0.0) -> list[Leased]:
        """Feeds that are due, the longest overdue first, at most one per host and `spacing` seconds.

        A lease lasts as long as the feed's interval (see `lease_seconds`), at most `seconds`. It takes the host for
        `hold` seconds, or until it is freed.
        What must wait for its host gets a due time of its own behind the others. Sample feeds are not spaced.
        """
        ...

    def renew(self, leased: Sequence[Leased], now: float, seconds: float) -> None:
        """Keeps these leases as if they began now; those that another poller has taken meanwhile stay lost.

        With `seconds` = 0 they end now: the feeds are given back.
        """
        ...

    def note(self, leased: Leased, versions: Mapping[str, Noted]) -> bool:
        """Before the append: these versions may be on the log from now on. False when the lease was lost.

        Then nothing may be appended. The next lease of the feed is given all notes since the last settling that
        had read the entries, so that no version is used twice for different words.
        """
        ...

    def settle(self, leased: Leased, settled: Settled, remember: float) -> bool:
        """Moves the feed's state and ends the lease, at once or not at all; False when the lease was lost.

        `remember`: seconds for which the memory of the articles in `settled.seen` lives on.
        """
        ...

    def recall(self, ids: Sequence[str]) -> list[Seen | None]:
        """The memory of these articles, in order."""
        ...

    def statuses(self) -> list[Status]:
        """Every feed, sorted by URL."""
        ...

    def pause(self, url: str, paused: bool, now: float) -> bool:
        """Stops or resumes a feed, a gone one too; a resumed feed is due at once. False when there is no such feed."""
        ...

    def state(self, url: str) -> FeedState | None:
        """The state of one feed; None when there is no such feed."""
        ...

    def push(self, url: str, until: float) -> None:
        """A hub has promised to tell us of news until then."""
        ...

    def nudge(self, url: str, now: float) -> None:
        """Makes a feed that is neither paused nor leased due now."""
        ...

    def tidy(self, now: float) -> None:
        """Forgets what means nothing any more: hosts that are free. A feed that wanders makes ever more of them."""
        ...

    def free(self, hosts: Mapping[str, float]) -> None:
        """These hosts are not being asked any more; each may be asked again from its moment on, not earlier."""
        ...

    def hold(self, hosts: Sequence[str], until: float) -> None:
        """These hosts are still being asked: they stay taken until then."""
        ...
