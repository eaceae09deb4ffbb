"""What a first look at `make run` shows: the tagger, with the shipped rules, on the whole sample newsroom.

The newsroom's articles carry what a careful reader would tag. They are a demonstration, not a measure of accuracy
(docs/accuracy.md is that): the bounds here keep the demonstration from becoming embarrassing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.model.article import Article
from services.model.tagged import LIKELY
from services.newsroom.edition import Item, edition
from services.newsroom.library import Outlet, shipped
from services.tag.tagger import Tagger

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def tagger(tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """The shipped rules."""
    return Tagger.load(Path(__file__).resolve().parents[2] / "config", tmp_path_factory.mktemp("rules"))


def items(seconds: float) -> Iterator[tuple[Outlet, Item]]:
    """Every item so many seconds after the start."""
    for view in edition(shipped(), START, START + timedelta(seconds=seconds)).feeds.values():
        yield from ((view.outlet, item) for item in view.items)


def areas(tagger: Tagger, outlet: Outlet, item: Item) -> set[str]:
    """The areas that the tagger finds firm or likely, in what the feed or the article's page shows."""
    article = Article(
        id=item.guid, version=1, digest="", url="", title=item.title, text="\n".join(item.paragraphs), feed="",
        outlet=outlet.id, seen=START.timestamp(), lang=outlet.language, outlet_country=outlet.country,
    )  # fmt: skip
    return {topic.area for topic in tagger.tag(article).topics if topic.confidence >= LIKELY}


def test_the_first_lot_is_tagged_in_every_area(tagger: Tagger) -> None:
    """Alerts of every area can be raised within seconds; the look-alike among them raises none."""
    found = [(item, areas(tagger, outlet, item)) for outlet, item in items(0)]
    assert set().union(*(each for _, each in found)) == {"security", "migration", "mining"}
    assert not [item.title for item, each in found if each and not item.areas]


def test_areas_are_found_and_look_alikes_are_not(tagger: Tagger) -> None:
    """Nine in ten areas found, nine in ten rightly; at most one look-alike or unrelated article in ten is taken in."""
    whole = [(item, areas(tagger, outlet, item)) for outlet, item in items(3600)]
    wanted = sum(len(item.areas) for item, _ in whole)
    right = sum(len(each & set(item.areas)) for item, each in whole)
    fooled = [item.title for item, each in whole if each and not item.areas]
    assert right / wanted >= 0.9
    assert right / sum(len(each) for _, each in whole) >= 0.9
    assert len(fooled) <= 0.1 * sum(not item.areas for item, _ in whole), fooled


def test_the_edit_is_what_makes_an_article_match(tagger: Tagger) -> None:
    """The arrival in Quito says nothing of ours until it is edited."""

    def arrival(seconds: float) -> set[str]:
        outlet, item = next(each for each in items(seconds) if each[1].path.endswith("/llegada-a-quito"))
        return areas(tagger, outlet, item)

    assert arrival(10) == set()
    assert arrival(30) == {"security"}
