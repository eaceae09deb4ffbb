"""Name look-ups in threads that nobody waits for.

The system's resolver cannot be interrupted: a dead name server holds a thread for half a minute. The usual pool
would then keep other look-ups waiting and the process from ending; these threads are daemons, one a look-up.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from contextlib import suppress

from aiohttp.abc import AbstractResolver, ResolveResult

_AT_ONCE = 128


class ThreadResolver(AbstractResolver):
    """`getaddrinfo` with a thread for each look-up, `_AT_ONCE` at most."""

    def __init__(self) -> None:
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Every address of the name; `OSError` when it has none."""
        async with self._room:
            loop = asyncio.get_running_loop()
            answer: asyncio.Future[list[ResolveResult]] = loop.create_future()
            look_up = threading.Thread(target=_look_up, args=(loop, answer, host, port, family), daemon=True)
            look_up.start()
            return await answer

    async def close(self) -> None:
        """Nothing to end: a look-up that hangs ends by itself or with the process."""


def _look_up(
    loop: asyncio.AbstractEventLoop,
    answer: asyncio.Future[list[ResolveResult]],
    host: str,
    port: int,
    family: socket.AddressFamily,
) -> None:
    found: list[ResolveResult] = []
    problem: OSError | None = None
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = [_result(host, info) for info in infos]
    except UnicodeError as error:
        problem = OSError(f"{host!r} is no host name: {error}")
    except OSError as error:
        problem = error

    def deliver() -> None:
        if answer.done():
            return
        if problem is not None:
            answer.set_exception(problem)
        else:
            answer.set_result(found)

    with suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(deliver)


def _result(
    host: str, info: tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[object, ...]]
) -> ResolveResult:
    family, _, protocol, _, address = info
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    return ResolveResult(
        hostname=host, host=str(address[0]), port=int(str(address[1])), family=family, proto=protocol, flags=numeric
    )
