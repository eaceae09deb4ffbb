"""A feed's bytes → entries in plain text. Pure, but slow and fed with hostile bytes: runs in a child process.

RSS, Atom and RDF are read by feedparser, JSON Feed (jsonfeed.org/version/1.1) here. Nothing here decides what is
new: see `entries`.
"""

from __future__ import annotations

import io
import json
import re
import xml.sax  # only for the name of feedparser's complaint
from typing import Any

import feedparser
import msgspec

from services.poll import dates
from services.poll.text import one_line, plain

_SKIP_HOURS = re.compile(rb"<skipHours>(.{0,2000}?)</skipHours>", re.DOTALL | re.IGNORECASE)
_SKIP_DAYS = re.compile(rb"<skipDays>(.{0,1000}?)</skipDays>", re.DOTALL | re.IGNORECASE)
_HOUR = re.compile(rb"<hour>\s*(\d{1,2})\s*</hour>", re.IGNORECASE)
_DAY = re.compile(rb"<day>\s*([A-Za-z]{3})[a-z]*\s*</day>", re.IGNORECASE)
_NESTED_ENTITY = re.compile(rb"<!ENTITY[^<>]{1,200}&[A-Za-z_]")
_DAYS = (b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun")
_HALF = re.compile(rb"&#(?:[xX]0*([dD][89a-fA-F][0-9a-fA-F]{2})|0*(55[3-9]\d\d|5[67]\d{3}));")
_HALVES = re.compile(rb"(?:" + _HALF.pattern.replace(b"(5", b"(?:5").replace(b"([dD]", b"(?:[dD]") + rb"){1,8}")
_PERIODS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0, "monthly": 2_592_000.0, "yearly": 31_536_000.0}
_HEAD = 64 * 1024  # bytes in which a channel's own elements are looked for


class Limits(msgspec.Struct, frozen=True, array_like=True):
    """How much of an entry is kept."""

    title: int = 500
    text: int = 20_000
    entries: int = 5_000


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A body to read. `country`: for dates without a zone."""

    body: bytes
    url: str
    content_type: str = ""
    country: str = ""
    limits: Limits = Limits()


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One entry: `link` as the feed has it, made absolute; `title` and `text` plain and bounded."""

    guid: str
    link: str
    title: str
    text: str
    published: float | None = None
    lang: str = ""


class Parsed(msgspec.Struct, frozen=True, array_like=True):
    """What a body says. `kind` is empty when it is no feed; `problem` is the parser's complaint, if any."""

    kind: str
    entries: tuple[Entry, ...] = ()
    total: int = 0  # entries in the body, before the limit
    title: str = ""
    home: str = ""
    lang: str = ""
    hint: float = 0.0  # seconds between fetches that the publisher asks for
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    hub: str = ""
    topic: str = ""
    problem: str = ""


def parse(job: Job) -> Parsed:
    """Reads the body. Raises whatever its bytes make a parser raise: the caller is a child that may fail."""
    if job.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{"):
        return _json_feed(job)
    if _NESTED_ENTITY.search(job.body[:_HEAD]):
        return Parsed("", problem="entities that are made of entities: no honest feed has them")
    headers = {"content-type": job.content_type, "content-location": job.url}
    # BytesIO: bytes or text that look like a path or an address would be opened.
    found = feedparser.parse(
        io.BytesIO(_whole_characters(job.body.lstrip())),
        response_headers=headers,
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    complaint = found.get("bozo_exception")
    problem = f"{type(complaint).__name__}: {complaint}"[:300] if complaint else ""
    if not found.entries and (not found.version or isinstance(complaint, xml.sax.SAXException)):
        return Parsed("", problem=problem or "no feed in it")
    channel = found.feed
    return Parsed(
        found.version or "unknown",
        tuple(_entry(each, job) for each in found.entries[: job.limits.entries]),
        len(found.entries),
        one_line(_text(channel.get("title")), job.limits.title),
        _text(channel.get("link")),
        language(_text(channel.get("language"))),
        _hint(channel),
        _numbers(_SKIP_HOURS, _HOUR, job.body),
        _weekdays(job.body),
        _link(channel, "hub"),
        _link(channel, "self"),
        problem,
    )


def language(tag: str) -> str:
    """The two-letter code of a language tag such as `es-AR`, or "" when it is none."""
    code = tag.strip().lower().replace("_", "-").partition("-")[0]
    return code if len(code) == 2 and code.isalpha() and code.isascii() else ""


def _entry(entry: Any, job: Job) -> Entry:
    summary = _text(entry.get("summary"))
    bodies = [_text(each.get("value")) for each in entry.get("content") or ()]
    longest = max([summary, *bodies], key=len)
    return Entry(
        _text(entry.get("id"))[:2000],
        _text(entry.get("feedburner_origlink") or entry.get("link"))[:4000],
        one_line(_text(entry.get("title")), job.limits.title),
        plain(longest, job.limits.text),
        _published(entry, job.country),
        language(_text((entry.get("title_detail") or {}).get("language"))),
    )


def _published(entry: Any, country: str) -> float | None:
    """The publication date; without one, that of the last change."""
    for name in ("published", "updated", "created"):
        raw = entry.get(name)
        if isinstance(raw, str) and raw.strip():
            moment = dates.parse(raw, country)
            if moment is None and (struct := entry.get(name + "_parsed")):
                moment = _from_struct(struct)
            if moment is not None:
                return moment
    return None


def _from_struct(struct: Any) -> float | None:
    year, month, day, hour, minute, second = (int(part) for part in struct[:6])
    return dates.parse(f"{year:04d}-{month:02d}-{day:02d} {hour:02d}:{minute:02d}:{second:02d}Z")


def _whole_characters(body: bytes) -> bytes:
    """Emoji written as two references to halves (`&#55357;&#56832;`) become one; lone halves are left out.

    feedparser raises on them, and then the whole feed would be lost.
    """
    if not _HALF.search(body):
        return body
    return _HALVES.sub(_joined, body)


def _joined(found: re.Match[bytes]) -> bytes:
    units = [int(each[1], 16) if each[1] else int(each[2]) for each in _HALF.finditer(found[0])]
    raw = b"".join(unit.to_bytes(2, "big") for unit in units if 0xD800 <= unit <= 0xDFFF)
    return raw.decode("utf-16-be", "ignore").encode("ascii", "xmlcharrefreplace")


def _hint(channel: Any) -> float:
    """What the publisher asks for: RSS 2.0 `ttl` (minutes), RSS 1.0 syndication module."""
    hints = [_number(channel.get("ttl")) * 60.0]
    period = _PERIODS.get(_text(channel.get("sy_updateperiod")).strip().lower())
    if period:
        hints.append(period / max(1.0, _number(channel.get("sy_updatefrequency"), 1.0)))
    return max(hints)


def _number(value: Any, default: float = 0.0) -> float:
    try:
        number = float(_text(value))
    except ValueError:
        return default
    return number if 0.0 <= number <= 1e7 else default


def _numbers(block: re.Pattern[bytes], item: re.Pattern[bytes], body: bytes) -> tuple[int, ...]:
    found = block.search(body[:_HEAD])
    return tuple(sorted({int(each) % 24 for each in item.findall(found[1])})) if found else ()


def _weekdays(body: bytes) -> tuple[int, ...]:
    found = _SKIP_DAYS.search(body[:_HEAD])
    names = {each.lower() for each in _DAY.findall(found[1])} if found else set()
    return tuple(index for index, name in enumerate(_DAYS) if name in names)


def _link(channel: Any, relation: str) -> str:
    for each in channel.get("links") or ():
        if each.get("rel") == relation and each.get("href"):
            return str(each["href"])[:4000]
    return ""


def _text(value: Any) -> str:
    """A lone surrogate, which no JSON record can hold, becomes a question mark."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text.encode("utf-8", "replace").decode()


def _json_feed(job: Job) -> Parsed:
    """JSON Feed 1.0 and 1.1; whatever else is JSON is no feed."""
    try:
        document = json.loads(job.body.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError) as error:
        return Parsed("", problem=f"not JSON: {error}"[:300])
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list) or "jsonfeed.org" not in _text(document.get("version")):
        return Parsed("", problem="JSON, but no JSON Feed")
    hubs = [each for each in document.get("hubs") or () if isinstance(each, dict)]
    return Parsed(
        "json",
        tuple(_json_entry(each, job) for each in items[: job.limits.entries] if isinstance(each, dict)),
        len(items),
        one_line(_text(document.get("title")), job.limits.title),
        _text(document.get("home_page_url")),
        language(_text(document.get("language"))),
        hub=next((_text(each.get("url")) for each in hubs if each.get("type") == "WebSub"), ""),
        topic=_text(document.get("feed_url")),
    )


def _json_entry(item: dict[str, Any], job: Job) -> Entry:
    markup = _text(item.get("content_html") or item.get("content_text") or item.get("summary"))
    return Entry(
        _text(item.get("id"))[:2000],
        _text(item.get("url") or item.get("external_url"))[:4000],
        one_line(_text(item.get("title")), job.limits.title),
        plain(markup, job.limits.text),
        dates.parse(_text(item.get("date_published") or item.get("date_modified")), job.country),
        language(_text(item.get("language"))),
    )
