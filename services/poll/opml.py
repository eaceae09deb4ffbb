"""OPML in and out: the source pack, and the subscriptions of other feed readers.

Owns the form of the file. Does no input or output and fetches nothing. The bytes may come from a stranger: a
document type is refused, so there are no entities to expand and no files to include; size, depth and number
of feeds are capped; every fault names file, line, field and what would be right, and all are told at once.

A feed is an `<outline>` with `xmlUrl` (OPML 2.0, http://opml.org/spec2.opml, "Subscription lists"). Our own
attributes need no namespace: other readers skip what they do not know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from itertools import groupby
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import msgspec

from services.model.feed import Feed
from services.poll.opml_schema import (
    REGIONAL,
    REQUIRED,
    RULES,
    WIRE,
    YES_NO,
    Fault,
    host_of,
    slug_of,
    url_key,
)

LARGEST = 8 * 1024 * 1024
"""Bytes; ten thousand feeds take about four million."""
DEEPEST = 64
MOST_FEEDS = 50_000
MOST_FAULTS = 200
"""After so many faults the rest of the file is not looked at."""

_NAMES = {
    "AR": "Argentina", "BO": "Bolivia", "BR": "Brazil", "CL": "Chile", "CO": "Colombia", "EC": "Ecuador",
    "GY": "Guyana", "PE": "Peru", "PY": "Paraguay", "SR": "Suriname", "UY": "Uruguay", "VE": "Venezuela",
    REGIONAL: "Regional", WIRE: "International",
}  # fmt: skip
_CANONICAL = {name.lower(): name for name in RULES} | {"title": "title"}
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_CODES = expat.errors.codes
_ADVICE = {
    _CODES[expat.errors.XML_ERROR_NO_ELEMENTS]: "the whole file: it ends too early",
    _CODES[expat.errors.XML_ERROR_UNCLOSED_TOKEN]: "the whole file: it ends too early",
    _CODES[expat.errors.XML_ERROR_UNDEFINED_ENTITY]: "the character itself, and &amp; where an address has &",
    _CODES[expat.errors.XML_ERROR_INVALID_TOKEN]: "UTF-8 throughout, and &amp; where an address has &",
    _CODES[expat.errors.XML_ERROR_UNKNOWN_ENCODING]: "a file saved as UTF-8",
    _CODES[expat.errors.XML_ERROR_INCORRECT_ENCODING]: "a file saved as UTF-8",
}


class OpmlError(ValueError):
    """The file cannot be used; one line per fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class Outlines(msgspec.Struct, frozen=True):
    """What a file holds: the feeds that can be used, and what is wrong with the others."""

    feeds: tuple[Feed, ...]
    faults: tuple[Fault, ...]


def read_opml(text: bytes, name: str, strict: bool = True, country: str = WIRE) -> tuple[Feed, ...]:
    """The feeds of this OPML file in their order, or `OpmlError` with every fault.

    `name` is the file's name for the messages. `strict` is for our own pack: every attribute must be there, and
    no address may come twice. Without it any reader's export is read: what is missing gets a default (country
    as given, outlet and family after the host; no language, so that each article's is found out) and a second
    mention of an address is skipped.
    """
    found = scan_opml(text, name, strict, country)
    if found.faults:
        raise OpmlError(found.faults)
    return found.feeds


def scan_opml(text: bytes, name: str, strict: bool = True, country: str = WIRE) -> Outlines:
    """As `read_opml`, but hands over the good feeds together with the faults of the others."""
    reader = _Reader(name, strict, country)
    if len(text) > LARGEST:
        reader.fault(1, "file", f"{len(text)} bytes", f"at most {LARGEST} bytes")
    else:
        reader.read(text)
    return Outlines(tuple(reader.feeds), tuple(reader.faults))


class _Stop(Exception):
    """Nothing after this point can be trusted or is worth reading."""


class _Reader:
    """One pass over one file with expat, which knows the line of every tag."""

    def __init__(self, name: str, strict: bool, country: str) -> None:
        self.name, self.strict, self.country = name, strict, country
        self.feeds: list[Feed] = []
        self.faults: list[Fault] = []
        self._depth = 0
        self._seen: dict[str, int] = {}  # address → line
        self._family: dict[str, tuple[str, int]] = {}  # outlet → its family, line
        self._parser = expat.ParserCreate()

    def read(self, text: bytes) -> None:
        parser = self._parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype
        try:
            parser.Parse(text, True)
        except _Stop:
            return
        except expat.ExpatError as error:
            self.fault(error.lineno, "file", str(error), _ADVICE.get(error.code, "well-formed XML"))
            return
        except (LookupError, ValueError) as error:  # an encoding that Python does not know, or of many bytes
            self.fault(1, "encoding", str(error), "a file saved as UTF-8")
            return
        if not self.faults and not self.feeds:
            self.fault(1, "body", "", "at least one <outline> with an xmlUrl")

    def fault(self, line: int, field: str, found: str, want: str) -> None:
        self.faults.append(Fault(self.name, line, field, found, want))

    def _doctype(self, name: str, *_: object) -> None:
        self.fault(self._parser.CurrentLineNumber, "doctype", f"<!DOCTYPE {name}", "no document type: OPML needs none")
        raise _Stop

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if self._depth == 0 and tag.lower() != "opml":
            self.fault(line, "file", f"<{tag}>", "an OPML file, which begins with <opml>")
            raise _Stop
        self._depth += 1
        if self._depth > DEEPEST:
            self.fault(line, "outline", f"{self._depth} levels", f"at most {DEEPEST} levels of nesting")
            raise _Stop
        given = {_CANONICAL.get(key.lower(), key): value.strip() for key, value in attributes.items()}
        is_feed = "xmlUrl" in given or "outlet" in given or given.get("type", "").lower() == "rss"
        if tag.lower() == "outline" and is_feed:  # any other outline is a folder
            self._outline(line, given)

    def _end(self, _tag: str) -> None:
        self._depth -= 1

    def _outline(self, line: int, given: dict[str, str]) -> None:
        if len(self.faults) >= MOST_FAULTS or len(self.feeds) >= MOST_FEEDS:
            most = f"at most {MOST_FEEDS} feeds and {MOST_FAULTS} faults: the rest was not read"
            self.fault(line, "file", "", most)
            raise _Stop
        given["text"] = given.get("text") or given.get("title", "")
        if not self.strict:
            _complete(given, self.country)
        if self._fits(line, given) and self._is_new(line, given) and self._of_one_family(line, given):
            self.feeds.append(_feed(given))

    def _fits(self, line: int, given: Mapping[str, str]) -> bool:
        before = len(self.faults)
        for name, wrong in RULES.items():
            value = given.get(name, "")
            if value and (want := wrong(value)):
                self.fault(line, name, value, want)
            elif not value and (name == "xmlUrl" or (self.strict and name in REQUIRED)):
                self.fault(line, name, "", f"missing: {wrong('') or 'say where the address was seen'}")
        return len(self.faults) == before

    def _is_new(self, line: int, given: Mapping[str, str]) -> bool:
        key = url_key(given["xmlUrl"])
        first = self._seen.get(key)
        if first is None:
            self._seen[key] = line
        elif self.strict:
            self.fault(line, "xmlUrl", given["xmlUrl"], f"another address: line {first} has this one")
        return first is None

    def _of_one_family(self, line: int, given: Mapping[str, str]) -> bool:
        family, first = self._family.setdefault(given["outlet"], (given["family"], line))
        if self.strict and family != given["family"]:
            want = f'"{family}", as line {first} says of "{given["outlet"]}": an outlet belongs to one family'
            self.fault(line, "family", given["family"], want)
            return False
        return True


def _complete(given: dict[str, str], country: str) -> None:
    """Gives a foreign outline what it lacks, and drops what another program meant by a name of ours."""
    given["xmlUrl"] = given.get("xmlUrl", "").removeprefix("feed:").partition("#")[0]
    if given["xmlUrl"].startswith("//"):
        given["xmlUrl"] = "https:" + given["xmlUrl"]
    given["text"] = given["text"][:500]
    given["language"] = re.split("[-_]", given.get("language", "").lower())[0]
    given["country"] = given.get("country", "").upper()
    for name, wrong in RULES.items():
        if name != "xmlUrl" and given.get(name) and wrong(given[name]):
            given[name] = ""
    host = host_of(given["xmlUrl"])
    slug = given.get("outlet") or slug_of(host)
    defaults = {"text": host, "country": country, "outlet": slug, "family": slug}
    for name, value in defaults.items():
        given[name] = given.get(name) or value


def _feed(given: Mapping[str, str]) -> Feed:
    return Feed(
        url=given["xmlUrl"],
        title=given["text"],
        country=given["country"],
        language=given.get("language", ""),
        outlet=given["outlet"],
        family=given["family"],
        kind=given.get("kind") or "press",
        focus=given.get("focus") or "general",
        home=given.get("htmlUrl", ""),
        provenance=given.get("provenance", ""),
        verified=YES_NO[given.get("verified") or "no"],
        sample=YES_NO[given.get("sample") or "no"],
    )


def write_opml(feeds: Iterable[Feed], title: str, now: float) -> bytes:
    """An OPML 2.0 file that `read_opml` reads back as it was; `now` is in seconds since the epoch.

    Neighbours of one country share a folder, so that a person finds their way in any reader. Characters that
    XML cannot hold are left out.
    """
    created = format_datetime(datetime.fromtimestamp(now, UTC))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<opml version="2.0">', "  <head>"]
    lines += [f"    <title>{_clean(escape(title))}</title>", f"    <dateCreated>{created}</dateCreated>", "  </head>"]
    lines.append("  <body>")
    for country, group in groupby(feeds, key=lambda feed: feed.country):
        lines.append(f"    <outline text={_quoted(_NAMES.get(country, country))}>")
        lines += [_line(feed) for feed in group]
        lines.append("    </outline>")
    lines += ["  </body>", "</opml>", ""]
    return "\n".join(lines).encode()


def _line(feed: Feed) -> str:
    given = {
        "type": "rss", "text": feed.title, "title": feed.title, "xmlUrl": feed.url, "htmlUrl": feed.home,
        "country": feed.country, "language": feed.language, "outlet": feed.outlet, "family": feed.family,
        "kind": feed.kind, "focus": feed.focus, "verified": "yes" if feed.verified else "no",
        "sample": "yes" if feed.sample else "", "provenance": feed.provenance,
    }  # fmt: skip
    return "      <outline " + " ".join(f"{name}={_quoted(value)}" for name, value in given.items() if value) + "/>"


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _quoted(text: str) -> str:
    return quoteattr(_clean(text))
