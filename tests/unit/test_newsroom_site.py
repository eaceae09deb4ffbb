"""The newsroom's answers: conditional requests, faults, quirks and pages, without a socket."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO

import feedparser
import pytest
from defusedxml import ElementTree

from services.newsroom.edition import published_after
from services.newsroom.library import shipped
from services.newsroom.site import Response, Site

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
LATE = START + timedelta(hours=1)
BASE = "http://127.0.0.1:8490"
STEADY = [outlet.id for outlet in shipped() if not outlet.breaks]


@pytest.fixture
def site() -> Site:
    """A newsroom that began at START."""
    return Site(shipped(), START, 1.0, BASE)


def feed(site: Site, outlet: str, now: datetime = LATE, **headers: str) -> Response:
    """GET of an outlet's feed."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return site.get(f"/feeds/{outlet}.xml", named, now)


@pytest.mark.parametrize("outlet", STEADY)
def test_every_feed_parses_and_is_marked(site: Site, outlet: str) -> None:
    """A feed parser reads every entry, and the mark is in title and root attribute."""
    answer = feed(site, outlet)
    parsed = feedparser.parse(BytesIO(answer.body), response_headers=answer.headers)
    view = site.shown(LATE).feeds[outlet]
    assert len(parsed.entries) == len(view.items)
    assert parsed.feed.title == view.outlet.title
    assert [entry.link for entry in parsed.entries] == [BASE + item.path for item in view.items]
    assert all(entry.link.startswith(BASE) for entry in parsed.entries)
    assert b'atalaya:sample="true"' in answer.body[:600]


@pytest.mark.parametrize("outlet", [each for each in STEADY if each != "diario-del-altiplano"])
def test_feeds_are_well_formed(site: Site, outlet: str) -> None:
    """All but the Latin-1 feed are XML that a strict parser takes."""
    ElementTree.fromstring(feed(site, outlet).body)


def test_the_latin_1_feed_declares_nothing(site: Site) -> None:
    """Its bytes are Latin-1, and neither the header nor the XML declaration says so."""
    answer = feed(site, "diario-del-altiplano")
    assert "charset" not in answer.headers["Content-Type"]
    assert b"encoding" not in answer.body[:60]
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")
    assert "frontera" in answer.body.decode("latin-1")


def test_portuguese_dates(site: Site) -> None:
    """The weekday and month are Portuguese and the moment is right."""
    text = feed(site, "jornal-da-fronteira", START).body.decode()
    assert "<pubDate>Dom, 22 Nov 2026 08:5" in text
    assert "-0300</pubDate>" in text


def test_an_undated_entry_has_no_date(site: Site) -> None:
    """The one article without a date has neither date nor update time."""
    root = ElementTree.fromstring(feed(site, "faro-del-sur").body)
    undated = [item.findtext("link") for item in root.iter("item") if item.find("pubDate") is None]
    assert [link.rsplit("/", 1)[1] for link in undated if link] == ["extradicion-argentina"]


def test_html_titles(site: Site) -> None:
    """The title's markup is escaped once by HTML and once by XML."""
    text = feed(site, "ecos-de-la-mitad").body.decode()
    assert "<title>&lt;b&gt;Ecuador&lt;/b&gt; apoya el corredor" in text
    assert "miner&amp;iacute;a" in text


def test_a_summary_feed_keeps_the_rest_on_the_page(site: Site) -> None:
    """Only the first paragraph is in the feed; the page has all of them."""
    rest = "Nenhum documento foi assinado"
    later = "Os dois governos voltam a conversar"
    body = feed(site, "correio-do-planalto-verde").body.decode()
    assert rest in body
    assert later not in body
    page = site.get("/20261122-120000/correio-do-planalto-verde/chanceleres-leticia", {}, LATE)
    assert later in page.body.decode()


def test_not_modified_by_tag_and_by_date(site: Site) -> None:
    """Either validator gives 304 with the validators and no body; a changed feed gives 200."""
    first = feed(site, "faro-del-sur")
    for name in ("ETag", "Last-Modified"):
        header = {"ETag": "if_none_match", "Last-Modified": "if_modified_since"}[name]
        again = feed(site, "faro-del-sur", **{header: first.headers[name]})
        assert (again.status, again.body) == (304, b"")
        assert again.headers[name] == first.headers[name]
    early = feed(site, "faro-del-sur", START + timedelta(seconds=2))
    assert feed(site, "faro-del-sur", if_none_match=early.headers["ETag"]).status == 200
    assert feed(site, "faro-del-sur", if_modified_since=early.headers["Last-Modified"]).status == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [('W/{tag}, "other"', 304), ("*", 304), ('"other"', 200)],
)
def test_if_none_match_decides_alone(site: Site, sent: str, status: int) -> None:
    """Lists, weak tags and * are understood, and a fresh date does not overrule a tag that differs."""
    first = feed(site, "faro-del-sur")
    named = sent.replace("{tag}", first.headers["ETag"])
    again = feed(site, "faro-del-sur", if_none_match=named, if_modified_since=first.headers["Last-Modified"])
    assert again.status == status


@pytest.mark.parametrize("nonsense", ["yesterday", "", "Sun, 99 Nov 2026 00:00:00 GMT", "Sun, 22 Nov 2099 00:00:00"])
def test_a_date_that_is_none_is_ignored(site: Site, nonsense: str) -> None:
    """What is no HTTP date does not make a condition."""
    assert feed(site, "faro-del-sur", if_modified_since=nonsense).status == 200


def test_no_last_modified_within_the_same_second(site: Site) -> None:
    """A change less than a second old has no Last-Modified: it could not be told from the next."""
    moment = START + published_after(2, 1)  # faro-del-sur publishes then
    assert "Last-Modified" not in feed(site, "faro-del-sur", moment + timedelta(milliseconds=500)).headers
    assert "Last-Modified" in feed(site, "faro-del-sur", moment + timedelta(seconds=1)).headers


def test_the_breaking_feed_breaks_three_ways_and_recovers(site: Site) -> None:
    """500, half a document, a web page, whatever the validators; then whole again, with nothing lost."""
    whole = feed(site, "rio-abierto", START + timedelta(seconds=3))
    assert whole.status == 200
    tag = {"if_none_match": whole.headers["ETag"]}
    answers = [feed(site, "rio-abierto", **tag) for _ in range(4)]
    assert [answer.status for answer in answers] == [500, 200, 200, 200]
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(answers[1].body)
    assert answers[2].headers["Content-Type"].startswith("text/html")
    assert len(list(ElementTree.fromstring(answers[3].body).iter("item"))) == 6
    assert not {"ETag", "Last-Modified"} & set(answers[1].headers)


def test_pages_appear_when_published_and_stay(site: Site) -> None:
    """An article's page is there from its turn on; links of an earlier edition still open; others are 404."""
    page = "/20261122-120000/faro-del-sur/memorando-litio"
    assert site.get(page, {}, START).status == 404
    assert site.get(page + "?utm_source=x", {}, LATE).status == 200
    older = page.replace("20261122", "20251122")
    assert "litio" in site.get(older, {}, START).body.decode()
    for wrong in (page.replace("20261122", "20271122"), page + "-x", "/feeds/none.xml", "/..", "/20261199-120000/a/b"):
        assert site.get(wrong, {}, LATE).status == 404, wrong


def test_a_page_says_that_it_is_a_sample(site: Site) -> None:
    """The notice stands in the article's language, above the headline, and search engines are kept away."""
    text = site.get("/20261122-120000/southern-ledger/president-elect-tour", {}, LATE).body.decode()
    assert text.index("Sample: this outlet") < text.index("<h1>")
    assert 'content="noindex"' in text
    assert '<html lang="en">' in text


def test_links_follow_the_name_that_was_asked(site: Site) -> None:
    """In a container the newsroom has another name; a Host that is none is not repeated."""
    named = feed(site, "faro-del-sur", host="newsroom:8490").body.decode()
    assert "<link>http://newsroom:8490/20261122-120000/" in named
    hostile = feed(site, "faro-del-sur", host='x"><script>').body.decode()
    assert "<script" not in hostile
    assert f"<link>{BASE}/20261122-120000/" in hostile


def test_the_front_page_lists_every_feed(site: Site) -> None:
    """Someone who opens the address sees what this is and where the feeds are."""
    text = site.get("/", {}, LATE).body.decode()
    assert "invented" in text
    assert all(f"/feeds/{outlet.id}.xml" in text for outlet in shipped())
