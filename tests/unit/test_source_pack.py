"""The source pack: broad, balanced, honest about where each address was seen, and described as it is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.model.feed import Feed
from services.poll.opml import read_opml, write_opml
from services.poll.opml_schema import KINDS, REGIONAL, SOUTH_AMERICA, WIRE, host_of, url_key

ROOT = Path(__file__).parents[2]
PACK = ROOT / "config" / "feeds.opml"
GUIDE = ROOT / "docs" / "sources.md"

DATA = PACK.read_bytes()
FEEDS = read_opml(DATA, str(PACK))

LANGUAGES = {"es": "Spanish", "pt": "Portuguese", "en": "English", "nl": "Dutch"}
SHARED_HOSTS = {"feeds.feedburner.com", "operamundi.uol.com.br"}  # a guest on the site of another house
LARGER = sorted(set(SOUTH_AMERICA) - {"GY", "SR"})
PROVENANCE = re.compile(r"repo:[\w.-]+/[\w.-]+ [\w./-]+|page:https?://\S+")
SECOND_LEVEL = {"com", "gob", "gov", "gub", "org", "net", "edu", "mil", "leg", "co", "jor", "inf"}


def site_of(url: str) -> str:
    """The part of a host that one owner registered: "ebc.com.br" of "agenciabrasil.ebc.com.br"."""
    labels = host_of(url).split(".")
    parts = 3 if len(labels) > 2 and labels[-2] in SECOND_LEVEL and len(labels[-1]) == 2 else 2
    return ".".join(labels[-parts:])


def table() -> str:
    """Feeds per country and kind, as docs/sources.md shows them."""
    counts = Counter((feed.country, feed.kind) for feed in FEEDS)
    others = {feed.country for feed in FEEDS} - {*SOUTH_AMERICA, REGIONAL, WIRE}
    rows = [*SOUTH_AMERICA, *sorted(others), REGIONAL, WIRE]
    lines = [f"| country | {' | '.join(KINDS)} | all | houses |", "|---|" + "--:|" * (len(KINDS) + 2)]
    for country in rows:
        own = [counts[country, kind] for kind in KINDS]
        houses = len({feed.family for feed in FEEDS if feed.country == country})
        lines.append(f"| {country} | {' | '.join(map(str, own))} | {sum(own)} | {houses} |")
    every = [sum(feed.kind == kind for feed in FEEDS) for kind in KINDS]
    houses = len({feed.family for feed in FEEDS})
    return "\n".join([*lines, f"| all | {' | '.join(map(str, every))} | {len(FEEDS)} | {houses} |"])


def counted(values: Iterable[str]) -> str:
    """ "3 energy, 1 mining": the commonest first, equals by name."""
    ordered = sorted(Counter(values).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{times} {value}" for value, times in ordered)


def of(country: str) -> list[Feed]:
    return [feed for feed in FEEDS if feed.country == country]


def test_it_is_large() -> None:
    assert len(FEEDS) >= 300


@pytest.mark.parametrize("country", SOUTH_AMERICA)
def test_every_south_american_state_has_several_houses(country: str) -> None:
    least = 5 if country in ("GY", "SR") else 15
    assert len(of(country)) >= least
    assert len({feed.family for feed in of(country)}) >= least * 2 // 3


def test_no_house_speaks_for_a_country() -> None:
    for country in SOUTH_AMERICA:
        (_, most), *_ = Counter(feed.family for feed in of(country)).most_common(1)
        assert most <= len(of(country)) / 3, country


def test_every_larger_state_has_more_than_its_press() -> None:
    for country in LARGER:
        assert any(feed.kind in ("government", "specialised") for feed in of(country)), country


def test_the_region_the_wires_and_the_three_subjects_are_covered() -> None:
    assert len(of(REGIONAL)) >= 10
    assert len(of(WIRE)) >= 10
    assert Counter(feed.kind for feed in FEEDS)["wire"] >= 3
    focuses = Counter(feed.focus for feed in FEEDS)
    assert focuses["security"] >= 20
    assert focuses["mining"] >= 10
    assert focuses["migration"] >= 3
    assert focuses["diplomacy"] >= 10


def test_no_address_comes_twice() -> None:
    assert [key for key, times in Counter(url_key(feed.url) for feed in FEEDS).items() if times > 1] == []


def test_one_site_belongs_to_one_house() -> None:
    houses: dict[str, set[str]] = defaultdict(set)
    for feed in FEEDS:
        for url in (feed.url, feed.home):
            if host_of(url) not in SHARED_HOSTS:
                houses[site_of(url)].add(feed.family)
    assert {site: families for site, families in houses.items() if len(families) > 1} == {}


def test_one_outlet_has_one_house_and_no_house_is_named_like_the_outlet_of_another() -> None:
    house: dict[str, str] = {}
    for feed in FEEDS:
        assert house.setdefault(feed.outlet, feed.family) == feed.family
    assert {outlet: family for outlet, family in house.items() if outlet in house.values() and outlet != family} == {}


def test_the_tagged_languages_and_dutch_only() -> None:
    assert {feed.language for feed in FEEDS} == {"es", "pt", "en", "nl"}
    assert {feed.country for feed in FEEDS if feed.language == "nl"} == {"SR", REGIONAL}
    assert Counter(feed.language for feed in of("BR")).most_common(1)[0][0] == "pt"


def test_every_address_says_where_it_was_seen() -> None:
    assert [feed.url for feed in FEEDS if not PROVENANCE.fullmatch(feed.provenance)] == []


def test_nothing_claims_to_be_verified_or_to_be_a_sample() -> None:
    assert not any(feed.verified or feed.sample for feed in FEEDS)


def test_the_file_is_as_the_program_writes_it() -> None:
    created = datetime(2026, 11, 22, 18, tzinfo=UTC).timestamp()
    assert write_opml(FEEDS, "Atalaya: the South American source pack", created) == DATA


def test_the_guide_shows_the_counts_as_they_are() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    assert table() in guide, f"the table should be:\n{table()}"
    words = " ".join(guide.split())
    assert f"{len(FEEDS)} feeds of {len({feed.family for feed in FEEDS})} publishing houses" in words
    assert f"By subject: {counted(feed.focus for feed in FEEDS)}." in words, counted(feed.focus for feed in FEEDS)
    languages = counted(LANGUAGES[feed.language] for feed in FEEDS)
    assert f"By language: {languages}." in words, languages


def test_the_guide_says_how_many_feeds_each_list_gave() -> None:
    guide = GUIDE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| \[([^]]+)\]\(.*?\) \| [^|]+ \| (\d+) \|", guide, re.MULTILINE))
    given = Counter(feed.provenance.split(" ")[0].removeprefix("repo:") for feed in FEEDS)
    assert rows == {source: str(feeds) for source, feeds in given.items()}
