"""Which articles want their page, and what an article becomes with it. Pure.

The version stays the feed's: an article with its page's text is the same version, told apart by `text_from` and
`page_problem`. So the next edit in the feed replaces both, and a page that comes after it is old.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from services.fulltext.page import PageText
from services.model.article import Article, content_digest


class Rules(NamedTuple):
    """The settings that decide."""

    short_text: int = 600
    skip_outlets: frozenset[str] = frozenset()
    backoff: float = 300.0
    attempts: int = 3
    fresh: float = 48 * 3600.0


def wants_page(article: Article, rules: Rules, now: float) -> bool:
    """Short in the feed, with a page to ask; never old news.

    News is old when it was old at first sight, and when it was seen long ago: who switches full text on does not ask
    for a week of pages that the log still has.
    """
    if article.backfill or now - article.seen > rules.fresh or article.outlet in rules.skip_outlets:
        return False
    return len(article.text) < rules.short_text and article.url.startswith(("http://", "https://"))


def completed(article: Article, page: PageText, address: str) -> Article:
    """With the page's text. `address`: the page's own, cleaned, or ""; the id stays, feeds are compared by it.

    A page that says less than the feed leaves the feed's text, marked `no_more`.
    """
    more = len(page.text) > len(article.text)
    text = page.text if more else article.text
    return replace(
        article,
        text=text,
        digest=content_digest(article.title, text),
        url=address or article.url,
        published=article.published if article.published is not None else page.published,
        text_from="page" if more else "feed",
        page_problem="" if more else "no_more",
    )


def marked(article: Article, problem: str) -> Article:
    """With the feed's text, and why the page gave no better one."""
    return replace(article, page_problem=problem)


def retry_in(attempts: int, asked_wait: float, rules: Rules) -> float | None:
    """Seconds until the next attempt; None when it is given up."""
    if attempts >= rules.attempts:
        return None
    return max(asked_wait, rules.backoff * 2.0 ** (attempts - 1))
