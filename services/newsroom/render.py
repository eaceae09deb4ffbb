"""How the newsroom's feeds and pages are written: RSS 2.0, Atom (RFC 4287), HTML.

Owns the documents' form, quirks included (Latin-1 without a declared charset, Portuguese names of weekdays, HTML in
titles, entries without a date): they are what feeds of the real world do. Does not decide what is in them
(edition.py). Every feed carries `atalaya:sample="true"` and an outlet title that ends with the sample mark; every
page says so above the headline. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape
from html.entities import codepoint2name
from itertools import chain
from xml.sax.saxutils import escape as xml
from xml.sax.saxutils import quoteattr

from services.newsroom.edition import Edition, FeedView, Item
from services.newsroom.library import MARK, Outlet, feed_path

NAMESPACE = "urn:atalaya:newsroom"
_BYLINE = {"es": "Redacción", "pt": "Redação", "en": "Newsroom"}
_NOTICE = {
    "es": "Muestra: este medio, sus notas y sus personajes son inventados.",
    "pt": "Amostra: este veículo, suas notícias e seus personagens são inventados.",
    "en": "Sample: this outlet, its stories and its characters are invented.",
}
_BRASILIA = timezone(timedelta(hours=-3))
_DAYS = ("Seg", "Ter", "Qua", "Qui", "Sex", "Sáb", "Dom")
_MONTHS = ("Jan", "Fev", "Mar", "Abr", "Mai", "Jun", "Jul", "Ago", "Set", "Out", "Nov", "Dez")


def feed(view: FeedView, base: str) -> bytes:
    """The outlet's feed, in its format and charset; links begin with `base`, such as http://127.0.0.1:8490."""
    text = _atom(view, base) if view.outlet.format == "atom" else _rss(view, base)
    if view.outlet.charset == "latin-1":
        return f'<?xml version="1.0"?>\n{text}'.encode("latin-1", "xmlcharrefreplace")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def content_type(outlet: Outlet) -> str:
    """The feed's media type; a charset only where the outlet is not one that forgets it."""
    kind = f"application/{outlet.format}+xml"
    return kind if outlet.charset == "latin-1" else f"{kind}; charset=utf-8"


def article(outlet: Outlet, item: Item, base: str) -> bytes:
    """An article's page, with the whole text."""
    body = "\n".join(f"<p>{escape(part)}</p>" for part in item.paragraphs)
    dates = "" if item.undated else (
        f'<meta property="article:published_time" content="{item.published.isoformat()}">\n'
        f'<meta property="article:modified_time" content="{item.updated.isoformat()}">\n'
    )  # fmt: skip
    return _page(
        outlet.language,
        f"{item.title} - {outlet.title}",
        f'<link rel="canonical" href="{escape(base + item.page)}">\n{dates}',
        f'<header><a href="{escape(base)}/">{escape(outlet.title)}</a></header>\n'
        f'<p class="sample"><strong>{_NOTICE[outlet.language]}</strong></p>\n'
        f"<main><article>\n<h1>{escape(item.title)}</h1>\n{body}\n</article></main>",
    )


def index(edition: Edition, base: str) -> bytes:
    """The front page: what this is, every feed, and what it shows now."""
    parts = [
        f'<h2>{escape(view.outlet.title)} (<a href="{base}{feed_path(view.outlet)}">feed</a>)</h2>\n<ul>\n'
        + "\n".join(f'<li><a href="{escape(base + item.path)}">{escape(item.title)}</a></li>' for item in view.items)
        + "\n</ul>"
        for view in edition.feeds.values()
    ]
    intro = f"<h1>Sample newsroom</h1>\n<p><strong>{_NOTICE['en']}</strong> Edition {edition.id}.</p>\n"
    return _page("en", "Atalaya: sample newsroom", "", intro + "\n".join(parts))


def maintenance(outlet: Outlet) -> bytes:
    """The web page that a broken feed answers with in place of a feed."""
    return _page(outlet.language, outlet.title, "", f"<h1>503</h1>\n<p>{_NOTICE[outlet.language]}</p>")


def _page(language: str, title: str, head: str, body: str) -> bytes:
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f'<meta name="robots" content="noindex">\n{head}</head>\n<body>\n{body}\n</body>\n</html>\n'
    ).encode()


def _rss(view: FeedView, base: str) -> str:
    outlet = view.outlet
    head = [
        f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:atalaya="{NAMESPACE}" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'atalaya:sample="true">',
        "<channel>",
        f"<title>{xml(outlet.title)}</title>",
        f"<link>{base}/</link>",
        f"<description>{_NOTICE[outlet.language]}</description>",
        f"<language>{outlet.language}-{outlet.country.lower()}</language>",
        "<generator>Atalaya sample newsroom</generator>",
        f"<lastBuildDate>{_rss_date(outlet, view.updated)}</lastBuildDate>",
        f'<atom:link rel="self" href={quoteattr(base + feed_path(outlet))} type="application/rss+xml"/>',
    ]
    return _lines(head, *(_rss_item(outlet, item, base) for item in view.items), ["</channel>", "</rss>"])


def _rss_item(outlet: Outlet, item: Item, base: str) -> list[str]:
    lines = [
        "<item>",
        f"<title>{xml(_headline(outlet, item))}</title>",
        f"<link>{xml(base + item.path)}</link>",
        f'<guid isPermaLink="false">{item.guid}</guid>',
        f"<category>{MARK[outlet.language]}</category>",
        f"<dc:creator>{_BYLINE[outlet.language]} ({MARK[outlet.language]})</dc:creator>",
        f"<description>{xml(item.paragraphs[0])}</description>",
    ]
    if outlet.content == "full":
        lines.append(f"<content:encoded>{xml(_html(item))}</content:encoded>")
    if not item.undated:
        lines.append(f"<pubDate>{_rss_date(outlet, item.published)}</pubDate>")
        lines.append(f"<atom:updated>{item.updated.isoformat()}</atom:updated>")
    return [*lines, "</item>"]


def _atom(view: FeedView, base: str) -> str:
    outlet = view.outlet
    self_link = quoteattr(base + feed_path(outlet))
    head = [
        f'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:atalaya="{NAMESPACE}" atalaya:sample="true" '
        f'xml:lang="{outlet.language}">',
        f"<id>urn:atalaya-sample:{outlet.id}</id>",
        f"<title>{xml(outlet.title)}</title>",
        f"<subtitle>{_NOTICE[outlet.language]}</subtitle>",
        f'<link rel="self" href={self_link}/>',
        f'<link rel="alternate" href="{base}/"/>',
        f"<author><name>{_BYLINE[outlet.language]} ({MARK[outlet.language]})</name></author>",
        "<generator>Atalaya sample newsroom</generator>",
        f"<updated>{view.updated.isoformat()}</updated>",
    ]
    return _lines(head, *(_atom_entry(outlet, item, base) for item in view.items), ["</feed>"])


def _atom_entry(outlet: Outlet, item: Item, base: str) -> list[str]:
    lines = [
        "<entry>",
        f"<id>{item.guid}</id>",
        f'<title type="{"html" if outlet.titles == "html" else "text"}">{xml(_headline(outlet, item))}</title>',
        f'<link rel="alternate" href={quoteattr(base + item.path)}/>',
        f'<category term="{MARK[outlet.language]}"/>',
    ]
    if not item.undated:
        lines.append(f"<published>{item.published.isoformat()}</published>")
        lines.append(f"<updated>{item.updated.isoformat()}</updated>")
    if outlet.content == "full":
        lines.append(f'<content type="html">{xml(_html(item))}</content>')
    else:
        lines.append(f"<summary>{xml(item.paragraphs[0])}</summary>")
    return [*lines, "</entry>"]


def _lines(*groups: Iterable[str]) -> str:
    return "\n".join(chain.from_iterable(groups)) + "\n"


def _html(item: Item) -> str:
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in item.paragraphs)


def _headline(outlet: Outlet, item: Item) -> str:
    """The title; from an outlet with HTML titles, its first word is bold and its accents are named entities."""
    if outlet.titles == "plain":
        return item.title
    first, _, rest = item.title.partition(" ")
    named = "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in f"{rest}")
    return f"<b>{escape(first)}</b> {named}"


def _rss_date(outlet: Outlet, moment: datetime) -> str:
    """RFC 822, or the same with Portuguese names of weekday and month, which RFC 822 does not know."""
    if outlet.dates == "standard":
        return format_datetime(moment)
    local = moment.astimezone(_BRASILIA)
    return f"{_DAYS[local.weekday()]}, {local.day:02} {_MONTHS[local.month - 1]} {local:%Y %H:%M:%S %z}"
