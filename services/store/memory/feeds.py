"""The feed store in memory, for one process. Thread-safe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen
from services.store.feeds import AHEAD, NEVER, SOON, Leased, Settled, Status, host_of, lease_seconds


class MemoryFeeds:
    """See `store.feeds.FeedStore`."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._feeds: dict[str, Feed] = {}
        self._states: dict[str, FeedState] = {}
        self._due: dict[str, float] = {}
        self._token: dict[str, int] = {}
        self._tokens = 0
        self._noted: dict[str, dict[str, Noted]] = {}
        self._host: dict[str, str] = {}
        self._pushed: dict[str, float] = {}
        self._paused: set[str] = set()
        self._next: dict[str, float] = {}  # host → when its next request may start
        self._tail: dict[str, float] = {}  # host → the first moment that no waiting feed has been given
        self._busy: dict[str, float] = {}  # host → until when it is taken
        self._placed: set[str] = set()  # feeds that have a moment of their own and wait for it
        self._seen: dict[str, tuple[Seen, float]] = {}

    def sync(self, feeds: Sequence[Feed], now: float) -> None:
        """Makes the stored set equal to `feeds`."""
        wanted = {feed.url: feed for feed in feeds}
        with self._lock:
            for url in set(self._feeds) - set(wanted):
                for table in (self._feeds, self._states, self._due, self._token, self._noted, self._host, self._pushed):
                    table.pop(url, None)
                self._paused.discard(url)
                self._placed.discard(url)
            for url, feed in wanted.items():
                self._feeds[url] = feed
                self._due.setdefault(url, now)
                if feed.sample and url not in self._paused:
                    self._due[url] = now - AHEAD
                self._host.setdefault(url, host_of(feed))

    def lease(self, now: float, limit: int, seconds: float, spacing: float, hold: float = 0.0) -> list[Leased]:
        """Feeds that are due."""
        taken: list[Leased] = []
        with self._lock:
            due = sorted((when, url) for url, when in self._due.items() if when <= now)
            for when, url in due:
                if len(taken) >= limit:
                    break
                if self._must_wait(url, now, spacing, hold):
                    continue
                self._placed.discard(url)
                state = self._states.get(url, FeedState())
                self._due[url] = now + lease_seconds(state, seconds)
                self._token[url] = self._tokens = self._tokens + 1
                noted, pushed = dict(self._noted.get(url, {})), self._pushed.get(url, 0.0)
                taken.append(Leased(self._feeds[url], state, self._token[url], when, pushed, noted, self._host[url]))
        return taken

    def renew(self, leased: Sequence[Leased], now: float, seconds: float) -> None:
        """Keeps these leases."""
        with self._lock:
            for each in leased:
                if self._token.get(each.feed.url) == each.token and each.feed.url in self._due:
                    self._due[each.feed.url] = now + lease_seconds(each.state, seconds)

    def note(self, leased: Leased, versions: Mapping[str, Noted]) -> bool:
        """These versions may be on the log from now on."""
        url = leased.feed.url
        with self._lock:
            if self._token.get(url) != leased.token or url not in self._due:
                return False
            self._noted[url] = {**leased.noted, **versions}
            return True

    def settle(self, leased: Leased, settled: Settled, remember: float) -> bool:
        """Moves the feed's state and ends the lease."""
        url = leased.feed.url
        with self._lock:
            if self._token.get(url) != leased.token or url not in self._due:
                return False
            self._token[url] = 0  # a late renewal or a second settling changes nothing
            self._states[url] = settled.state
            self._due[url] = NEVER if url in self._paused else settled.due
            if settled.read:
                self._noted.pop(url, None)
            if settled.host and self._host[url]:
                self._host[url] = settled.host
            if settled.pause_host_until and (host := self._host[url]):
                self._next[host] = max(self._next.get(host, 0.0), settled.pause_host_until)
            for article, seen in settled.seen.items():
                known = self._seen.get(article)
                if known is None or known[1] <= seen.at or known[0].feed == seen.feed:
                    self._seen[article] = (seen, seen.at + remember)
            return True

    def recall(self, ids: Sequence[str]) -> list[Seen | None]:
        """The memory of these articles."""
        with self._lock:
            return [known[0] if (known := self._seen.get(each)) else None for each in ids]

    def statuses(self) -> list[Status]:
        """Every feed."""
        with self._lock:
            return [
                Status(feed, self._states.get(url, FeedState()), self._due[url], url in self._paused)
                for url, feed in sorted(self._feeds.items())
            ]

    def pause(self, url: str, paused: bool, now: float) -> bool:
        """Stops or resumes a feed."""
        with self._lock:
            if url not in self._feeds:
                return False
            if paused:
                self._paused.add(url)
            else:
                self._paused.discard(url)
            self._due[url] = NEVER if paused else now
            return True

    def state(self, url: str) -> FeedState | None:
        """The state of one feed."""
        with self._lock:
            return self._states.get(url, FeedState()) if url in self._feeds else None

    def push(self, url: str, until: float) -> None:
        """A hub has promised to tell us."""
        with self._lock:
            if url in self._feeds:
                self._pushed[url] = until

    def nudge(self, url: str, now: float) -> None:
        """Makes a feed due now, unless it is paused or leased."""
        with self._lock:
            if url in self._feeds and url not in self._paused and not self._token.get(url):
                self._due[url] = min(now, self._due[url])

    def free(self, hosts: Mapping[str, float]) -> None:
        """These hosts are not being asked any more."""
        with self._lock:
            for host, moment in hosts.items():
                self._busy.pop(host, None)
                self._next[host] = max(self._next.get(host, 0.0), moment)

    def tidy(self, now: float) -> None:
        """Forgets free hosts, and articles whose time is over."""
        with self._lock:
            self._next = {host: free for host, free in self._next.items() if free > now}
            self._busy = {host: busy for host, busy in self._busy.items() if busy > now}
            self._tail = {host: tail for host, tail in self._tail.items() if tail > now}
            self._seen = {article: known for article, known in self._seen.items() if known[1] > now}

    def hold(self, hosts: Sequence[str], until: float) -> None:
        """These hosts are still being asked."""
        with self._lock:
            self._busy.update(dict.fromkeys(hosts, until))

    def take(self, host: str, now: float, until: float) -> bool:
        """For `MemoryPages`: takes the host, if it is free."""
        with self._lock:
            if max(self._next.get(host, 0.0), self._busy.get(host, 0.0)) > now:
                return False
            self._busy[host] = until
            return True

    def _must_wait(self, url: str, now: float, spacing: float, hold: float) -> bool:
        """Whether the host is not free; then the feed has a later due time of its own."""
        host = self._host[url]
        if not host:
            return False
        free, busy = self._next.get(host, 0.0), self._busy.get(host, 0.0) > now
        if free <= now and not busy:
            self._next[host] = now + spacing
            if hold:
                self._busy[host] = now + hold
            return False
        if url in self._placed:
            self._due[url] = max(free, now + spacing / SOON) if busy else free
            return True
        slot = max(free, self._tail.get(host, 0.0), now + spacing if busy else 0.0)
        self._due[url] = slot
        self._tail[host] = slot + spacing
        self._placed.add(url)
        return True
