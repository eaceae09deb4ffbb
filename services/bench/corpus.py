"""Real articles in place of the generated ones: a JSON Lines file, gzipped or not.

One object a line with `title` and `text`; `id`, `url`, `lang` and `published` where there are any. Whatever else it
holds is not looked at. Of a large file every n-th article is taken, so that a run ends.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import msgspec

from services.model.article import Article, article_id, content_digest

MOST = 4_000
_EPOCH = 1_780_000_000.0


class CorpusError(ValueError):
    """The file cannot be used; the message names file and line, and what would be right."""


class _Line(msgspec.Struct, frozen=True):
    title: str
    text: str
    id: str | int | None = None
    url: str | None = None
    lang: str | None = None


def read(path: Path, most: int = MOST) -> list[Article]:
    """At most `most` articles, evenly spread over the file. Raises `CorpusError`."""
    try:
        lines = [(number, line) for number, line in enumerate(_lines(path), 1) if line.strip()]
    except (OSError, EOFError) as error:
        raise CorpusError(f"{path}: cannot be read: {error}") from error
    if not lines:
        raise CorpusError(f"{path}: holds no articles: one JSON object a line is wanted")
    step = max(1, -(-len(lines) // most))
    return [_article(path, number, line) for number, line in lines[::step]]


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file, gzip.open(file) if path.suffix == ".gz" else nullcontext(file) as lines:
        yield from lines


def _article(path: Path, number: int, line: bytes) -> Article:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise CorpusError(f'{path}:{number}: {error}; {{"title": "...", "text": "..."}} is wanted') from error
    url = found.url or f"https://corpus.example/{found.id or number}"
    return Article(
        id=article_id(f"{url} {number}"),
        version=1,
        digest=content_digest(found.title, found.text),
        url=url,
        title=found.title,
        text=found.text,
        feed="https://corpus.example/feed",
        outlet="corpus",
        seen=_EPOCH + number,
        lang=found.lang,
    )
