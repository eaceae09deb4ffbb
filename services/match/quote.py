"""The sentences that an alert quotes, with the spans in them that fired.

Owns cutting a sentence out of a field around a span: a simple cut, meant for reading; the tagger has its own
sentences. Every quote's `text` is exactly the slice of its field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.match.words import Span
from services.model.alert import Quote

LONGEST = 420
"""Code points of a quote; a longer sentence is cut at a space on each side of its spans."""

_END = re.compile(r"""[.!?…]["'»”’)\]]*\s+(?=["'«“‘(\[¿¡—–-]*[A-ZÁÉÍÓÚÑÂÊÔÃÕÀÇ0-9])|\n\s*""")
_ABBREVIATION = re.compile(
    r"(?:\b(?:Sr|Sra|Srta|Dr|Dra|Lic|Ing|Gral|Gen|Cnel|Mr|Mrs|Ms|St|Prof|Excmo|art|núm|No|nº|pág|p|vs|EE|UU)"
    r"|\b[A-ZÁÉÍÓÚÑ])\.\s+$"
)


class _Window(NamedTuple):
    field: str
    start: int
    end: int


def quotes(title: str, text: str, spans: Sequence[Span], most: int = 3) -> tuple[Quote, ...]:
    """The sentences around the spans: those of the first spans first, at most `most`, each once."""
    fields = {"title": title, "text": text}
    windows: dict[_Window, list[Span]] = {}
    for span in spans:
        window = _Window(span.field, *sentence(fields[span.field], span.start, span.end))
        windows.setdefault(window, []).append(span)
    chosen = list(windows.items())[:most]
    return tuple(_quote(fields[window.field], window, marks) for window, marks in chosen)


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Start and end of the sentence, or sentences, that hold the span."""
    left = max(start - 2 * LONGEST, 0)
    breaks = [match for match in _END.finditer(text, left, end + 2 * LONGEST) if not _abbreviated(text, match)]
    before = [match.end() for match in breaks if match.end() <= start]
    after = [match.start() + len(match.group().rstrip()) for match in breaks if match.start() >= end - 1]
    first = before[-1] if before else left
    last = after[0] if after else min(len(text), end + 2 * LONGEST)
    return _shorten(text, first, max(last, end), start, end)


def _abbreviated(text: str, found: re.Match[str]) -> bool:
    return bool(_ABBREVIATION.search(text, max(found.start() - 8, 0), found.end()))


def _shorten(text: str, first: int, last: int, start: int, end: int) -> tuple[int, int]:
    """Cut to `LONGEST` around the span, between words, and without blanks at the ends."""
    room = max(LONGEST - (end - start), 0)
    if last - first > LONGEST:
        wanted = max(start - room // 2, first)
        if wanted > first:
            space = text.find(" ", wanted, start)
            first = space + 1 if space >= 0 else start
        limit = min(last, max(first + LONGEST, end))
        if limit < last:
            space = text.rfind(" ", end, limit)
            last = space if space >= 0 else end
    while first < start and text[first].isspace():
        first += 1
    while last > end and text[last - 1].isspace():
        last -= 1
    return first, last


def _quote(content: str, window: _Window, spans: Iterable[Span]) -> Quote:
    marks = sorted({(span.start - window.start, span.end - window.start) for span in spans})
    return Quote(
        field=window.field,
        start=window.start,
        end=window.end,
        text=content[window.start : window.end],
        marks=tuple(_united(marks)),
    )


def _united(marks: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping marks as one; a span that begins in this sentence and ends in the next is already inside."""
    found: list[tuple[int, int]] = []
    for start, end in marks:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found
