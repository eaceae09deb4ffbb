"""A fleet of feeds on the loopback, for measuring the poller: many hosts, 30 kB bodies, one in ten changed.

`python -m services.bench.poll_server FEEDS HOSTS` prints its port; GET /report answers with what it saw. Each host
is an address of 127.0.0.0/8. Times are the server's own: the spacing of requests is measured where it matters.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import zlib
from collections import defaultdict

_ITEMS = 20
_FILL = ("El comunicado conjunto fue leído en la capital ante los periodistas. " * 22).encode()
_CHANGE_ONE_IN = 10


class Fleet:
    """What was asked of each feed and host, and what each feed shows now."""

    def __init__(self, feeds: int, hosts: int) -> None:
        self._feeds = feeds
        self._hosts = hosts
        self._turn: dict[int, int] = defaultdict(int)
        self._first: dict[int, int] = defaultdict(int)  # feed → number of its newest item
        self.asked: dict[int, list[float]] = defaultdict(list)
        self._last: dict[str, float] = {}
        self.gaps: list[float] = []  # between two requests to one host, the smallest kept
        self.bytes = 0
        self.changed = 0

    def body(self, feed: int, host: str) -> bytes:
        """The feed's answer, one in ten with a new item on top."""
        now = time.time()
        if (before := self._last.get(host)) is not None:
            self.gaps.append(now - before)
        self._last[host] = now
        self.asked[feed].append(now)
        turn = self._turn[feed] = self._turn[feed] + 1
        if turn == 1 or zlib.crc32(f"{feed}/{turn}".encode()) % _CHANGE_ONE_IN == 0:
            self._first[feed] += 1
            self.changed += 1
        newest = self._first[feed]
        items = b"".join(_item(feed, number) for number in range(newest + _ITEMS - 1, newest - 1, -1))
        document = b'<?xml version="1.0"?><rss version="2.0"><channel><title>F</title>' + items + b"</channel></rss>"
        self.bytes += len(document)
        return document

    def report(self) -> dict[str, object]:
        """Raw figures; what they mean is worked out by `poll`."""
        return {
            "asked": {str(feed): times for feed, times in self.asked.items()},
            "gaps": sorted(self.gaps)[:5000],
            "requests": sum(map(len, self.asked.values())),
            "changed": self.changed,
            "bytes": self.bytes,
        }


class _Protocol(asyncio.Protocol):
    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if b"\r\n\r\n" not in self._head:
            return
        path = self._head.split(b" ", 2)[1].decode()
        host = self._transport.get_extra_info("sockname")[0]
        self._head = b""
        if path.startswith("/feed/"):
            status, body = b"200 OK", self._fleet.body(int(path[6:]), host)
        elif path == "/report":
            status, body = b"200 OK", json.dumps(self._fleet.report()).encode()
        else:
            status, body = b"404 Not Found", b""
        head = b"HTTP/1.1 %b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % (
            status,
            len(body),
        )
        self._transport.write(head + body)  # type: ignore[attr-defined]


def _item(feed: int, number: int) -> bytes:
    return (
        b"<item><title>Noticia %d del medio %d sobre la frontera</title><link>http://medio-%d.example/%d</link>"
        b"<guid>%d-%d</guid><description>%b</description></item>" % (number, feed, feed, number, feed, number, _FILL)
    )


def host_of(feed: int, hosts: int) -> str:
    """The address of the feed's host."""
    number = feed % hosts
    return f"127.1.{number // 250}.{number % 250 + 1}"


async def _serve(feeds: int, hosts: int) -> None:
    fleet = Fleet(feeds, hosts)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Protocol(fleet), "0.0.0.0", 0, backlog=1000)  # noqa: S104 - all of 127/8
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
