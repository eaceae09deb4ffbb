"""What the attributes of one feed in an OPML file may hold.

Owns the rules for each field and the words of each fault. Does not read XML (`opml` does) and asks no network:
an address that fits the rules may still be dead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import msgspec

KINDS = ("press", "wire", "government", "specialised")
FOCI = ("general politics economy diplomacy security justice migration mining energy environment").split()
SOUTH_AMERICA = ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY", "VE")
REGIONAL, WIRE = "XX", "ZZ"
"""User-assigned codes of ISO 3166: "XX" is a source about the region, "ZZ" an international one or an unknown home."""

UNKNOWN_LANGUAGES = ("und", "mis", "mul", "zxx")
"""Codes of ISO 639 that name no language: not known, not coded, several, none."""

# ISO 3166-1 alpha-2, all officially assigned codes.
_COUNTRIES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW".split()
) | {REGIONAL, WIRE}

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*")
_BAD_IN_URL = re.compile(r"[\x00-\x20\x7f<>\"`{}|\\^]")
_LONGEST_URL, _LONGEST_TEXT, _LONGEST_SLUG = 2000, 500, 80

YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Fault(msgspec.Struct, frozen=True):
    """One thing that is wrong, where, and what would be right. `line` counts from 1."""

    file: str
    line: int
    field: str
    found: str
    want: str

    def __str__(self) -> str:
        found = f" (found {_shorten(self.found)})" if self.found else ""
        return f"{self.file}:{self.line}: {self.field}: {self.want}{found}"


def _shorten(text: str, longest: int = 80) -> str:
    """The text in quotes, safe on one line of a terminal whatever a stranger wrote into it."""
    short = text if len(text) <= longest else text[: longest - 1] + "…"
    return f'"{short}"' if short.isprintable() else ascii(short)


def host_of(url: str) -> str:
    """The host of a URL, lower case and without "www."; "" when there is none."""
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def url_key(url: str) -> str:
    """Equal for two addresses that fetch the same feed: scheme, "www.", default port, last slash do not count."""
    parts = urlsplit(url.strip())
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = f"?{parts.query}" if parts.query else ""
    return f"{host_of(url)}{port}{parts.path.rstrip('/')}{query}"


def slug_of(text: str) -> str:
    """A slug for this text: what a foreign list does not name is named after its host."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST_SLUG].strip("-") or "unknown"


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port  # raises when it is no number
    except ValueError:
        return None
    return parts


def _is_host(host: str) -> bool:
    try:
        host = host.encode("idna").decode() if not host.isascii() else host
    except UnicodeError:
        return False
    if _HOST.fullmatch(host):
        return True
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _url_fault(value: str) -> str | None:
    if len(value) > _LONGEST_URL:
        return f"an address of at most {_LONGEST_URL} characters"
    parts = _split(value)
    if _BAD_IN_URL.search(value) or parts is None or parts.scheme not in ("http", "https"):
        return "an absolute address that starts with https:// or http://, without spaces"
    if not _is_host(parts.hostname or ""):
        return "an address with a host, such as https://www.example.com/feed/"
    if "@" in parts.netloc:
        return "an address without a user name or password: put secrets into the settings"
    return "an address without #fragment" if parts.fragment else None


def _slug_fault(value: str) -> str | None:
    fits = _SLUG.fullmatch(value) and len(value) <= _LONGEST_SLUG
    return None if fits else "a slug: small letters, digits and single hyphens, such as la-nacion-ar"


def _one_of(values: tuple[str, ...] | list[str]) -> Callable[[str], str | None]:
    return lambda value: None if value in values else "one of " + ", ".join(values)


def _country_fault(value: str) -> str | None:
    return None if value in _COUNTRIES else "a country of ISO 3166 in two capitals, XX (regional) or ZZ (international)"


def _language_fault(value: str) -> str | None:
    return (
        None
        if _LANGUAGE.fullmatch(value) and value not in UNKNOWN_LANGUAGES
        else "one language of ISO 639 in two or three small letters, such as es, pt, en, nl"
    )


def _text_fault(value: str) -> str | None:
    return None if len(value) <= _LONGEST_TEXT else f"at most {_LONGEST_TEXT} characters"


RULES: Mapping[str, Callable[[str], str | None]] = {
    "text": _text_fault,
    "xmlUrl": _url_fault,
    "htmlUrl": _url_fault,
    "country": _country_fault,
    "language": _language_fault,
    "outlet": _slug_fault,
    "family": _slug_fault,
    "kind": _one_of(KINDS),
    "focus": _one_of(FOCI),
    "provenance": _text_fault,
    "verified": _one_of(list(YES_NO)),
    "sample": _one_of(list(YES_NO)),
}
"""Attribute → what is wrong with a value that is there, or None."""

REQUIRED = tuple(name for name in RULES if name != "sample")
"""What every feed of our own pack states."""
