"""full text: an article goes on at once with its feed's text, and once more when its page has been read.

articles | decode | feed text on, page queued | … | page fetched | completed text on
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.fulltext.extractors import Extractors
from services.fulltext.source import Fetching, Finished, FulltextSource
from services.fulltext.wanted import Rules, completed, marked, on_feed_text, wants_page
from services.http import client
from services.log.base import Delivered, Reader
from services.model.article import Article
from services.model.codec import Codec, FutureVersion, Unreadable
from services.settings import Settings
from services.stage import Handled, Invalid, Latched
from services.store.base import Store
from services.store.pages import Page, PageStore
from services.telemetry import PAGES


class FulltextStage:
    """See `stage.Stage`."""

    def __init__(
        self, pages: PageStore, rules: Rules, clock: Callable[[], float], clean: Callable[[str, str], str]
    ) -> None:
        """`clean(link, base)`: the address for readers of a page's canonical link."""
        self._codec = Codec(Article)
        self._pages = pages
        self._rules = rules
        self._clock = clock
        self._clean = clean

    def handle(self, items: Sequence[Delivered | Finished]) -> list[Handled]:
        """Queues the pages that are wanted (twice is once), then hands everything on."""
        articles = {index: self._decode(each) for index, each in enumerate(items) if isinstance(each, Delivered)}
        wanted = [Page(article=each) for each in articles.values() if wants_page(each, self._rules)]
        self._pages.add(wanted, self._clock())
        return [
            self._finished(each) if isinstance(each, Finished) else Handled((on_feed_text(articles[index]),))
            for index, each in enumerate(items)
        ]

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
    """The parts of a full text worker. `clean`: `poll.canonical.clean`; stages do not import each other."""
    ours, http = settings.fulltext, settings.http
    rules = Rules(ours.short_text, frozenset(ours.skip_outlets), attempts=ours.attempts)
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
    return source, FulltextStage(store.pages, rules, clock, clean)
