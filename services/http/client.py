"""The HTTP client on aiohttp: bounded, polite to hosts, and unable to reach what it must not.

Owns connections, deadlines, redirects and the limit of requests in flight per host. Does not space requests over
time (the leases of the feed store do, for all pollers together), does not retry and does not read robots.txt
(`robots`).

Redirects are followed here, not by aiohttp, so that each hop is checked and reported. The address is checked where
the socket is made: names, odd spellings and redirects all pass there.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from services import __version__
from services.http.base import Answer, Http, HttpError, Refused, Unreachable
from services.http.body import ACCEPT, Body
from services.http.guard import Guard
from services.http.resolver import ThreadResolver
from services.settings import HttpSettings

_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_POST_CAP = 64 * 1024
_MAX_URL = 8_000  # characters; longer ones are a trap or a mistake

_connecting: ContextVar[_Connecting | None] = ContextVar("connecting", default=None)


class _Connecting:
    """What the guard needs to know of the request whose socket is being made, and what it found."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.refused = ""


class Client:
    """See `http.base.Http`. Made outside or inside a running loop; used within one loop only."""

    def __init__(
        self, settings: HttpSettings, allow: Sequence[str] = (), resolver: AbstractResolver | None = None
    ) -> None:
        """`resolver` replaces the system's; the guard does not rely on it."""
        self._settings = settings
        self._resolver = resolver
        self._guard = Guard((*settings.allow_private, *allow))
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._agent = user_agent(settings.contact)

    async def get(self, url: str, headers: Mapping[str, str] | None = None, cap: int | None = None) -> Answer:
        """Follows redirects; validators travel with the first hop only, since they belong to one address."""
        started = time.monotonic()
        limit = cap or self._settings.max_body_kb * 1024
        hops: list[tuple[int, str]] = []
        sent = dict(headers or {})
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    answer = await self._once("GET", url, sent, None, limit)
                    target = answer.headers.get("location", "")
                    if answer.status not in _REDIRECTS or not target:
                        return answer._replace(hops=tuple(hops), seconds=time.monotonic() - started)
                    url = self._next(url, target, hops)
                    hops.append((answer.status, url))
                    sent = {name: value for name, value in sent.items() if name.lower() not in _VALIDATORS}
        except TimeoutError as error:
            raise Unreachable("timeout_body", f"no whole answer in {self._settings.body_seconds:g} s") from error

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One request; a redirect is an answer like any other."""
        started = time.monotonic()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                answer = await self._once("POST", url, dict(headers), body, _POST_CAP)
        except TimeoutError as error:
            raise Unreachable("timeout_body", f"no whole answer in {self._settings.body_seconds:g} s") from error
        return answer._replace(seconds=time.monotonic() - started)

    async def close(self) -> None:
        """Ends the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _next(self, url: str, target: str, hops: Sequence[tuple[int, str]]) -> str:
        if len(hops) >= self._settings.max_redirects:
            raise Refused("redirects", f"more than {self._settings.max_redirects}")
        try:
            joined = urljoin(url, _header_text(target))
        except ValueError as error:
            raise Refused("bad_url", f"redirect to {target[:200]!r}: {error}") from error
        # A fragment is not sent; without it a loop is seen as one.
        joined = urlunsplit(urlsplit(joined)._replace(fragment=""))
        if any(joined == past for _, past in hops[:-1]) and len(hops) >= 3:
            raise Refused("redirects", f"a loop at {joined}")
        return joined

    async def _once(self, method: str, url: str, headers: dict[str, str], body: bytes | None, cap: int) -> Answer:
        host, target = checked(url)
        mark = _Connecting(host)
        _connecting.set(mark)
        headers = {"User-Agent": self._agent, "Accept-Encoding": ACCEPT, **headers}
        async with self._slot(host):
            try:
                return await self._ask(method, target, headers, body, cap)
            except HttpError:
                raise
            except TimeoutError:
                raise
            except (aiohttp.ClientError, OSError, ValueError, asyncio.IncompleteReadError) as error:
                if mark.refused:
                    raise Refused("address", f"{host} is {mark.refused}, which is no public address") from error
                raise _explained(error) from error

    async def _ask(self, method: str, target: URL, headers: dict[str, str], body: bytes | None, cap: int) -> Answer:
        session = self._opened()
        try:
            async with asyncio.timeout(self._settings.header_seconds):
                response = await session.request(method, target, headers=headers, data=body, allow_redirects=False)
        except aiohttp.ConnectionTimeoutError as error:
            seconds = self._settings.connect_seconds
            raise Unreachable("timeout_connect", f"not connected in {seconds:g} s") from error
        except TimeoutError as error:
            seconds = self._settings.header_seconds
            raise Unreachable("timeout_headers", f"no headers in {seconds:g} s") from error
        try:
            names = {name.lower(): _header_text(value) for name, value in response.headers.items()}
            redirect = response.status in _REDIRECTS and "location" in names
            whole = b"" if redirect or response.status == 304 else await _read(response, names, cap)
            return Answer(str(target), response.status, names, whole)
        finally:
            # Hostile bytes may still be on their way: this connection is not used again unless it was read to the end.
            response.release() if response.content.at_eof() else response.close()

    @asynccontextmanager
    async def _slot(self, host: str) -> AsyncIterator[None]:
        """At most `per_host` requests in flight to a host; a host without requests is forgotten."""
        semaphore, users = self._hosts.get(host) or (asyncio.Semaphore(self._settings.per_host), 0)
        self._hosts[host] = (semaphore, users + 1)
        try:
            async with semaphore:
                yield
        finally:
            semaphore, users = self._hosts[host]
            if users == 1:
                del self._hosts[host]
            else:
                self._hosts[host] = (semaphore, users - 1)

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=0,
                socket_factory=self._socket,
                keepalive_timeout=15.0,
                resolver=self._resolver or ThreadResolver(),
                ttl_dns_cache=60,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,  # a proxy from the environment would connect where the guard cannot see
                timeout=aiohttp.ClientTimeout(total=None, connect=self._settings.connect_seconds),
            )
        return self._session

    def _socket(self, address: Any) -> socket.socket:
        """Called by aiohttp for each address it is about to connect to."""
        family, kind, protocol, _, where = address
        mark = _connecting.get()
        if not self._guard.allows(str(where[0]), int(where[1]), mark.name if mark else ""):
            if mark:
                mark.refused = str(where[0])
            raise OSError(f"{where[0]} is no public address")
        made = socket.socket(family, kind, protocol)
        made.setblocking(False)
        return made


_VALIDATORS = frozenset(("if-none-match", "if-modified-since"))


def connect(settings: HttpSettings, allow: Sequence[str] = ()) -> Http:
    """A client that may reach the public internet, the settings' exemptions and `allow` (see `guard`)."""
    return Client(settings, allow)


def user_agent(contact: str) -> str:
    """Who asks, and where to find out more."""
    return f"Atalaya/{__version__} (+{contact})" if contact else f"Atalaya/{__version__}"


def checked(url: str) -> tuple[str, URL]:
    """Host and parsed URL; `Refused` for whatever is no plain http(s) address."""
    if len(url) > _MAX_URL:
        raise Refused("bad_url", f"{len(url)} characters")
    try:
        target = URL(url)
        port = target.port
    except ValueError as error:
        raise Refused("bad_url", f"{url[:200]!r}: {error}") from error
    if target.scheme not in ("http", "https") or not target.host:
        raise Refused("bad_url", f"{url[:200]!r} is no http or https address")
    if target.user or target.password:
        raise Refused("bad_url", "an address with a password in it is not asked")
    if port == 0:
        raise Refused("bad_url", "port 0")
    return target.host.lower(), target


async def _read(response: aiohttp.ClientResponse, headers: Mapping[str, str], cap: int) -> bytes:
    body = Body(headers.get("content-encoding", ""), cap)
    async for chunk in response.content.iter_chunked(64 * 1024):
        body.feed(chunk)
    return body.done()


def _header_text(value: str) -> str:
    """aiohttp keeps undecodable bytes as surrogates; they would break every JSON record later."""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _explained(error: BaseException) -> HttpError:
    """A short code for metrics and health from whatever aiohttp raised."""
    inner = getattr(error, "os_error", None) or error
    if isinstance(error, aiohttp.InvalidURL):
        return Refused("bad_url", str(error)[:300])
    if isinstance(error, aiohttp.ClientConnectorDNSError | socket.gaierror):
        return Unreachable("dns", str(inner))
    if isinstance(error, aiohttp.ClientSSLError | ssl.SSLError):
        return Unreachable("tls", str(inner)[:300])
    if isinstance(error, aiohttp.ConnectionTimeoutError | TimeoutError):
        return Unreachable("timeout_connect", "not connected in time")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Unreachable("connect", str(inner)[:300])
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return Unreachable("truncated", str(error)[:300] or "the server hung up")
    return Unreachable("bad_answer", f"{type(error).__name__}: {error}"[:300])
