"""Full text over real sockets, with extractor children: what goes on at once, and what pages make of it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import pytest
from msgspec.structs import replace

from services.fulltext.extract import extract, sentences
from services.fulltext.extractors import Extractors
from services.fulltext.page import PageJob, PageText
from services.fulltext.source import Fetching, FulltextSource
from services.fulltext.stage import FulltextStage
from services.fulltext.wanted import Rules, completed, retry_in, wants_page
from services.http.client import Client
from services.http.memory import MemoryHttp
from services.log.base import Record, Topic
from services.log.memory import MemoryLog
from services.model.article import Article
from services.model.codec import encode
from services.poll import canonical
from services.settings import HttpSettings
from services.store.memory.feeds import MemoryFeeds
from services.store.memory.pages import MemoryPages
from services.store.pages import Page
from tests.conftest import until
from tests.hostile import behaviours
from tests.hostile.server import Behaviour, HostileServer, Local, answer, redirect

RULES = Rules(short_text=300, skip_outlets=frozenset({"cerrado"}), backoff=0.2, attempts=3, fresh=3600.0)
PARAGRAPH = (
    "Los ministros de Chile y Perú firmaron en Tacna un convenio para vigilar juntos la frontera. "
    "El acuerdo prevé patrullas mixtas, un centro de mando común y el intercambio de datos sobre el contrabando. "
)
STORY = "".join(f"<p>{PARAGRAPH} Párrafo número {number}.</p>" for number in range(5))


def a_page(body: str, head: str = "") -> str:
    """An article page as outlets make them: menu, teasers, footer."""
    return (
        f"<!doctype html><html lang='es'><head><title>Convenio en Tacna</title>{head}</head><body>"
        "<nav><ul><li>Inicio</li><li>Política</li><li>Deportes</li></ul></nav>"
        f"<article><h1>Convenio en Tacna</h1>{body}</article>"
        "<aside><h3>Te puede interesar</h3><ul><li>Detienen a un minero ilegal en Madre de Dios</li></ul></aside>"
        "<footer>Suscríbete al boletín. Todos los derechos reservados</footer></body></html>"
    )


HTML = {"Content-Type": "text/html; charset=utf-8"}
FULL = a_page(
    STORY,
    '<meta property="article:published_time" content="2026-11-20T10:00:00-05:00">'
    '<link rel="canonical" href="/canonica/nota?utm_source=x">',
)
WALLED = a_page("<p>El ministro viajó a Tacna.</p><div>Contenido exclusivo para suscriptores</div>")
CONSENT = (
    "<html><body><p>Antes de continuar, acepta nuestras cookies.</p><button>Aceptar y continuar</button></body></html>"
)

PAGES: Mapping[str, tuple[Sequence[Behaviour], str]] = {
    "full": ([answer(200, FULL, HTML)], ""),
    "latin1": ([answer(200, a_page(STORY).encode("latin-1"), {"Content-Type": "text/html; charset=iso-8859-1"})], ""),
    "redirected": ([redirect(302, "/full")], ""),
    "recovers": ([answer(500), answer(200, FULL, HTML)], ""),
    "amp": ([answer(200, a_page("<p>Corto.</p>", '<link rel="amphtml" href="/full">'), HTML)], ""),
    "wall": ([answer(200, WALLED, HTML)], "wall"),
    "consent": ([answer(200, CONSENT, HTML)], "consent"),
    "short": ([answer(200, a_page("<p>Corto.</p>"), HTML)], "short"),
    "missing": ([answer(404)], "http_404"),
    "down": ([answer(503)], "http_503"),
    "private": ([redirect(302, "http://10.0.0.1/nota")], "address"),
    "bomb": ([behaviours.bomb(60)], "too_big"),
    "slow": ([behaviours.slow_body()], "unreachable_timeout_body"),
    "pdf": ([answer(200, b"%PDF-1.4", {"Content-Type": "application/pdf"})], "no_page"),
    "forbidden": ([answer(200, FULL, HTML)], "robots"),
}  # fmt: skip


def an_article(url: str, text: str = "Corto.", outlet: str = "diario") -> Article:
    """As a feed with little text brings it."""
    return Article(
        id=url[-20:], version=3, digest="d", url=url, title="Convenio en Tacna", text=text, feed="f", outlet=outlet,
        seen=time.time(),
    )  # fmt: skip


@pytest.fixture(scope="module")
def handed_on() -> Iterator[dict[str, list[Article]]]:
    """By page: everything that the stage appended."""
    routes = {f"/{name}": steps for name, (steps, _) in PAGES.items()}
    routes["/robots.txt"] = [answer(200, "User-agent: *\nDisallow: /forbidden", {"Content-Type": "text/plain"})]
    log, feeds, clock = MemoryLog(), MemoryFeeds(), time.time
    pages = MemoryPages(feeds)
    log.prepare([Topic("articles", ("g",), 2)])
    http = HttpSettings(header_seconds=1.0, body_seconds=1.5, per_host=20)
    with HostileServer(routes) as server:
        named = {name: an_article(f"{server.of_host(name)}/{name}") for name in PAGES}
        named["long"] = an_article("http://long.test/long", "x " * 400)
        named["skipped"] = an_article("http://skipped.test/skipped", outlet="cerrado")
        log.append("articles", [Record(each.id, encode(each)) for each in named.values()])
        allow = [f"127.0.0.1:{server.port}"]
        extractors = Extractors(2, 20.0)
        how = Fetching(RULES, spacing=0.05, cap=1 << 20)
        source = FulltextSource(
            log.reader("articles", "g", "m"),
            pages,
            feeds,
            lambda: Client(http, allow, Local()),
            extractors,
            how,
        )
        stage = FulltextStage(pages, RULES, clock, canonical.clean)
        found: dict[str, list[Article]] = {each.url: [] for each in named.values()}
        by_id = {each.id: each.url for each in named.values()}
        deadline = time.monotonic() + 60
        while (log.lag("articles", "g") or pages.waiting()) and time.monotonic() < deadline:
            items = source.read(50, 0.2)
            handled = stage.handle(items)
            source.commit(list(zip(items, handled, strict=True)))
            for record in (record for each in handled for record in each.records):
                assert isinstance(record, Article)
                found[by_id[record.id]].append(record)
        assert pages.waiting() == 0
        source.close()
        yield {name: found[article.url] for name, article in named.items()}


@pytest.mark.parametrize("name", PAGES)
def test_a_page(name: str, handed_on: dict[str, list[Article]]) -> None:
    """The same version with the page's text, or with the feed's and the reason."""
    (second,) = handed_on[name]
    problem = PAGES[name][1]
    assert (second.version, second.page_problem, second.page_read) == (3, problem, True)
    if problem:
        assert (second.text, second.text_from) == ("Corto.", "feed")
    else:
        assert second.text_from == "page"
        assert second.text.count("patrullas mixtas") == 5
        assert "Madre de Dios" not in second.text
        assert "Suscríbete" not in second.text
        assert second.digest != "d"


def test_dates_and_canonical_addresses_come_from_the_page(handed_on: dict[str, list[Article]]) -> None:
    """The date only where the feed gave none; the address cleaned; the id stays."""
    (second,) = handed_on["full"]
    assert second.published == 1_795_186_800.0
    assert second.url.endswith("/canonica/nota")
    assert second.id.endswith("/full")


@pytest.mark.parametrize("name", ["long", "skipped"])
def test_what_needs_no_page_is_not_handed_on(name: str, handed_on: dict[str, list[Article]]) -> None:
    """Enough text in the feed, or an outlet that is left alone: the tagger has it from the feed."""
    assert handed_on[name] == []


def test_which_articles_want_their_page() -> None:
    """Never old news: neither old when first seen, nor seen long before full text was switched on."""
    article = an_article("https://diario.example/1")
    now = article.seen + RULES.fresh
    assert wants_page(article, RULES, now)
    assert not wants_page(article, RULES, now + 1)
    assert not wants_page(replace(article, backfill=True), RULES, now)
    assert not wants_page(replace(article, url="urn:x"), RULES, now)


def test_a_page_that_says_less_than_the_feed_changes_no_text() -> None:
    """Its date is taken over all the same, and the article says that its page was looked at."""
    article = an_article("https://diario.example/1", text="Una frase bastante larga.")
    found = completed(article, PageText("Corta.", published=5.0), "")
    assert (found.text, found.text_from, found.page_problem) == (article.text, "feed", "no_more")
    assert (found.published, found.version, found.page_read) == (5.0, article.version, True)


def test_a_page_that_waited_too_long_is_not_asked_for() -> None:
    """As when full text was off for weeks with pages in the queue: the article is marked, the outlet left alone."""
    log, feeds = MemoryLog(), MemoryFeeds()
    pages = MemoryPages(feeds)
    log.prepare([Topic("articles", ("g",), 1)])
    old = replace(an_article("https://diario.example/1"), seen=time.time() - RULES.fresh - 1)
    pages.add([Page(article=old, host="diario.example")], time.time())
    http = MemoryHttp({})
    reader = log.reader("articles", "g", "m")
    source = FulltextSource(reader, pages, feeds, lambda: http, Extractors(1, 5.0), Fetching(RULES, robots=False))
    stage = FulltextStage(pages, RULES, time.time, canonical.clean)
    items = until(lambda: source.read(10, 0.1), 10, "given up")
    (handled,) = stage.handle(items)  # type: ignore[arg-type]
    source.commit([(items[0], handled)])  # type: ignore[index]
    source.close()
    (found,) = handled.records
    assert isinstance(found, Article)
    assert (found.page_problem, pages.waiting(), http.asked) == ("late", 0, [])


def test_attempts_are_spread_and_end() -> None:
    """As the host asks, at least with back-off."""
    assert retry_in(1, 0.0, RULES) == 0.2
    assert retry_in(2, 0.0, RULES) == 0.4
    assert retry_in(1, 60.0, RULES) == 60.0
    assert retry_in(3, 0.0, RULES) is None


def test_prose_is_kept_and_the_rest_is_not() -> None:
    """Line by line."""
    lines = [
        "El canciller viajó a Lima.",
        "Última hora",
        "Detienen a un minero ilegal en Madre de Dios",
        "Lea también: el acuerdo que firmaron los dos países.",
        "Síguenos en nuestras redes.",
        "• Los dos países cooperarán.",
        "",
    ]
    assert sentences(lines) == ["El canciller viajó a Lima.", "Los dos países cooperarán."]


def test_hostile_pages_do_not_raise_in_the_child() -> None:
    """Or are told as a problem."""
    extractors = Extractors(1, 20.0)
    try:
        for body in (b"", b"\x00" * 1000, b"<html>" * 5000, bytes(range(256)) * 50, b"<p>" + b"x" * 500_000):
            assert extractors.extract(PageJob(body, "https://a.example/")).problem
    finally:
        extractors.close()
    assert extract(PageJob(b"<html><body>hola</body></html>", "https://a.example/")).problem == "short"
