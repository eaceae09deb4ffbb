"""A small server for what others send us: bounded requests in, a status and a short text out.

Owns the socket and its limits; what a request means is the handler's business.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from aiohttp import web

_CAP = 4 << 20
_SECONDS = 30.0  # for a request's body: who sends no more holds a connection no longer


class Received(NamedTuple):
    """A request; header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


class Inbox:
    """Listens while open. `handle` answers with a status and a text; port 0 takes a free one."""

    def __init__(self, host: str, port: int, handle: Callable[[Received], Awaitable[tuple[int, str]]]) -> None:
        self._host = host
        self._handle = handle
        self._runner: web.AppRunner | None = None
        self.port = port

    async def open(self) -> None:
        """`OSError` when the port is taken."""
        app = web.Application(client_max_size=_CAP)
        app.router.add_route("*", "/{tail:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False)
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def close(self) -> None:
        """Stops listening; idempotent."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _answer(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_SECONDS):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408, text="too slow", content_type="text/plain")
        headers = {name.lower(): value for name, value in request.headers.items()}
        received = Received(request.method, request.path, dict(request.query), headers, body)
        status, text = await self._handle(received)
        return web.Response(status=status, text=text, content_type="text/plain")
