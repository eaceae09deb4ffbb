"""The address of an article: the same for all the ways in which feeds write it. Pure.

Two results: the address for readers (`clean`: tracking removed, proxies and AMP caches resolved) and the identity
(`identity`: also without scheme, `www.`, mobile and AMP variants, trailing slash and order of parameters). Only
`identity` is compared; it is no address. Feeds show the same links again and again, so answers are kept.
Rules and examples: docs/polling.md, tests/data/poll/canonical.tsv.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

_TRACKING = re.compile(
    r"^(utm_\w+|utm|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|igsh|mc_[ce]id|mkt_tok|_ga|_gl"
    r"|ocid|cmpid|cmp|ns_\w+|at_(medium|campaign|custom\d?)|pk_\w+|mtm_\w+|matomo_\w+|hsctatracking|_hs\w+|vero_\w+"
    r"|xtor|wt_mc|wt\.mc_\w+|spm|guccounter|guce_\w+|feature|ref_?src|ref_?url|fb_\w+|action_\w+_(map|ids)|s_cid|ito"
    r"|smid|partner|rss|from_?rss|source|src|traffic_source|ftag|intcmp|int_\w+|trk\w*|wpsrc|amp_\w+|ftcamp|ssm)$",
    re.IGNORECASE,
)
_AMBIGUOUS = {"source", "src", "partner", "feature", "rss", "cmp", "spm", "ssm"}
"""Parameters that track on some sites and select content on others: dropped only with a value that says feed."""
_SAYS_FEED = re.compile(r"rss|feed|atom|twitter|facebook|whatsapp|newsletter|social|telegram", re.IGNORECASE)
_AMP_PARAMETER = re.compile(r"^(amp|outputtype|output|view)$", re.IGNORECASE)
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_TWINS = ("www.", "m.", "mobile.", "movil.", "amp.", "touch.")
_PROXIES = {"google.com": "url", "bing.com": "url", "facebook.com": "u", "l.facebook.com": "u", "t.umblr.com": "z"}
_SAFE = "/:@!$&'()*+,;=~-._"
CACHED = 8_192
"""Addresses whose answers are kept: a feed shows the same entries many times over. About 4 MB."""
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = "-._~" + string.ascii_letters + string.digits


@lru_cache(maxsize=CACHED)
def clean(link: str, base: str = "") -> str:
    """The address for readers, absolute; "" when there is no http(s) address in `link`."""
    text = re.sub(r"[\x00-\x20\x7f]+", "", link.strip())[:4000]
    if not text:
        return ""
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        parts = urlsplit(_unproxied(parts.geturl()))
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        return ""
    if parts.scheme.lower() not in ("http", "https") or not host or not _ascii(host):
        return ""
    scheme = parts.scheme.lower()
    netloc = _ascii(host) if port is None or str(port) == _DEFAULT_PORTS[scheme] else f"{_ascii(host)}:{port}"
    netloc = f"[{host}]{netloc.removeprefix(host)}" if ":" in host else netloc
    return urlunsplit((scheme, netloc, _encoded(parts.path) or "/", _query(parts.query), ""))


@lru_cache(maxsize=CACHED)
def identity(link: str) -> str:
    """What two addresses of one article have in common; "" for what is no address."""
    url = clean(link)
    if not url:
        return ""
    parts = urlsplit(url)
    host = parts.netloc
    for prefix in _TWINS:
        rest = host.removeprefix(prefix)
        if rest != host and rest.count(".") >= 1:
            host = rest
            break
    path = re.sub(r"/{2,}", "/", parts.path)
    path = re.sub(r"(?:/amp)?/?$|/amp\.html$", "", path)
    path = re.sub(r"^/amp(?=/)", "", path)
    path = re.sub(r"\.amp(?=(?:\.html?)?$)", "", path)
    path = re.sub(r"/index\.html?$", "", path)
    pairs = [(name, value) for name, value in _pairs(parts.query) if not _is_amp(name, value)]
    query = urlencode(sorted(pairs))
    return f"{host}{path or '/'}{'?' + query if query else ''}"


def _unproxied(url: str) -> str:
    """The address inside one that only leads to it: Google Alerts, AMP caches, Facebook, Bing."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    if (name := _PROXIES.get(host)) and parts.path in ("/url", "/l.php", "/news/apiclick.aspx", "/redirect"):
        for key, value in parse_qsl(parts.query):
            if key in (name, "url", "q") and value.startswith(("http://", "https://")):
                return value
    if host.endswith("cdn.ampproject.org") or (host == "google.com" and parts.path.startswith("/amp/")):
        rest = re.sub(r"^/(?:amp|c|v|i)/", "/", parts.path)
        secure = rest.startswith("/s/")
        inner = rest.removeprefix("/s/").lstrip("/")
        if "." in inner.partition("/")[0]:
            return f"http{'s' if secure else ''}://{inner}" + (f"?{parts.query}" if parts.query else "")
    return url


def _ascii(host: str) -> str:
    if host.isascii():
        return host.lower()
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def _encoded(path: str) -> str:
    """One way to write each character: what needs no escape has none, what does has it in upper case."""
    return quote(_ESCAPE.sub(_unescaped, path), safe=_SAFE + "%", errors="replace")


def _unescaped(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def _query(query: str) -> str:
    """Without the parameters that track; the others stay as they are written."""
    kept = [part for part in query.split("&") if part and not _tracks(*_pair(part))]
    return quote("&".join(kept), safe=_SAFE + "%?", errors="replace")


def _pair(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return unquote(name), unquote(value)


def _tracks(name: str, value: str) -> bool:
    if not _TRACKING.match(name):
        return False
    return name.lower() not in _AMBIGUOUS or not value or bool(_SAYS_FEED.search(value))


def _is_amp(name: str, value: str) -> bool:
    return bool(_AMP_PARAMETER.match(name)) and value.lower() in ("", "1", "amp", "true")
