"""Which articles want their page, and what an article becomes with it. Pure.

Versions: the feed's text of version v goes on as 2v−1, the page's text as 2v. So the page's text replaces the
feed's text of the same version, and the next edit in the feed replaces both.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from services.fulltext.extract import PageText
from services.model.article import Article, content_digest


class Rules(NamedTuple):
    """The settings that decide."""

    short_text: int = 600
    skip_outlets: frozenset[str] = frozenset()
    backoff: float = 300.0
    attempts: int = 3


def wants_page(article: Article, rules: Rules) -> bool:
    """Short in the feed, with a page to ask; never a sample, nor old news."""
    if article.sample or article.backfill or article.outlet in rules.skip_outlets:
        return False
    return len(article.text) < rules.short_text and article.url.startswith(("http://", "https://"))


def on_feed_text(article: Article) -> Article:
    """As it goes on at once: an alert for which the feed says enough does not wait for the page."""
    return replace(article, version=2 * article.version - 1)


def completed(article: Article, page: PageText, address: str) -> Article:
    """With the page's text. `address`: the page's own, cleaned, or ""; the id stays, feeds are compared by it."""
    text = page.text if len(page.text) > len(article.text) else article.text
    return replace(
        article,
        version=2 * article.version,
        text=text,
        digest=content_digest(article.title, text),
        url=address or article.url,
        published=article.published if article.published is not None else page.published,
        text_from="page" if text is page.text else "feed",
    )


def marked(article: Article, problem: str) -> Article:
    """With the feed's text, and why the page gave no better one."""
    return replace(article, version=2 * article.version, page_problem=problem)


def retry_in(attempts: int, asked_wait: float, rules: Rules) -> float | None:
    """Seconds until the next attempt; None when it is given up."""
    if attempts >= rules.attempts:
        return None
    return max(asked_wait, rules.backoff * 2.0 ** (attempts - 1))
