"""Dates as feeds write them, in Spanish, Portuguese and English, → seconds since the epoch. Pure.

Understands RFC 822 and ISO 8601 with their usual mistakes, local names of days and months, local time zones, and
day-first numeric dates. A date without a zone is read in the zone of the outlet's country.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan ene january enero janeiro",
            "feb fev february febrero fevereiro",
            "mar march marzo marco",
            "apr abr april abril",
            "may mai mayo maio",
            "jun june junio junho",
            "jul july julio julho",
            "aug ago august agosto",
            "sep set sept september septiembre setiembre setembro",
            "oct out october octubre outubro",
            "nov november noviembre novembro",
            "dec dic dez december diciembre dezembro",
        ),
        1,
    )
    for name in names.split()
}
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 60, "cet": 60, "cest": 120, "est": -300, "edt": -240,
    "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420, "art": -180, "brt": -180,
    "brst": -120, "amt": -240, "bot": -240, "clt": -240, "clst": -180, "cot": -300, "ect": -300, "gyt": -240,
    "pet": -300, "pyt": -240, "pyst": -180, "srt": -180, "uyt": -180, "vet": -240,
}  # fmt: skip
# Standard time of each country's capital; Chile's and Paraguay's summer time moves it by one hour at most.
_COUNTRY = {
    "AR": -180, "BO": -240, "BR": -180, "CL": -240, "CO": -300, "EC": -300, "GY": -240, "PE": -300, "PY": -180,
    "SR": -180, "UY": -180, "VE": -240,
}  # fmt: skip

_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:h](\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*([ap]\.?\s?m\b\.?)?", re.IGNORECASE)
_ISO = re.compile(r"^\s*(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_WORDS = re.compile(
    r"(?<!\d)(\d{1,2})(?:\s+de|\.|\s*-|º|st|nd|rd|th)?[\s,-]+"
    r"([a-z]{3,10})\.?,?(?:\s+del?)?[\s,-]+(\d{4}|\d{2})(?!\d)"
)
_MONTH_FIRST = re.compile(r"([a-z]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(?!\d)")
_NUMERIC = re.compile(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?!\d)")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?!\d)")
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+-])(\d{1,2}):?(\d{2})?\s*(?:\(.*\))?$")
_NAMED = re.compile(r"\b([a-z]{1,4})\s*$")
_LONGEST = 100  # characters; whatever is longer is no date


def parse(raw: str, country: str = "") -> float | None:
    """The moment, or None when the words hold no date. `country` gives the zone of a date that names none."""
    text = _fold(raw[:_LONGEST])
    day = _day(text)
    if day is None:
        return None
    hours, minutes, seconds, rest = _clock(text)
    zone = _zone(rest, country)
    try:
        moment = datetime(*day, hours, minutes, min(seconds, 59), tzinfo=zone)
        return moment.astimezone(UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def plausible(moment: float | None, now: float) -> float | None:
    """None instead of a date before 1995 or more than a day in the future: the publisher's clock is broken."""
    return moment if moment is not None and 788_918_400 <= moment <= now + 86_400 else None


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.strip().lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _day(text: str) -> tuple[int, int, int] | None:
    if found := _ISO.match(text) or _YEAR_FIRST.search(text):
        return int(found[1]), int(found[2]), int(found[3])
    if (found := _WORDS.search(text)) and (month := _MONTHS.get(found[2])):
        return _year(found[3]), month, int(found[1])
    if (found := _MONTH_FIRST.search(text)) and (month := _MONTHS.get(found[1])):
        return int(found[3]), month, int(found[2])
    if found := _NUMERIC.search(text):
        first, second = int(found[1]), int(found[2])
        # South America writes the day first; only an impossible month says otherwise.
        return (int(found[3]), first, second) if second > 12 >= first else (int(found[3]), second, first)
    return None


def _year(text: str) -> int:
    year = int(text)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def _clock(text: str) -> tuple[int, int, int, str]:
    """Hours, minutes, seconds, and what follows them."""
    found = _CLOCK.search(text)
    if found is None:
        return 0, 0, 0, ""
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    half = (found[4] or "")[:1]
    if half == "p" and hours < 12:
        hours += 12
    if half == "a" and hours == 12:
        hours = 0
    return hours, minutes, seconds, text[found.end() :].strip()


def _zone(rest: str, country: str) -> timezone:
    minutes: int | None = None
    if found := _OFFSET.search(rest):
        size = int(found[2]) * 60 + int(found[3] or 0)
        minutes = -size if found[1] == "-" else size
    elif found := _NAMED.search(rest):
        minutes = _ZONES.get(found[1])
    if minutes is None:
        minutes = _COUNTRY.get(country, 0)
    return timezone(timedelta(minutes=minutes)) if abs(minutes) < 24 * 60 else UTC
