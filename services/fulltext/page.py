"""An article page before and after its extraction; what travels between a worker and its extractor children."""

from __future__ import annotations

import msgspec


class PageJob(msgspec.Struct, frozen=True, array_like=True):
    """A page to read."""

    body: bytes
    url: str
    limit: int = 20_000


class PageText(msgspec.Struct, frozen=True, array_like=True):
    """What the page says. `problem`: wall, consent, or short, when there is no text that can be used."""

    text: str = ""
    published: float | None = None
    canonical: str = ""
    amp: str = ""
    problem: str = ""
