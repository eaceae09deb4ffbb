"""Full text as an operator runs it: `atalaya up`, a feed of teasers, and the pages that tell the story, on loopback."""

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import formatdate
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from services.model.alert import Alert
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from tests.acceptance.test_up import Up, home, started  # noqa: F401 - fixtures
from tests.conftest import until

TEASER = "Gira presidencial: segunda jornada", "Estas fueron las actividades del día en la capital."
TELLING = (
    "Presidente electo de Chile propone a Perú un corredor humanitario para migrantes",
    "El presidente electo de Chile propuso este domingo a Perú abrir un corredor humanitario para que los migrantes "
    "en situación irregular regresen a sus países de origen.",
)
FILLER = "Agenda cultural: conciertos y ferias", "El fin de semana habrá música en las plazas."
STORY = (
    "<p>El presidente electo de Chile llegó a la capital peruana en la segunda jornada de su gira por los países "
    "vecinos, y fue recibido en el palacio de gobierno.</p>"
    f"<p>{TELLING[1]}</p>"
    "<p>Chile y Perú firmaron un acuerdo para que sus policías compartan información sobre el tráfico de armas en la "
    "frontera, según informaron ambos gobiernos al término de la reunión.</p>"
)
CULTURE = "<p>" + "El fin de semana habrá música en las plazas de la ciudad y una feria de libros. " * 6 + "</p>"


class Paper:
    """A feed on one port and its pages on another; a page whose gate is shut is not answered."""

    def __init__(self) -> None:
        self.since = time.time()
        self.items: list[tuple[str, str, str]] = []  # slug, title, text
        self.asked: list[tuple[str, float]] = []  # pages, and when their request was here
        self.gates: dict[str, threading.Event] = {}
        self._servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self)) for _ in range(2)]
        self.feed, self.pages = (f"127.0.0.1:{each.server_address[1]}" for each in self._servers)
        for each in self._servers:
            each.daemon_threads = True
            threading.Thread(target=each.serve_forever, daemon=True).start()

    def answer(self, path: str) -> tuple[int, str, str]:
        """Status, kind and body."""
        if path == "/feed":
            items = "".join(
                f"<item><title>{title}</title><link>http://{self.pages}/{slug}</link><description>{text}</description>"
                f"<pubDate>{formatdate(self.since - number)}</pubDate></item>"
                for number, (slug, title, text) in enumerate(self.items)
            )
            head = "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>D</title>"
            return 200, "text/xml", f"{head}{items}</channel></rss>"
        slug = path.lstrip("/")
        if slug == "robots.txt":
            return 404, "text/plain", ""
        self.asked.append((slug, time.time()))
        if gate := self.gates.get(slug):
            gate.wait(60)
        if slug.startswith("lost"):
            return 404, "text/plain", ""
        body = CULTURE if slug.startswith("filler") else STORY
        return 200, "text/html; charset=utf-8", f"<html><body><article><h1>T</h1>{body}</article></body></html>"

    def close(self) -> None:
        for gate in self.gates.values():
            gate.set()
        for each in self._servers:
            each.shutdown()
            each.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, paper: Paper, *arguments: object) -> None:
        self._paper = paper
        super().__init__(*arguments)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        status, kind, body = self._paper.answer(self.path)
        try:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())
        except OSError:
            return  # who asked was killed

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Not worth a line each."""


@pytest.fixture
def paper() -> Iterator[Paper]:
    """Nothing published yet."""
    made = Paper()
    yield made
    made.close()


@pytest.fixture
def run(repository: Path, home: Path, started: list[Up], paper: Paper) -> Iterator[tuple[Up, Store]]:  # noqa: F811
    """A service that polls the paper every second and has looked at its empty feed; its store."""
    (home / "config" / "feeds.opml").write_text(
        "<opml version='2.0'><head><title>one</title></head><body><outline type='rss' text='D' title='D' "
        f"xmlUrl='http://{paper.feed}/feed' htmlUrl='http://{paper.feed}/' country='PE' language='es' outlet='diario' "
        "family='diario' kind='press' focus='general' verified='no' provenance='a test'/></body></opml>"
    )
    up = Up(
        repository,
        home,
        ATALAYA_NEWSROOM_ENABLED="false",
        ATALAYA_HTTP_ALLOW_PRIVATE=f"{paper.feed},{paper.pages}",
        ATALAYA_HTTP_HOST_SECONDS="1.0",
        ATALAYA_POLL_INTERVAL_SECONDS="1",
        ATALAYA_POLL_MIN_SECONDS="1",
        ATALAYA_POLL_MAX_SECONDS="2",
        ATALAYA_LOGGING_LEVEL="debug",
    )
    started.append(up)
    until(lambda: up.events("subscriptions loaded"), 90, "match is there")
    settings = Settings(data=home / "data")
    from services.embedded import EmbeddedValkey

    store = connect(EmbeddedValkey(settings.data, settings.embedded).url, settings)
    until(lambda: {each.stage for each in store.operations.processes()} >= {"fulltext", "tag", "match"}, 90, "all up")
    yield up, store
    store.close()


def alerts_of(store: Store, slug: str) -> list[Alert]:
    """What was raised, once for each subscription that asks for it."""
    return [each for each in store.alerts.recent() if each.url.endswith(f"/{slug}")]


def test_an_alert_that_only_the_page_justifies_arrives(run: tuple[Up, Store], paper: Paper) -> None:
    """The feed says nothing of it."""
    _, store = run
    paper.items = [("teaser", *TEASER), ("lost", *TELLING)]
    found = until(lambda: alerts_of(store, "teaser"), 60, "the page's alert")
    assert isinstance(found, list)
    assert {each.text_from for each in found} == {"page"}
    assert any("corredor humanitario" in quote.text for each in found for quote in each.quotes)
    until(lambda: alerts_of(store, "lost"), 20, "the feed says it; its page is gone")
    assert {each.text_from for each in alerts_of(store, "lost")} == {"feed"}
    kept = until(lambda: _remembered(store, "lost"), 20, "marked")
    assert kept == "http_404"


def _remembered(store: Store, slug: str) -> str:
    """Why the page gave nothing, as it is kept with the article."""
    (found,) = {each.article for each in alerts_of(store, slug)}
    kept = store.alerts.remembered(found)
    return kept.article.page_problem if kept else ""


def test_an_alert_on_the_feeds_text_waits_for_nobody_and_is_completed_without_a_second_one(
    run: tuple[Up, Store], paper: Paper
) -> None:
    """Its page is not even answered when the alert arrives; it is asked for ahead of those that were queued before."""
    up, store = run
    paper.gates["telling"] = threading.Event()
    fillers = [(f"filler-{number}", f"{FILLER[0]} {number}", FILLER[1]) for number in range(20)]
    paper.items = [*fillers, ("telling", *TELLING)]
    raised = until(lambda: alerts_of(store, "telling"), 60, "the alert on the feed's text")
    assert isinstance(raised, list)
    assert {each.text_from for each in raised} == {"feed"}
    assert not any("compartan información" in quote.text for each in raised for quote in each.quotes)
    until(lambda: "telling" in [slug for slug, _ in paper.asked], 30, "its page is asked for")
    assert len(paper.asked) <= 10, "ahead of the fillers"
    paper.gates["telling"].set()
    until(lambda: all(_completed(store, each) for each in raised), 30, "completed")
    until(lambda: len(paper.asked) == 21, 60, "all pages were asked for")
    until(lambda: store.pages.waiting() == 0, 30, "all pages are done")
    heard = Counter(each.subscription for each in alerts_of(store, "telling"))
    assert set(heard.values()) == {1}, "no subscription heard of it twice"
    assert {each.subscription for each in raised} < set(heard), "the page also says what others ask for"
    until(lambda: len(delivered(up)) == len(heard), 20, "all are delivered")
    assert set(Counter(delivered(up)).values()) == {1}
    moments = sorted(at for _, at in paper.asked)
    assert all(later - earlier >= 1.0 for earlier, later in itertools.pairwise(moments))


def delivered(up: Up) -> list[str]:
    """The subscriptions whose alert of this article came to the console."""
    return [each["subscription"] for each in up.alerts() if each["url"].endswith("/telling")]


def _completed(store: Store, alert: Alert) -> bool:
    found = store.alerts.get(alert.story, alert.id)
    return found is not None and found.text_from == "page"


def test_a_killed_worker_loses_no_page(run: tuple[Up, Store], paper: Paper) -> None:
    """Neither the one that it was fetching nor those that waited."""
    _, store = run
    paper.gates["teaser-0"] = threading.Event()
    paper.items = [(f"teaser-{number}", f"{TEASER[0]}, parte {number}", TEASER[1]) for number in range(3)]
    until(lambda: paper.asked, 60, "a page is asked for")
    (process,) = [each for each in store.operations.processes() if each.stage == "fulltext"]
    os.kill(process.pid, signal.SIGKILL)
    paper.gates["teaser-0"].set()
    for number in range(3):
        until(lambda name=f"teaser-{number}": alerts_of(store, name), 90, f"the alert of page {number}")
