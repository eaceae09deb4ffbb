"""Article text prepared for matching: folded one code point to one byte, with exact ways back.

Owns: folding (accents, case, punctuation), the view without invisible marks, sentences.
Does not: match anything, or guess a language.

Words used here:
  original  the field as it came; evidence offsets are code points of it
  view      the original without combining marks, zero-width and soft-hyphen characters, composed (NFC where one
            code point suffices), doubled spaces collapsed. Nearly always it *is* the original.
  folded    one byte per code point of the view: lower-case base letter or digit; everything else is a space
All spans inside the tagger are spans of the view; `Field.origin` turns one into a span of the original, and is
called once, when evidence is written.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from bisect import bisect_right

from services.model.tagged import Evidence, FieldName
from services.tag import teasers
from services.tag.lazy import lazy

MAX_CHARS = 100_000
"""Code points of a field that are read. What lies behind is not tagged: no article of news is that long, and a
bound keeps a hostile one from holding up the others."""

_SPACE, _OTHER_LETTER = 0x20, 0x7F
_MARKS = (
    "\u0300-\u036f\u1ab0-\u1aff\u20d0-\u20ff\ufe20-\ufe2f"  # combining
    "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"  # of no width
)
_INVISIBLE = re.compile(f"[{_MARKS}]")
_ODD = re.compile(f" [ {_MARKS}]+|[{_MARKS}]+")
_SPECIAL = {"ß": "s", "æ": "a", "ø": "o", "œ": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "t", "ı": "i"}


def _fold_char(char: str) -> int:
    """The byte that stands for a code point: 0 for an invisible one (the caller then builds a view)."""
    if _INVISIBLE.match(char):
        return 0
    base = unicodedata.normalize("NFKD", char)[0].lower()
    base = _SPECIAL.get(base, base)[0]
    if base.isascii() and base.isalnum():
        return ord(base)
    return _OTHER_LETTER if char.isalnum() else _SPACE


_LATIN = bytes((0, *(_fold_char(chr(i)) for i in range(1, 256))))  # 0 stays: it marks what a wide fold left out


class _Wide(dict[int, str]):
    """Folds code points above Latin-1 on demand and remembers them (the memory is bounded by Unicode)."""

    def __missing__(self, code: int) -> str:
        found = self[code] = chr(_fold_char(chr(code)))
        return found


_wide = _Wide()


def _wide_handler(error: UnicodeError) -> tuple[bytes, int]:
    """Codec error handler that answers with one byte for each code point."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    run = error.object[error.start : error.end]
    return run.translate(_wide).encode("latin-1"), error.end


codecs.register_error("atalaya-fold", _wide_handler)


def fold(text: str) -> bytes:
    """One byte per code point; 0 stands for an invisible mark. Latin-1 text costs two C passes."""
    return text.encode("latin-1", "atalaya-fold").translate(_LATIN)


def fold_pattern(text: str) -> str:
    """A pattern's literal part as it will appear in folded text (marks dropped)."""
    composed = unicodedata.normalize("NFC", text)
    return fold(_INVISIBLE.sub("", composed)).decode("ascii")


def _view_of(original: str) -> tuple[str, list[int]]:
    """The view, and for each of its code points the offset in the original (plus one past the end)."""
    view: list[str] = []
    offsets: list[int] = []
    done = 0
    for odd in _ODD.finditer(original):
        start, end = odd.span()
        if start > done:
            view += (original[done : start - 1], original[start - 1])
            offsets.extend(range(done, start))
        if original[start] == " ":
            view.append(" ")
            offsets.append(start)
        elif view:
            view[-1] = _composed(view[-1], original[start:end])
        done = end
    view.append(original[done:])
    offsets.extend(range(done, len(original) + 1))
    return "".join(view), offsets


def _composed(letter: str, marks: str) -> str:
    """The letter with those of the marks that it makes one code point with."""
    for mark in marks:
        both = unicodedata.normalize("NFC", letter + mark)
        letter = both if len(both) == 1 else letter
    return letter


_ACCENT = re.compile("[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]")
_STOP = re.compile(  # begins with a set of letters, so that `re` skips to the next of them: four times as fast
    r"""[.!?…\n](?:(?<=\n)\n*|(?<!\n)[.!?…]*["'»”’)\]]*(?=\s+["'«“‘¿¡(\[—–-]*\s*[A-ZÀ-ÖØ-Þ0-9]))"""
)
_ABBREVIATIONS = frozenset(
    # es, pt, en: titles, addresses, months, firms; compared without the last full stop
    (
        "sr sra srta sres dr dra drs lic ing arq prof profa gral cnel cap cte tte sgto av avda art arts núm num nro "
        "nº pág pag págs vol ed etc ej aprox tel fig inc ltd ltda cía cia s.a mr mrs ms st jr gen col lt sgt "
        "capt cmdr rep sen gov pres rev hon dept est vs v.g p.ej ee uu ee.uu ff aa ff.aa rr rr.hh u.s u.k u.n e.u a.m "
        "p.m d.c a.c jan feb apr jun jul aug sep sept oct nov dec abr ago dic fev dez exmo exma ilmo dep vice pe d "
        "mons fr sto sta ss.aa "
    ).split()
)


_DOUBLED = re.compile("  ").search  # quicker than `in`, where single spaces abound


class Field:
    """The title or the text of an article, folded once and asked many times."""

    __slots__ = ("__dict__", "folded", "name", "offsets", "original", "view")

    def __init__(self, name: FieldName, original: str) -> None:
        self.name: FieldName = name
        self.original = original
        self.view = original if len(original) <= MAX_CHARS else original[:MAX_CHARS]
        self.folded = fold(self.view)
        self.offsets: list[int] | None = None
        if 0 in self.folded or _DOUBLED(self.view):
            self.view, self.offsets = _view_of(self.view)
            self.folded = fold(self.view).replace(b"\0", b" ")

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original that a span of the view stands for; marks of the last letter are included."""
        if self.offsets is None:
            return start, end
        if end <= start:
            return self.offsets[start], self.offsets[start]
        stop = self.offsets[end - 1] + 1
        while stop < len(self.original) and unicodedata.combining(self.original[stop]):
            stop += 1
        return self.offsets[start], stop

    def evidence(self, start: int, end: int, rule: str) -> Evidence:
        """Evidence for a span of the view; its text equals the slice of the original."""
        first, last = self.origin(start, end)
        return Evidence(self.name, first, last, self.original[first:last], rule)

    @lazy
    def accented(self) -> bool:
        """Whether a Latin letter with a mark occurs: if so, verb forms must carry theirs."""
        return _ACCENT.search(self.view) is not None

    @lazy
    def teasers(self) -> list[tuple[int, int]]:
        """Links to other articles that stand in the text: "(Read also: ...)", "++ ... ++", "Lea también: ..."."""
        return teasers.find(self.view) if self.name == "text" else []

    @lazy
    def sentences(self) -> list[tuple[int, int]]:
        """Spans of the view, in order, that cover it: see `split`."""
        return split(self.view)

    @lazy
    def _starts(self) -> list[int]:
        return [start for start, _ in self.sentences]

    def sentence_at(self, position: int) -> int:
        """The index in `sentences` of the one that holds this position."""
        return max(0, bisect_right(self._starts, position) - 1)


MAX_SENTENCE = 1_000
"""Characters after which a sentence is cut at a space: what compares words within one must not meet a whole book."""


def split(view: str) -> list[tuple[int, int]]:
    """Sentences as spans. A full stop after an abbreviation or an initial does not end one; a line break does.

    Errs towards splitting: a relation may reach into the neighbour sentence, so a cut too many costs little.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for stop in _STOP.finditer(view):
        if view[stop.start()] == "." and _is_abbreviation(view, stop.start()):
            continue
        end = stop.end()
        if not view[start:end].isspace():
            _append(spans, view, start, end)
            start = end
    if view[start:].strip() or not spans:
        _append(spans, view, start, len(view))
    return spans


def _append(spans: list[tuple[int, int]], view: str, start: int, end: int) -> None:
    """Add a sentence, in pieces when it is too long."""
    while end - start > MAX_SENTENCE:
        space = view.rfind(" ", start + 1, start + MAX_SENTENCE)
        cut = space if space > 0 else start + MAX_SENTENCE
        spans.append((start, cut))
        start = cut
    spans.append((start, end))


def _is_abbreviation(view: str, dot: int) -> bool:
    word = view[max(0, dot - 12) : dot]
    word = word[word.rfind(" ") + 1 :].lstrip("(\"'«“‘¿¡[—–-\n")
    return (len(word) == 1 and word.isupper()) or word.lower() in _ABBREVIATIONS


class Document:
    """An article's two fields."""

    __slots__ = ("lang", "text", "title")

    def __init__(self, title: str, text: str, lang: str) -> None:
        self.title = Field("title", title)
        self.text = Field("text", text)
        self.lang = lang

    @property
    def fields(self) -> tuple[Field, Field]:
        """Title, then text."""
        return self.title, self.text

    @property
    def accented(self) -> bool:
        """Whether the article is written with its accents."""
        return self.text.accented or self.title.accented
