"""The HTTP client in memory: answers from a table, and remembers what was asked. For tests and dry runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from services.http.base import Answer, HttpError, Unreachable

Reply = Answer | HttpError | Callable[["Asked"], "Answer | Awaitable[Answer]"]


class Asked(NamedTuple):
    """One request."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class MemoryHttp:
    """See `http.base.Http`. `routes` maps a URL to an answer, to an error to raise, or to a function of the request.

    A URL without a route is `Unreachable("dns")`, as an unknown name would be.
    """

    def __init__(self, routes: Mapping[str, Reply] | None = None) -> None:
        self.routes: dict[str, Reply] = dict(routes or {})
        self.asked: list[Asked] = []
        self.closed = False

    async def get(self, url: str, headers: Mapping[str, str] | None = None, cap: int | None = None) -> Answer:
        """The route's answer."""
        return await self._answer(Asked("GET", url, headers or {}, b""))

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """The route's answer."""
        return await self._answer(Asked("POST", url, headers, body))

    async def close(self) -> None:
        """Marks it closed."""
        self.closed = True

    async def _answer(self, asked: Asked) -> Answer:
        self.asked.append(asked)
        reply = self.routes.get(asked.url)
        if reply is None:
            raise Unreachable("dns", f"no route for {asked.url}")
        if isinstance(reply, HttpError):
            raise reply
        if isinstance(reply, Answer):
            return reply
        made = reply(asked)
        return made if isinstance(made, Answer) else await made
