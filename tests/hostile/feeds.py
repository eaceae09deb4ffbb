"""Feeds written for the hostile newsroom: small, invented, and in whatever shape a case needs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.sax.saxutils import escape

NOW = 1_795_000_000.0
"""The virtual clock's start: 2026-11-18."""


def when(hours: float = 0.0) -> str:
    """An RFC 822 date this many hours before the start."""
    return format_datetime(datetime.fromtimestamp(NOW - hours * 3600, UTC))


def item(number: int, **changes: str | None) -> str:
    """One RSS item; a part set to None is left out, any other replaces the usual one."""
    parts: dict[str, str | None] = {
        "title": f"Perú y Chile hablan de la frontera, parte {number}",
        "link": f"https://diario.example/nota-{number}",
        "guid": f"nota-{number}",
        "pubDate": when(number * 0.1),
        "description": f"Los cancilleres se reunieron por vez número {number} para tratar el paso fronterizo.",
        **changes,
    }
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in parts.items() if value is not None)
    return f"<item>{inner}</item>"


def rss(items: Sequence[str], head: str = "", prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    """An RSS 2.0 document."""
    channel = f"<title>Diario de prueba</title><link>https://diario.example/</link>{head}{''.join(items)}"
    return f'{prolog}<rss version="2.0"><channel>{channel}</channel></rss>'


def numbered(first: int, last: int, **changes: str | None) -> str:
    """An RSS document with the items of these numbers."""
    return rss([item(number, **changes) for number in range(first, last + 1)])


def atom(entries: Sequence[tuple[str, str, str]]) -> str:
    """An Atom document of (id, title, link)."""
    inner = "".join(
        f'<entry><id>{escape(ident)}</id><title>{escape(title)}</title><link href="{escape(link)}"/>'
        f"<updated>2026-11-18T09:00:00Z</updated><summary>Resumen de {escape(title)}</summary></entry>"
        for ident, title, link in entries
    )
    return f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Atom</title>{inner}</feed>'
