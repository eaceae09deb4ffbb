"""An article on its feed's text and on its page's: one version twice, in any order, heard once."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from services.match.stage import MatchStage
from services.model.subscription import Subscription, Target
from services.model.tagged import TaggedArticle
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.deliveries import Limits
from tests.tagged_samples import TEXT, tagged

MIGRATION = Subscription(id="migration", areas=("migration",), targets=(Target("console"),))
MINING = Subscription(id="mining", areas=("mining",), targets=(Target("console"),))


@pytest.fixture
def store() -> Store:
    opened = connect("memory://", Settings())
    opened.subscriptions.replace("api", [MIGRATION, MINING])
    return opened


def stage(store: Store, hurried: list[str]) -> MatchStage:
    return MatchStage(store.alerts, store.subscriptions, lambda: 2000.0, hurry=hurried.extend)


def paged(record: TaggedArticle, text: str = TEXT + " Así lo informaron ambos gobiernos.") -> TaggedArticle:
    """The same article with its page's text."""
    return replace(record, article=replace(record.article, text=text, text_from="page", digest="page"))


def reasons(match: MatchStage, *items: TaggedArticle) -> list[str]:
    return ["raised" if not each.dropped else each.dropped[0].reason for item in items for each in match.handle([item])]


def heard(store: Store) -> list[str]:
    return sorted(row.subscription for row in store.deliveries.claim("me", 2000.0, 10, 60.0, Limits()))


def test_an_alert_is_completed_and_not_repeated(store: Store) -> None:
    """Its page is hurried; what is kept of it follows the page, what was sent and published does not."""
    hurried: list[str] = []
    match, feed = stage(store, hurried), tagged("a")
    assert reasons(match, feed, paged(feed), paged(feed)) == ["raised", "duplicate", "duplicate"]
    assert hurried == [feed.id]
    assert heard(store) == ["migration"]
    (sent,) = store.alerts.recent()
    kept = store.alerts.get(sent.story, sent.id)
    assert kept is not None
    assert (sent.text_from, kept.text_from, kept.digest, kept.id) == ("feed", "page", "page", sent.id)
    assert len(store.alerts.published) == 3  # type: ignore[attr-defined]
    remembered = store.alerts.remembered(feed.id)
    assert remembered is not None and remembered.article.page_read


def test_the_order_of_the_two_does_not_matter(store: Store) -> None:
    """With several workers either may come first: what one of them justifies is raised, and nothing twice."""
    feed, page = tagged("a"), paged(tagged("a", area="mining", topic="lithium"))
    for turn, order in enumerate(itertools.permutations([feed, page])):
        opened = connect("memory://", Settings())
        opened.subscriptions.replace("api", [MIGRATION, MINING])
        assert reasons(stage(opened, []), *order) == ["raised", "raised"], turn
        assert heard(opened) == ["migration", "mining"]


def test_an_edit_counts_after_its_page_was_read(store: Store) -> None:
    """Also when full text was switched off meanwhile; a page that comes after the next edit is stale."""
    hurried: list[str] = []
    match = stage(store, hurried)
    first = tagged("a", 1, area="security")
    assert reasons(match, first, paged(first)) == ["no_match", "no_match"]
    assert reasons(match, tagged("a", 2), paged(first)) == ["raised", "stale"]
    (sent,) = store.alerts.recent()
    assert store.alerts.get(sent.story, sent.id) == sent, "an older page completes nothing"
    assert reasons(match, tagged("a", 3, area="mining")) == ["raised"]


def test_pages_that_were_looked_at_are_not_hurried(store: Store) -> None:
    """Neither when the page raised the alert, nor when it gave nothing."""
    hurried: list[str] = []
    nothing = tagged("b")
    marked = replace(nothing, article=replace(nothing.article, page_problem="wall"))
    assert reasons(stage(store, hurried), paged(tagged("a")), marked) == ["raised", "raised"]
    assert hurried == []
