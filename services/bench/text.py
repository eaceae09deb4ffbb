"""Articles for the benchmark: made of the project's own sentences, the same ones for the same seed.

Lengths follow what news feeds carry (most items are a headline and a line or two, a fifth are whole articles), so
do the languages. One article in twelve is about an area: one of its sentences in six is, the others are the
day's news around it. Owns no claim about accuracy: sentences that are put together at random make no story.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import yaml

from services.model.article import Article, article_id, content_digest

_FILE = Path(__file__).with_name("sentences.yaml")
_LANGS = ("es", "es", "pt", "en", "en")  # about as the feeds of the region and the world agencies mix them
_LENGTHS = (120, 150, 180, 220, 260, 320, 430, 900, 2_250, 4_900)
"""Characters of an article's text, one for each tenth of a day's items."""
_ON_SHARE = 6
"""One sentence in six of an article about an area: then the lexicon finds as much in it as in real ones."""
_EPOCH = 1_780_000_000.0


class Words(NamedTuple):
    """The sentences of one language."""

    slots: Mapping[str, Sequence[str]]
    off_topic: Sequence[str]
    on_topic: Sequence[str]


class TextMaker:
    """Makes articles, one after the other; `one_in`: how many articles there are for one about an area."""

    def __init__(self, seed: int = 1, one_in: int = 12) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - chance for a benchmark, not for secrets
        self._one_in = one_in
        self._number = seed * 10_000_000

    def stream(self, count: int) -> list[Article]:
        """A day's items: lengths, languages and subjects as they come."""
        return [
            self.article(self._chance.choice(_LENGTHS), on=self._chance.randrange(self._one_in) == 0)
            for _ in range(count)
        ]

    def on_topic(self, count: int, length: int = 4_000) -> list[Article]:
        """Whole articles about the areas."""
        return [self.article(length, on=True) for _ in range(count)]

    def article(self, length: int, on: bool) -> Article:
        """One of about this many characters."""
        lang = self._chance.choice(_LANGS)
        words = sentences()[lang]
        sentences_made: list[str] = []
        size = 0
        while size < length:
            wanted = words.on_topic if on and len(sentences_made) % _ON_SHARE == 0 else words.off_topic
            sentences_made.append(self._filled(wanted, words.slots))
            size += len(sentences_made[-1]) + 1
        title = self._filled(words.on_topic if on else words.off_topic, words.slots).rstrip(".")
        text = "\n\n".join(" ".join(sentences_made[at : at + 4]) for at in range(0, len(sentences_made), 4))
        return self._record(lang, title, text)

    def _filled(self, among: Sequence[str], slots: Mapping[str, Sequence[str]]) -> str:
        return self._chance.choice(among).format_map(
            {name: self._chance.choice(values) for name, values in slots.items()}
        )

    def _record(self, lang: str, title: str, text: str) -> Article:
        self._number += 1
        url = f"https://outlet-{self._number % 400}.example/news/{self._number}"
        return Article(
            id=article_id(url),
            version=1,
            digest=content_digest(title, text),
            url=url,
            title=title,
            text=text,
            feed=f"https://outlet-{self._number % 400}.example/rss",
            outlet=f"Outlet {self._number % 400}",
            seen=_EPOCH + self._number,
            published=_EPOCH + self._number - 600.0,
            lang=lang,
        )


@cache
def sentences() -> Mapping[str, Words]:
    """The sentences of every language, read once."""
    raw = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {lang: Words(**found) for lang, found in raw.items()}
