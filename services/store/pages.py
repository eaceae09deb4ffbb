"""The article pages that are to be fetched: a queue that all full text workers share.

Pages of one host are spaced like its feeds and together with them: a claim takes the page's host, and whoever has
fetched gives it back (`feeds.FeedStore.free`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from services.model.article import Article

HURRY_SECONDS = 3600.0
"""How long a hurried article is remembered whose page has not been queued yet."""


class Page(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article whose page is wanted. `host`: whose requests are spaced; "" is not spaced (see `feeds.host_in`)."""

    article: Article
    host: str = ""
    attempts: int = 0


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
        """Pages that are due and whose host is free: hurried ones first, then the longest waiting; one per host.

        They come again after `seconds` unless renewed or settled; their hosts are taken for as long.
        """
        ...

    def renew(self, claimed: Sequence[Claimed], until: float) -> None:
        """Keeps these claims until then; those that were lost or overtaken stay so. The hosts are not touched."""
        ...

    def settle(self, claimed: Claimed, again: Page | None, due: float) -> bool:
        """Done (`again` is None), or to be tried again at `due`; False when the claim was lost or overtaken."""
        ...

    def hurry(self, articles: Sequence[str], now: float) -> int:
        """Puts the pages of these articles at the head of the queue; how many were waiting.

        One that is not queued yet will be put there when it is. One that waits for another try, as its host may
        have asked for, keeps its time.
        """
        ...

    def waiting(self) -> int:
        """How many pages are queued or under way."""
        ...
