"""The promises of the page queue, held by every adapter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from services.model.article import Article
from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.feeds import Settled
from services.store.pages import HURRY_SECONDS, Claimed, Page, PageStore

T0 = 1_790_000_000.0


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """The adapter under test."""
    opened = connect(store_url, Settings())
    yield opened
    opened.close()


@pytest.fixture
def pages(store: Store) -> PageStore:
    """Its pages."""
    return store.pages


def a_page(number: int, version: int = 1, host: str = "") -> Page:
    """Of an article of its own; of a host that is not spaced, unless one is named."""
    url = f"https://{host or 'diario.example'}/{number}"
    article = Article(
        id=f"{number:024x}", version=version, digest="d", url=url, title="T", text="x", feed="f", outlet="o", seen=T0
    )
    return Page(article=article, host=host)


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
    assert pages.settle(claimed, replace(claimed.page, attempts=1), T0 + 300)
    assert pages.hurry([claimed.page.article.id], T0 + 1) == 0, "its host may have asked for this time"
    assert pages.claim(T0 + 299, 1, 60) == []
    assert pages.claim(T0 + 300, 1, 60)[0].page.attempts == 1


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


def test_an_alert_may_come_before_its_page_is_queued(pages: PageStore) -> None:
    """Then the page is put at the head when it comes; not for ever."""
    early, forgotten = a_page(8), a_page(9)
    assert pages.hurry([forgotten.article.id], T0) == 0
    assert pages.hurry([early.article.id], T0 + HURRY_SECONDS + 1) == 0
    pages.add([a_page(number) for number in range(3)], T0 + HURRY_SECONDS + 2)
    pages.add([early, forgotten], T0 + HURRY_SECONDS + 3)
    claimed = pages.claim(T0 + HURRY_SECONDS + 3, 5, 60)
    assert [claimed[0].page, claimed[-1].page] == [early, forgotten]


def test_claims_are_renewed(pages: PageStore) -> None:
    """Those that still hold; a claim that was overtaken stays lost."""
    pages.add([a_page(1)], T0)
    first = pages.claim(T0, 1, 30)
    pages.renew(first, T0 + 50)
    assert pages.claim(T0 + 49, 1, 30) == []
    (second,) = pages.claim(T0 + 50, 1, 30)
    pages.renew(first, T0 + 1000)
    assert len(pages.claim(T0 + 80, 1, 30)) == 1
    assert not pages.settle(second, None, 0.0)


def test_the_pages_of_a_host_are_asked_one_after_the_other(store: Store) -> None:
    """A claim takes the host until it is freed, and then for the spacing; pages of other hosts pass by."""
    pages, feeds = store.pages, store.feeds
    pages.add([a_page(number, host="one.example") for number in range(3)] + [a_page(7, host="two.example")], T0)

    def claimed(now: float) -> list[str]:
        return [each.page.host for each in pages.claim(now, 9, 600)]

    assert sorted(claimed(T0)) == ["one.example", "two.example"]
    assert claimed(T0 + 59) == []
    feeds.free({"one.example": T0 + 70})
    assert claimed(T0 + 69) == []
    assert claimed(T0 + 70) == ["one.example"]


def test_a_hurried_page_passes_the_others_of_its_host(store: Store) -> None:
    """And takes their turn, none of the host's time."""
    pages, feeds = store.pages, store.feeds
    queued = [a_page(number, host="one.example") for number in range(4)]
    pages.add(queued, T0)
    (first,) = pages.claim(T0, 9, 60)
    last = [page for page in queued if page != first.page][-1]
    assert pages.hurry([last.article.id], T0 + 1) == 1
    feeds.free({"one.example": T0 + 5})
    assert pages.claim(T0 + 4, 9, 60) == []
    (second,) = pages.claim(T0 + 5, 9, 60)
    assert second.page == last


def test_feeds_and_pages_share_a_host(store: Store) -> None:
    """Whoever has it keeps the others away; held, it stays taken."""
    pages, feeds = store.pages, store.feeds
    feed = Feed(url="https://www.one.example/rss", title="", country="CL", language="es", outlet="o", family="f")
    feeds.sync([feed], T0)
    pages.add([a_page(1, host="one.example")], T0)
    (lease,) = feeds.lease(T0, 1, 300, 5.0, 60.0)
    assert lease.host == "one.example"
    assert pages.claim(T0 + 59, 1, 60) == []
    feeds.hold([lease.host], T0 + 90)
    assert pages.claim(T0 + 89, 1, 60) == []
    feeds.free({lease.host: T0 + 95})
    feeds.settle(lease, Settled(FeedState(), T0 + 95), 60.0)
    assert pages.claim(T0 + 94, 1, 60) == []
    assert len(pages.claim(T0 + 95, 1, 60)) == 1
    assert feeds.lease(T0 + 96, 1, 300, 5.0, 60.0) == []


def test_thousands_that_wait_for_one_host_hold_up_no_other(store: Store) -> None:
    """They are passed over."""
    store.feeds.free({"one.example": T0 + 1000})
    store.pages.add([a_page(number, host="one.example") for number in range(3000)], T0)
    store.pages.add([a_page(5000, host="two.example")], T0 + 1)
    found: list[Claimed] = store.pages.claim(T0 + 1, 9, 60)
    assert [each.page.host for each in found] == ["two.example"]
