"""`atalaya tag`: articles in, one JSON object a line; tags out, one a line, in the same order.

A line that cannot be read gives no line out but an error with its number; the others still come out, and the exit
status at the end is 1. Needs no server.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, TextIO

import msgspec

from services.model.tagged import LIKELY, Tagged
from services.tag.tagger import Tagger


class Line(msgspec.Struct, frozen=True):
    """An article as `atalaya tag` takes it; other fields are ignored."""

    id: str
    title: str
    text: str
    lang: str | None = None
    published: str | float | None = None
    outlet_country: str | None = None


_decoder = msgspec.json.Decoder(Line)
_encoder = msgspec.json.Encoder()


def read_line(line: bytes | str) -> Line:
    """One article. Raises `ValueError` that says what is wrong with it."""
    try:
        return _decoder.decode(line)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; wanted are the texts id, title and text") from error
    except msgspec.DecodeError:
        return _read_odd(line)


def _read_odd(line: bytes | str) -> Line:
    """JSON that is legal but not Unicode: an escape such as `\\ud800` with no partner."""
    found: Any = json.loads(line)
    try:
        return msgspec.convert(found, Line)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}; wanted are the texts id, title and text") from error


def write_line(tagged: Tagged) -> str:
    """The line for a tagged article, without the line break."""
    try:
        return _encoder.encode(tagged).decode("utf-8")
    except UnicodeEncodeError:  # evidence that holds a lone surrogate
        return json.dumps(msgspec.to_builtins(tagged), separators=(",", ":"))


def tag_stream(lines: Iterable[bytes | str], out: TextIO, err: TextIO, tagger: Tagger, *, all_: bool) -> int:
    """Tag every line; weak tags too when `all_`. Returns the exit status. Blank lines are skipped."""
    status = 0
    floor = 0.0 if all_ else LIKELY
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            article = read_line(line)
        except (ValueError, RecursionError) as error:
            err.write(f"atalaya: line {number}: not an article: {error}\n")
            status = 1
            continue
        out.write(write_line(tagger.tag(article, floor)) + "\n")
    out.flush()
    return status
