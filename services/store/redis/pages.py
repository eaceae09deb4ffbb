"""The page queue on Redis.

Keys, all under `atalaya:pages:`: `due` (sorted set: article id → due time, or end of the claim), `page` and `token`
(hashes: article id → page, → its last claim; 0 while it waits), `version` and `host` (hashes: article id → version,
→ whose requests are spaced), `hurried` (sorted set: article id → when), `tokens` (count of claims). The hosts are
those of the feeds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.store.pages import HURRY_SECONDS, Claimed, Page
from services.store.redis.client import PREFIX, guarded, script
from services.store.redis.feeds import BUSY, NEXT

_PAGES = PREFIX + "pages:"
_NAMES = ("due", "page", "token", "version", "tokens", "host", "hurried")
_KEYS = [*(_PAGES + name for name in _NAMES), NEXT, BUSY]
_DUE = _KEYS[0]

_page = msgspec.json.Decoder(Page)
_encode = msgspec.json.encode


class RedisPages:
    """See `store.pages.PageStore`; each method is one script."""

    def __init__(self, client: redis.Redis) -> None:
        self._client: Any = client
        self._script = script(client, Path(__file__).parent / "pages.lua")

    def add(self, pages: Sequence[Page], now: float) -> None:
        """Queues them."""
        args: list[Any] = [f"{now:.4f}"]
        for page in pages:
            args += [page.article.id, page.article.version, _encode(page), page.host]
        if pages:
            self._run("add", *args)

    def claim(self, now: float, limit: int, seconds: float) -> list[Claimed]:
        """Pages that are due and whose host is free."""
        rows = self._run("claim", f"{now:.4f}", limit, f"{now + seconds:.4f}")
        return [Claimed(_page.decode(page), int(token)) for page, token in rows]

    def renew(self, claimed: Sequence[Claimed], until: float) -> None:
        """Keeps these claims."""
        args: list[Any] = [f"{until:.4f}"]
        for each in claimed:
            args += [each.page.article.id, each.token]
        if claimed:
            self._run("renew", *args)

    def settle(self, claimed: Claimed, again: Page | None, due: float) -> bool:
        """Done, or to be tried again."""
        page = b"" if again is None else _encode(again)
        return bool(self._run("settle", claimed.page.article.id, claimed.token, page, f"{due:.4f}"))

    def hurry(self, articles: Sequence[str], now: float) -> int:
        """Puts them at the head."""
        return int(self._run("hurry", f"{now:.4f}", f"{now - HURRY_SECONDS:.4f}", *articles)) if articles else 0

    def waiting(self) -> int:
        """How many."""
        with guarded():
            return int(self._client.zcard(_DUE))

    def _run(self, what: str, *args: Any) -> Any:
        with guarded():
            return self._script(keys=_KEYS, args=[what, *args])
