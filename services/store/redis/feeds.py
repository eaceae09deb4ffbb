"""The feed store on Redis.

Keys, all under `atalaya:feeds:`:

    due              sorted set: URL → due time, or end of the lease
    info state       hashes: URL → feed, URL → state
    token noted      hashes: URL → its last lease, URL → versions that may be on the log
    pushed           hash: URL → end of its hub's promise
    host next tail   hashes: URL → host, host → when it is free, host → first moment not promised to a waiting feed
    busy placed      hash: host → until when it is taken; set of the URLs that wait for a moment of their own
    paused tokens    set of URLs, count of leases
    seen:ARTICLE-ID  strings with a time to live: the memory of articles
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen
from services.store.feeds import (
    AHEAD,
    FIRST_LEASE,
    NEVER,
    SHORTEST_LEASE,
    SOON,
    Leased,
    Settled,
    Status,
    host_of,
    lease_seconds,
)
from services.store.redis.client import PREFIX, guarded, script

_FEEDS = PREFIX + "feeds:"
_DUE, _INFO, _STATE, _TOKEN, _NOTED = (_FEEDS + name for name in ("due", "info", "state", "token", "noted"))
_HOST, NEXT, _TAIL, _PAUSED = (_FEEDS + name for name in ("host", "next", "tail", "paused"))
BUSY, _PLACED = _FEEDS + "busy", _FEEDS + "placed"
_TOKENS, _PUSHED = _FEEDS + "tokens", _FEEDS + "pushed"
_SEEN = _FEEDS + "seen:"
_SCAN = 1000  # feeds looked at in one lease; those that must wait for their host leave the range

_feed = msgspec.json.Decoder(Feed)
_state = msgspec.json.Decoder(FeedState)
_seen = msgspec.json.Decoder(Seen)
_noted = msgspec.json.Decoder(dict[str, Noted])
_encode = msgspec.json.encode


class RedisFeeds:
    """See `store.feeds.FeedStore`."""

    def __init__(self, client: redis.Redis) -> None:
        here = Path(__file__).parent
        self._client: Any = client
        self._lease = script(client, here / "feeds_lease.lua")
        self._note = script(client, here / "feeds_note.lua")
        self._settle = script(client, here / "feeds_settle.lua")
        self._renew = script(client, here / "feeds_renew.lua")
        self._nudge = script(client, here / "feeds_nudge.lua")
        self._free = script(client, here / "feeds_free.lua")
        self._hold = script(client, here / "feeds_hold.lua")
        self._tidy = script(client, here / "feeds_tidy.lua")

    def sync(self, feeds: Sequence[Feed], now: float) -> None:
        """Makes the stored set equal to `feeds`, in one transaction."""
        wanted = {feed.url: feed for feed in feeds}
        with guarded():
            stored = {bytes(url).decode() for url in self._client.hkeys(_INFO)}
            paused = {bytes(url).decode() for url in self._client.smembers(_PAUSED)}
            with self._client.pipeline(transaction=True) as pipe:
                if lost := stored - set(wanted):
                    for key in (_INFO, _STATE, _TOKEN, _NOTED, _HOST, _PUSHED):
                        pipe.hdel(key, *lost)
                    pipe.zrem(_DUE, *lost)
                    pipe.srem(_PAUSED, *lost)
                    pipe.srem(_PLACED, *lost)
                for url, feed in wanted.items():
                    pipe.hset(_INFO, url, _encode(feed))
                    first = feed.sample and url not in paused
                    pipe.zadd(_DUE, {url: now - AHEAD if first else now}, nx=not first)
                    pipe.hsetnx(_HOST, url, host_of(feed))
                pipe.execute()

    def lease(self, now: float, limit: int, seconds: float, spacing: float, hold: float = 0.0) -> list[Leased]:
        """Feeds that are due, taken in one script."""
        keys = [_DUE, _HOST, NEXT, _TAIL, _TOKEN, _NOTED, _INFO, _STATE, _TOKENS, _PUSHED, BUSY, _PLACED]
        with guarded():
            args = [f"{now:.4f}", limit, seconds, spacing, _SCAN, SHORTEST_LEASE, FIRST_LEASE, hold, SOON]
            rows = self._lease(keys=keys, args=args)
        return [_leased(row) for row in rows]

    def renew(self, leased: Sequence[Leased], now: float, seconds: float) -> None:
        """Keeps these leases, in one script."""
        if not leased:
            return
        args: list[Any] = []
        for each in leased:
            args += [each.feed.url, each.token, f"{now + lease_seconds(each.state, seconds):.4f}"]
        with guarded():
            self._renew(keys=[_DUE, _TOKEN], args=args)

    def note(self, leased: Leased, versions: Mapping[str, Noted]) -> bool:
        """These versions may be on the log from now on; checked and written in one script."""
        args = [leased.feed.url, leased.token, _encode({**leased.noted, **versions})]
        with guarded():
            return bool(self._note(keys=[_DUE, _TOKEN, _NOTED], args=args))

    def settle(self, leased: Leased, settled: Settled, remember: float) -> bool:
        """Moves the feed's state and ends the lease, in one script."""
        args: list[Any] = [leased.feed.url, leased.token, _encode(settled.state), f"{settled.due:.4f}"]
        args += [int(settled.read), settled.host, f"{settled.pause_host_until:.4f}", NEVER, _SEEN]
        args.append(max(1, int(remember * 1000)))
        for article, seen in settled.seen.items():
            args += [article, _encode(seen), seen.feed]
        with guarded():
            return bool(self._settle(keys=[_DUE, _STATE, _TOKEN, _NOTED, _HOST, NEXT, _PAUSED], args=args))

    def recall(self, ids: Sequence[str]) -> list[Seen | None]:
        """The memory of these articles."""
        if not ids:
            return []
        with guarded():
            values = self._client.mget([_SEEN + each for each in ids])
        return [None if value is None else _seen.decode(value) for value in values]

    def statuses(self) -> list[Status]:
        """Every feed, in one transaction."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(_INFO).hgetall(_STATE).zrange(_DUE, 0, -1, withscores=True).smembers(_PAUSED)
            infos, states, dues, paused = pipe.execute()
        due = {bytes(url): float(score) for url, score in dues}
        return [
            Status(
                _feed.decode(info),
                _state.decode(states[url]) if url in states else FeedState(),
                due.get(url, NEVER),
                url in paused,
            )
            for url, info in sorted(infos.items())
        ]

    def pause(self, url: str, paused: bool, now: float) -> bool:
        """Stops or resumes a feed."""
        with guarded():
            if not self._client.hexists(_INFO, url):
                return False
            with self._client.pipeline(transaction=True) as pipe:
                pipe.sadd(_PAUSED, url) if paused else pipe.srem(_PAUSED, url)
                pipe.zadd(_DUE, {url: NEVER if paused else now}, xx=True)
                pipe.execute()
        return True

    def state(self, url: str) -> FeedState | None:
        """The state of one feed."""
        with guarded():
            known, state = self._client.hexists(_INFO, url), self._client.hget(_STATE, url)
        return (_state.decode(state) if state else FeedState()) if known else None

    def push(self, url: str, until: float) -> None:
        """A hub has promised to tell us."""
        with guarded():
            self._client.hset(_PUSHED, url, f"{until:.3f}")

    def nudge(self, url: str, now: float) -> None:
        """Makes a feed due now, unless it is paused or leased; in one script."""
        with guarded():
            self._nudge(keys=[_DUE, _TOKEN, _PAUSED], args=[url, f"{now:.4f}"])

    def tidy(self, now: float) -> None:
        """Forgets free hosts, in one script; what is remembered of articles ends by itself."""
        with guarded():
            self._tidy(keys=[NEXT, _TAIL, BUSY], args=[f"{now:.4f}"])

    def free(self, hosts: Mapping[str, float]) -> None:
        """These hosts are not being asked any more; in one script."""
        args = [part for host, moment in hosts.items() for part in (host, f"{moment:.4f}")]
        if args:
            with guarded():
                self._free(keys=[NEXT, BUSY], args=args)

    def hold(self, hosts: Sequence[str], until: float) -> None:
        """These hosts are still being asked."""
        if hosts:
            with guarded():
                self._hold(keys=[BUSY], args=[f"{until:.4f}", *hosts])


def _leased(row: Sequence[Any]) -> Leased:
    info, state, token, due, noted, pushed, host = row
    known = _state.decode(state) if state else FeedState()
    versions = _noted.decode(noted) if noted else {}
    return Leased(_feed.decode(info), known, int(token), float(due), float(pushed or 0), versions, host.decode())
