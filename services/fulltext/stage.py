"""full text: an article whose feed says little is handed on once more when its page has been read.

    articles | decode | page queued | … | page fetched | completed text on

The tagger reads the feed's text beside this stage, not behind it: nobody waits for a page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.fulltext.extractors import Extractors
from services.fulltext.source import Fetching, Finished, FulltextSource
from services.fulltext.wanted import Rules, completed, marked, wants_page
from services.http import client
from services.log.base import Delivered, Reader
from services.model.article import Article
from services.model.codec import Codec, FutureVersion, Unreadable
from services.settings import Settings
from services.stage import Handled, Invalid, Latched
from services.store.base import Store
from services.store.feeds import host_in
from services.store.pages import Page, PageStore
from services.telemetry import PAGES


class FulltextStage:
    """See `stage.Stage`."""

    def __init__(
        self,
        pages: PageStore,
        rules: Rules,
        clock: Callable[[], float],
        clean: Callable[[str, str], str],
        spaced: bool = True,
    ) -> None:
        """`clean(link, base)`: the address for readers of a page's canonical link. `spaced`: hosts are (samples are
        not: they are our own)."""
        self._codec = Codec(Article)
        self._pages = pages
        self._rules = rules
        self._clock = clock
        self._clean = clean
        self._spaced = spaced

    def handle(self, items: Sequence[Delivered | Finished]) -> list[Handled]:
        """Queues the pages that are wanted (twice is once), and hands on what pages have come to."""
        now = self._clock()
        articles = [self._decode(each) for each in items if isinstance(each, Delivered)]
        self._pages.add([self._page(each) for each in articles if wants_page(each, self._rules, now)], now)
        return [self._finished(each) if isinstance(each, Finished) else Handled() for each in items]

    def _page(self, article: Article) -> Page:
        return Page(article=article, host=host_in(article.url) if self._spaced and not article.sample else "")

    def _finished(self, item: Finished) -> Handled:
        article, page = item.claimed.page.article, item.page
        PAGES.labels(page.problem or "ok").inc()
        if page.problem or not page.text:
            return Handled((marked(article, page.problem or "short"),))
        address = self._clean(page.canonical, article.url) if page.canonical else ""
        return Handled((completed(article, page, address),))

    def _decode(self, item: Delivered) -> Article:
        try:
            return self._codec.decode(item.value)
        except Unreadable as error:
            raise Invalid(f"unreadable: {error}") from error
        except FutureVersion as error:
            raise Latched(f"{item.topic}, partition {item.partition}: {error}", needs=error.found) from error


def build(
    settings: Settings,
    store: Store,
    reader: Reader,
    clock: Callable[[], float],
    clean: Callable[[str, str], str],
    allow: Sequence[str] = (),
) -> tuple[FulltextSource, FulltextStage]:
    """The parts of a full text worker.

    `clean`: `poll.canonical.clean`; stages do not import each other. `allow`: private addresses that may be asked
    beyond `http.allow_private`; the sample newsroom's is added when it is on.
    """
    ours, http = settings.fulltext, settings.http
    if settings.newsroom.enabled:
        allow = (*allow, f"{settings.newsroom.host}:{settings.newsroom.port}")
    fresh = settings.poll.backfill_hours * 3600.0
    rules = Rules(ours.short_text, frozenset(ours.skip_outlets), attempts=ours.attempts, fresh=fresh)
    how = Fetching(
        rules,
        concurrency=ours.concurrency,
        spacing=http.host_seconds,
        robots=http.robots,
        cap=ours.max_page_kb * 1024,
        limit=settings.poll.max_text,
        clock=clock,
    )
    extractors = Extractors(ours.extractors, ours.extract_seconds)
    source = FulltextSource(reader, store.pages, store.feeds, lambda: client.connect(http, allow), extractors, how)
    return source, FulltextStage(store.pages, rules, clock, clean, spaced=http.host_seconds > 0)
