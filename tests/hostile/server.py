"""A web server that misbehaves on purpose: every byte of an answer is under the test's control.

One thread with an event loop; a behaviour is a coroutine that is given the request and the raw writer.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from aiohttp.abc import AbstractResolver, ResolveResult


class Request(NamedTuple):
    """What was asked. `count`: how many requests this path had before."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    count: int
    base: str  # http://host:port, as asked
    at: float


class Local(AbstractResolver):
    """Leads every name under .test to the loopback; no other name exists."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """127.0.0.1."""
        if not host.endswith(".test"):
            raise OSError(f"no such host: {host}")
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to end."""


Behaviour = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


class HostileServer:
    """Serves `routes` (path → one behaviour per request, the last one for ever) on a free port of the loopback."""

    def __init__(self, routes: Mapping[str, Sequence[Behaviour]] | None = None, host: str = "127.0.0.1") -> None:
        self.routes = dict(routes or {})
        self.requests: list[Request] = []
        self.host = host
        self.port = 0
        self._counts: dict[str, int] = defaultdict(int)
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="hostile", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def base(self) -> str:
        """http://host:port"""
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> HostileServer:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(10)
        self._loop.close()

    def of_host(self, name: str) -> str:
        """The base address under this name, led here by `Local`: what one host does is not held against another."""
        return f"http://{name.lower()}.test:{self.port}"

    def asked(self, path: str) -> list[Request]:
        """The requests for this path."""
        return [each for each in list(self.requests) if each.path == path]

    def counts(self) -> dict[str, int]:
        """Path → how often it was asked; also of what was taken out of `requests`."""
        return dict(self._counts)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._serve, self.host, 0))
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            self._loop.run_until_complete(asyncio.gather(*self._tasks, return_exceptions=True))

    def _stop(self) -> None:
        self._loop.stop()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await self._answer(reader, writer)
        self._tasks.discard(task)
        with suppress(Exception):
            writer.transport.abort() if task.cancelled() else writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *rest = head.strip().split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path = target.partition("?")[0]
        request = Request(
            method, target, headers, body, self._counts[path], f"http://{headers.get('host', '')}", time.monotonic()
        )
        self._counts[path] += 1
        self.requests.append(request)
        steps = self.routes.get(path)
        behaviour = steps[min(request.count, len(steps) - 1)] if steps else answer(404)
        await behaviour(request, writer)
        await writer.drain()


def answer(status: int, body: bytes | str = b"", headers: Mapping[str, str] | None = None) -> Behaviour:
    """A plain answer. `{base}` in it is the server's address, `diario.example` becomes a host named after the path."""
    raw = body.encode() if isinstance(body, str) else body

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        host = request.path.split("/")[1].encode() + b".example"
        sent = raw.replace(b"{base}", request.base.encode()).replace(b"diario.example", host)
        fields = {"Content-Length": str(len(sent)), "Connection": "close", **(headers or {})}
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in fields.items())]
        head = "\r\n".join(lines).replace("{base}", request.base)
        writer.write(head.encode("latin-1") + b"\r\n\r\n" + sent)

    return behave


def redirect(status: int, target: str) -> Behaviour:
    """A redirect; `{base}` in the target is the server's address."""
    return answer(status, b"", {"Location": target})
