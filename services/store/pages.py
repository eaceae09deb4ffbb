"""The article pages that are to be fetched: a queue that all full text workers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from services.model.article import Article


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article whose page is wanted. `reserved`: its moment on its host has been taken already."""

    article: Article
    attempts: int = 0
    reserved: bool = False


class Claimed(NamedTuple):
    """A page that this worker may fetch now."""

    page: Page
    token: int


class PageStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method. `now`: seconds since the epoch."""

    def add(self, pages: Sequence[Page], now: float) -> None:
        """Queues them, due at once; a newer version of an article replaces the one that waits, an older does not."""
        ...

    def claim(self, now: float, limit: int, seconds: float) -> list[Claimed]:
        """Pages that are due, the longest waiting first; they come again after `seconds` unless settled."""
        ...

    def settle(self, claimed: Claimed, again: Page | None, due: float) -> bool:
        """Done (`again` is None), or to be tried again at `due`; False when the claim was lost or overtaken."""
        ...

    def hurry(self, articles: Sequence[str], now: float) -> int:
        """Puts the pages of these articles at the head of the queue; how many were waiting."""
        ...

    def waiting(self) -> int:
        """How many pages are queued or under way."""
        ...
