"""The promises of the page queue, held by every adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from services.model.article import Article
from services.store.memory.pages import MemoryPages
from services.store.pages import Page, PageStore

T0 = 1_790_000_000.0


@pytest.fixture
def pages(store_url: str) -> Iterator[PageStore]:
    """The adapter under test."""
    if store_url.startswith("memory"):
        yield MemoryPages()
        return
    from services.store.redis.client import connect
    from services.store.redis.pages import RedisPages

    client = connect(store_url)
    yield RedisPages(client)
    client.close()


def a_page(number: int, version: int = 1) -> Page:
    """Of an article of its own."""
    url = f"https://diario.example/{number}"
    article = Article(
        id=f"{number:024x}", version=version, digest="d", url=url, title="T", text="x", feed="f", outlet="o", seen=T0
    )
    return Page(article=article)


def test_a_page_is_claimed_once_and_ends_when_settled(pages: PageStore) -> None:
    """Until its claim runs out."""
    pages.add([a_page(1), a_page(2)], T0)
    first = pages.claim(T0, 10, 60)
    assert len(first) == 2
    assert pages.claim(T0 + 59, 10, 60) == []
    assert pages.settle(first[0], None, 0.0)
    assert pages.waiting() == 1
    again = pages.claim(T0 + 61, 10, 60)
    assert [each.page.article.id for each in again] == [first[1].page.article.id]
    assert not pages.settle(first[1], None, 0.0), "the claim was lost"
    assert pages.settle(again[0], None, 0.0)
    assert pages.waiting() == 0


def test_trying_again_later(pages: PageStore) -> None:
    """With what was learnt."""
    pages.add([a_page(1)], T0)
    claimed = pages.claim(T0, 1, 60)[0]
    assert pages.settle(claimed, replace(claimed.page, attempts=1, reserved=True), T0 + 300)
    assert pages.claim(T0 + 299, 1, 60) == []
    found = pages.claim(T0 + 300, 1, 60)[0].page
    assert (found.attempts, found.reserved) == (1, True)


def test_a_newer_version_replaces_an_older_one(pages: PageStore) -> None:
    """Also while the older one is under way; never the other way round."""
    pages.add([a_page(1, 3)], T0)
    pages.add([a_page(1, 1)], T0)
    old = pages.claim(T0, 1, 60)[0]
    assert old.page.article.version == 3
    pages.add([a_page(1, 5)], T0 + 1)
    assert not pages.settle(old, None, 0.0)
    assert pages.claim(T0 + 1, 1, 60)[0].page.article.version == 5


def test_hurried_pages_come_first(pages: PageStore) -> None:
    """Those of alerts that were raised on the feed's text; what is under way is left alone."""
    pages.add([a_page(number) for number in range(5)], T0)
    late = a_page(9)
    pages.add([late], T0 + 1)
    assert pages.hurry([late.article.id, "unknown"], T0 + 1) == 1
    assert pages.claim(T0 + 1, 1, 60)[0].page.article.id == late.article.id
    assert pages.hurry([late.article.id], T0 + 1) == 0
