"""Words as a subscriber means them: whole words, any case and accents, exact phrases, `*` for any letters.

    corredor humanitario    the two words, one after the other
    minero*                 minero, mineros, minerometalúrgico
    *minería                hidrominería, minería

Owns cutting a text into words and finding patterns in it. Spans are code points of the field they are in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cached_property, lru_cache
from typing import NamedTuple

_WORD = re.compile(r"\w[\w\u0300-\u036f]*")
_LETTER = re.compile(r"\w")
_PATTERN_WORD = re.compile(r"[\w\u0300-\u036f*]+")
_BREAK = ""  # between title and text: a phrase does not reach across


class Span(NamedTuple):
    """Code points `start` to `end` of a field."""

    field: str
    start: int
    end: int


class _Folding(dict[int, str]):
    """Code point → what it is in a folded text, found out once (the memory is bounded by Unicode).

    A letter or digit never becomes nothing and nothing else becomes one, so that a text and its folded form have
    the same words in the same order.
    """

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if "\u0300" <= char <= "\u036f":
            found = ""
        elif not _LETTER.match(char):
            found = " "
        else:
            plain = unicodedata.normalize("NFKD", char).casefold()
            found = "".join(each for each in plain if _LETTER.match(each)) or char
            if code < 256:  # one byte stays one byte, see `folded`
                found = found[0] if found[0] <= "\xff" else char
        self[code] = found
        return found


_folding = _Folding()
_NARROW = "".join(_folding[code] for code in range(256)).encode("latin-1")
_WIDE = re.compile(r"[^\x00-\xff]+")


def folded(text: str) -> str:
    """Lower case, without accents: Minería and mineria are one word. What is no letter or digit is a space."""
    try:
        return _narrow(text)
    except UnicodeEncodeError:
        pass  # a typographic quote, most often: only such runs are taken code point by code point
    try:
        return _narrow(_WIDE.sub(lambda run: run[0].translate(_folding), text))
    except UnicodeEncodeError:
        return text.translate(_folding)


def _narrow(text: str) -> str:
    """Ten times faster than by code points; only for Latin-1."""
    return text.encode("latin-1").translate(_NARROW).decode("latin-1")


class Pattern(NamedTuple):
    """A pattern, parsed: one entry per word; a string, or an expression when it has a `*`."""

    text: str
    words: tuple[str | re.Pattern[str], ...]
    first: str  # the first word's letters up to its first `*`
    literal: bool  # the first word has no `*`


@lru_cache(maxsize=200_000)
def parse(text: str) -> Pattern:
    """Raises ValueError for a pattern that no text could be found by."""
    found = _PATTERN_WORD.findall(text)
    if not found or any(not word.strip("*") for word in found):
        raise ValueError("a pattern needs letters or digits in each of its words")
    words = ["*".join(map(folded, word.split("*"))) for word in found]
    return Pattern(text, tuple(map(_glob, words)), words[0].split("*")[0], "*" not in words[0])


def _glob(word: str) -> str | re.Pattern[str]:
    if "*" not in word:
        return word
    return re.compile(r"\w*".join(map(re.escape, word.split("*"))))


class Words:
    """The words of an article's title and text, folded, each with its place. Made once per article."""

    def __init__(self, title: str, text: str) -> None:
        self._fields = (("title", title), ("text", text))

    @cached_property
    def spans(self) -> list[Span]:
        """Where each word of `folded` stands."""
        spans: list[Span] = []
        for name, content in self._fields:
            spans += [Span(name, *match.span()) for match in _WORD.finditer(content)]
            spans.append(Span(name, len(content), len(content)))
        return spans

    @cached_property
    def folded(self) -> list[str]:
        """Every word in order; an empty one ends each field."""
        found: list[str] = []
        for _, content in self._fields:
            found += folded(content).split()
            found.append(_BREAK)
        return found

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """The different words."""
        return frozenset(self.folded)

    @cached_property
    def places(self) -> dict[str, list[int]]:
        """Word → its indexes in `folded`."""
        places: dict[str, list[int]] = {}
        for index, word in enumerate(self.folded):
            places.setdefault(word, []).append(index)
        return places

    def has(self, pattern: Pattern) -> bool:
        """The pattern occurs."""
        if pattern.literal and len(pattern.words) == 1:
            return pattern.first in self.vocabulary
        return any(self._at(pattern, index) for index in self._starts(pattern))

    def find(self, pattern: Pattern) -> list[Span]:
        """Where it occurs, in order."""
        found = sorted(index for index in self._starts(pattern) if self._at(pattern, index))
        last = len(pattern.words) - 1
        return [Span(self.spans[i].field, self.spans[i].start, self.spans[i + last].end) for i in found]

    def _starts(self, pattern: Pattern) -> Iterable[int]:
        first = pattern.words[0]
        if isinstance(first, str):
            return self.places.get(first, ())
        return [index for word, places in self.places.items() if word and first.fullmatch(word) for index in places]

    def _at(self, pattern: Pattern, index: int) -> bool:
        words = self.folded
        if index + len(pattern.words) > len(words):
            return False
        return all(_is(want, words[index + i]) for i, want in enumerate(pattern.words))


def _is(want: str | re.Pattern[str], word: str) -> bool:
    return want == word if isinstance(want, str) else bool(word and want.fullmatch(word))


class PatternTable:
    """Many patterns at once: only those whose first letters occur in a text are looked at."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._alone: dict[str, list[str]] = {}  # a single word → the patterns that are just it
        self._by_word: dict[str, list[Pattern]] = {}
        self._by_prefix: dict[str, list[Pattern]] = {}
        for pattern in map(parse, dict.fromkeys(patterns)):
            if pattern.literal and len(pattern.words) == 1:
                self._alone.setdefault(pattern.first, []).append(pattern.text)
            else:
                table = self._by_word if pattern.literal else self._by_prefix
                table.setdefault(pattern.first, []).append(pattern)
        self._alone_words = frozenset(self._alone)
        self._lengths = sorted({len(prefix) for prefix in self._by_prefix})

    def __bool__(self) -> bool:
        return bool(self._alone or self._by_word or self._by_prefix)

    def found(self, words: Words) -> set[str]:
        """The texts of the patterns that occur."""
        alone = self._alone
        there = {text for word in self._alone_words.intersection(words.folded) for text in alone[word]}
        there.update(pattern.text for pattern in self._candidates(words) if words.has(pattern))
        return there

    def _candidates(self, words: Words) -> Iterable[Pattern]:
        if self._by_word:
            for word in self._by_word.keys() & words.vocabulary:
                yield from self._by_word[word]
        if self._by_prefix:
            prefixes = {word[:length] for length in self._lengths for word in words.vocabulary if word}
            for prefix in self._by_prefix.keys() & prefixes:
                yield from self._by_prefix[prefix]
