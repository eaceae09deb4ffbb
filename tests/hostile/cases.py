# ruff: noqa: E501 - a table reads best with a case on a line
"""The hostile newsroom's behaviours, each with what the poller must make of it.

Four rounds, 31 hours apart, so that whatever was put off for a day is due again. `states` is the health after each
round, `articles` the versions that came out in all rounds together, `due` the least and the most seconds until the
feed is due after the first round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from tests.hostile.behaviours import (
    at_moment,
    bare_deflate,
    bomb,
    chunked,
    cut,
    encoded_as,
    endless,
    feed,
    many_headers,
    raw,
    same_validator,
    silent,
    slow_body,
    slow_headers,
    typed,
    validated,
    zipped,
)  # fmt: skip
from tests.hostile.feeds import NOW, atom, item, numbered, rss, when
from tests.hostile.newsroom import Result
from tests.hostile.server import Behaviour, answer, redirect

HOUR = 3600.0
DAY = 86_400.0
FIVE = numbered(1, 5)
STEP = 31 * HOUR
SUCCESS = (300 * 0.9, 14_400 * 1.1)
BACKOFF = (900 * 0.75, 900 * 1.25)
Check = Callable[[Result], bool]


class Case(NamedTuple):
    """One behaviour. `more`: further paths of the server; `check`: what else must hold."""

    name: str
    steps: Sequence[Behaviour]
    states: Sequence[str]
    articles: int
    due: tuple[float, float] = SUCCESS
    more: Mapping[str, Sequence[Behaviour]] = {}
    check: Check = lambda result: True
    path: str = ""  # of the feed, when not /NAME/feed.xml


def four(state: str) -> tuple[str, str, str, str]:
    """The same health in all rounds."""
    return (state, state, state, state)


def again() -> tuple[str, str, str, str]:
    """Good at first, then nothing new: `quiet` stands for unchanged, and for silent after three days."""
    return ("ok", "quiet", "quiet", "quiet")


def titles(result: Result) -> list[str]:
    """Of all articles, in order."""
    return [article.title for article in result.articles]


def told(words: str) -> Check:
    """The state's reason contains these words."""
    return lambda result: words in result.state.detail


def ids(result: Result) -> int:
    """How many different articles."""
    return len({article.id for article in result.articles})


def undated(count: int, **changes: str | None) -> str:
    """Items without a date."""
    return rss([item(number, pubDate=None, **changes) for number in range(1, count + 1)])


def hosted(name: str) -> str:
    """Five items whose links are of this case's own host, for bodies that the server cannot rewrite."""
    return FIVE.replace("diario.example", f"{name}.example")


REDOS = "<author>" + "a" * 60_000 + "(" * 2_000 + "</author>"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
XXE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
REMOTE_XXE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{base}/stolen">]>'
LATIN = rss([item(1, title="Ñandú: acción en la selva de São Paulo")], prolog="").encode("latin-1")

CONDITIONAL = (
    Case("honest-304", [validated([FIVE], ['"a"'])], again(), 5, check=lambda r: r.state.trusted),
    Case("honest-change", [validated([FIVE, numbered(1, 6)], ['"a"', '"b"'])], ("ok", "ok", "quiet", "quiet"), 6),
    Case("304-for-ever", [feed(FIVE, ETag='"x"'), answer(304)], again(), 5),
    Case("304-at-first", [answer(304)], four("unreachable"), 0, BACKOFF),
    Case("lying-validator", [same_validator([FIVE, numbered(2, 7)], '"l"')], again(), 5),
    Case(
        "same-etag-new-body",
        [feed(FIVE, ETag='"s"'), feed(numbered(1, 6), ETag='"s"')],
        ("ok", "ok", "quiet", "quiet"),
        6,
    ),
    Case(
        "304-after-bad-body",
        [validated(["<rss><channel>", FIVE], ['"b"', '"b"'])],
        ("not-a-feed", "ok", "quiet", "quiet"),
        5,
        BACKOFF,
    ),
)

REFUSALS = (
    Case(
        "429-seconds",
        [answer(429, b"", {"Retry-After": "7200"}), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (7200, 9000),
    ),
    Case("429-date", [at_moment(429, NOW + 7200), feed(FIVE)], ("throttled", "ok", "quiet", "quiet"), 5, (7199, 9000)),
    Case(
        "429-88-hours",
        [answer(429, b"", {"Retry-After": "316800"}), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (DAY, 1.25 * DAY),
    ),
    Case(
        "429-nonsense",
        [answer(429, b"", {"Retry-After": "soon, please"}), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (1800, 2250),
    ),
    Case(
        "429-past-date",
        [at_moment(429, NOW - 7200), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (1800, 2250),
    ),
    Case(
        "429-negative",
        [answer(429, b"", {"Retry-After": "-5"}), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (1800, 2250),
    ),
    Case(
        "503-seconds",
        [answer(503, b"", {"Retry-After": "3600"}), feed(FIVE)],
        ("throttled", "ok", "quiet", "quiet"),
        5,
        (3600, 4500),
    ),
    Case("403-as-throttle", [feed(FIVE), answer(403), feed(numbered(1, 6))], ("ok", "throttled", "ok", "quiet"), 6),
    Case("403-from-the-start", [answer(403)], four("unreachable"), 0, BACKOFF, check=told("403")),
    Case("401", [answer(401)], four("unreachable"), 0, BACKOFF),
    Case("404-then-back", [answer(404), feed(FIVE)], ("unreachable", "ok", "quiet", "quiet"), 5, BACKOFF),
    Case(
        "410",
        [feed(FIVE), answer(410), feed(numbered(1, 9))],
        ("ok", "gone", "gone", "gone"),
        5,
        check=lambda r: r.due > 1e10,
    ),
    Case("500", [answer(500), feed(FIVE)], ("unreachable", "ok", "quiet", "quiet"), 5, BACKOFF),
    Case(
        "robots-disallow", [feed(FIVE)], four("refused"), 0, BACKOFF, check=told("robots"), path="/forbidden/feed.xml"
    ),
)

REDIRECTS = (
    Case(
        "301",
        [redirect(301, "{base}/301/new.xml")],
        ("moved", "moved", "moved", "quiet"),
        5,
        more={"/301/new.xml": [feed(FIVE)]},
        check=lambda r: r.state.address.endswith("/301/new.xml"),
    ),
    Case(
        "308",
        [redirect(308, "/308/new.xml")],
        ("moved", "moved", "moved", "quiet"),
        5,
        more={"/308/new.xml": [feed(FIVE)]},
        check=lambda r: r.state.address.endswith("/308/new.xml"),
    ),
    Case(
        "302",
        [redirect(302, "{base}/302/new.xml")],
        again(),
        5,
        more={"/302/new.xml": [feed(FIVE)]},
        check=lambda r: not r.state.address,
    ),
    Case(
        "307",
        [redirect(307, "{base}/307/new.xml")],
        again(),
        5,
        more={"/307/new.xml": [feed(FIVE)]},
        check=lambda r: not r.state.address,
    ),
    Case(
        "301-once",
        [redirect(301, "{base}/301-once/new.xml"), feed(FIVE)],
        ("moved", "quiet", "quiet", "quiet"),
        5,
        more={"/301-once/new.xml": [feed(FIVE)]},
        check=lambda r: not r.state.address,
    ),
    Case(
        "301-then-302",
        [redirect(301, "{base}/301-then-302/b.xml")],
        ("moved", "moved", "moved", "quiet"),
        5,
        more={"/301-then-302/b.xml": [redirect(302, "/301-then-302/c.xml")], "/301-then-302/c.xml": [feed(FIVE)]},
        check=lambda r: r.state.address.endswith("/b.xml"),
    ),
    Case(
        "301-chain-too-long",
        [redirect(301, "{base}/301-chain-too-long/feed.xml?1")],
        four("refused"),
        0,
        BACKOFF,
        check=told("redirects"),
    ),
    Case(
        "302-loop",
        [redirect(302, "{base}/302-loop/other.xml")],
        four("refused"),
        0,
        BACKOFF,
        more={"/302-loop/other.xml": [redirect(302, "{base}/302-loop/feed.xml")]},
        check=told("redirects"),
    ),
    Case(
        "301-to-private",
        [redirect(301, "http://10.0.0.1/feed.xml")],
        four("refused"),
        0,
        BACKOFF,
        check=told("address"),
    ),
    Case(
        "302-to-metadata",
        [redirect(302, "http://169.254.169.254/latest")],
        four("refused"),
        0,
        BACKOFF,
        check=told("address"),
    ),
    Case(
        "302-to-other-port",
        [redirect(302, "http://127.0.0.1:1/feed.xml")],
        four("refused"),
        0,
        BACKOFF,
        check=told("address"),
    ),
    Case(
        "302-to-mapped-v6",
        [redirect(302, "http://[::ffff:10.0.0.1]/")],
        four("refused"),
        0,
        BACKOFF,
        check=told("address"),
    ),
    Case("302-to-file", [redirect(302, "file:///etc/passwd")], four("refused"), 0, BACKOFF, check=told("bad_url")),
    Case("302-to-nonsense", [redirect(302, "http://[::1")], four("refused"), 0, BACKOFF, check=told("bad_url")),
    Case("302-without-location", [answer(302)], four("unreachable"), 0, BACKOFF),
)

BYTES = (
    Case(
        "html-instead",
        [typed("<!doctype html><html><body><h1>Mantenimiento</h1></body></html>", "text/html"), feed(FIVE)],
        ("not-a-feed", "ok", "quiet", "quiet"),
        5,
        BACKOFF,
    ),
    Case("empty-body", [feed("")], four("not-a-feed"), 0, BACKOFF),
    Case("empty-channel", [feed(rss([]))], four("unchanged"), 0),
    Case("truncated-xml", [feed(FIVE[:-200])], again(), 5),
    Case("gzip", [zipped(hosted("gzip"))], again(), 5),
    Case("deflate", [zipped(hosted("deflate"), "deflate")], again(), 5),
    Case("bare-deflate", [bare_deflate(hosted("bare-deflate"))], again(), 5),
    Case("gzip-bomb", [bomb(200)], four("unreachable"), 0, BACKOFF, check=told("too_big")),
    Case(
        "gzip-cut-short",
        [encoded_as(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x01", "gzip")],
        four("unreachable"),
        0,
        BACKOFF,
    ),
    Case(
        "gzip-that-is-none",
        [encoded_as(FIVE.encode(), "gzip")],
        four("unreachable"),
        0,
        BACKOFF,
        check=told("encoding"),
    ),
    Case("encoding-not-offered", [encoded_as(b"abc", "br")], four("unreachable"), 0, BACKOFF, check=told("encoding")),
    Case("body-of-1-gb", [endless()], four("unreachable"), 0, BACKOFF, check=told("too_big")),
    Case("slow-headers", [slow_headers()], four("unreachable"), 0, BACKOFF, check=told("timeout_headers")),
    Case("slow-body", [slow_body()], four("unreachable"), 0, BACKOFF, check=told("timeout_body")),
    Case("says-nothing", [silent()], four("unreachable"), 0, BACKOFF, check=told("timeout_headers")),
    Case("hangs-up", [raw(b"")], four("unreachable"), 0, BACKOFF),
    Case("hangs-up-midway", [cut(FIVE, 300)], four("unreachable"), 0, BACKOFF, check=told("truncated")),
    Case("no-http", [raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")], four("unreachable"), 0, BACKOFF),
    Case("chunked", [chunked(hosted("chunked").encode())], again(), 5),
    Case("chunked-broken", [chunked(FIVE.encode(), broken=True)], four("unreachable"), 0, BACKOFF),
    Case("many-headers", [many_headers(2000)], four("unreachable"), 0, BACKOFF),
    Case(
        "header-bytes",
        [
            raw(
                b"HTTP/1.1 200 OK\r\nETag: \xff\xfe\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n"
                + hosted("header-bytes").encode()
            )
        ],
        again(),
        5,
    ),
    Case("binary", [typed(bytes(range(256)) * 40, "application/octet-stream")], four("not-a-feed"), 0, BACKOFF),
    Case("nul-bytes", [feed(rss([item(1, title="Hola\x00mundo")]))], again(), 1),
)

XML_TRAPS = (
    Case(
        "redos-author",
        [feed(rss([item(1), item(2)], head=REDOS)), feed(FIVE)],
        ("not-a-feed", "ok", "quiet", "quiet"),
        5,
        BACKOFF,
    ),
    Case(
        "redos-author-for-ever",
        [feed(rss([item(1), item(2)], head=REDOS))],
        four("not-a-feed"),
        0,
        BACKOFF,
        check=told("parse_timeout"),
    ),
    Case(
        "billion-laughs",
        [feed(rss([item(1, description="&j;").replace("&amp;j;", "&j;")], prolog=LAUGHS))],
        four("not-a-feed"),
        0,
        BACKOFF,
        check=told("entities"),
    ),
    Case(
        "xxe-file",
        [feed(rss([item(1).replace("parte 1", "parte &x;")], prolog=XXE))],
        again(),
        1,
        check=lambda r: "root:" not in r.articles[0].title,
    ),
    Case(
        "xxe-remote",
        [feed(rss([item(1).replace("parte 1", "parte &x;")], prolog=REMOTE_XXE))],
        again(),
        1,
        more={"/stolen": [answer(200, "stolen")]},
        check=lambda r: "stolen" not in r.articles[0].title,
    ),
    Case(
        "deeply-nested",
        [
            feed(
                rss(
                    [
                        item(1, description=None).replace(
                            "</item>", "<description>" + "<b>" * 20_000 + "x</description></item>"
                        )
                    ]
                )
            )
        ],
        again(),
        1,
    ),
    Case("undeclared-namespace", [feed(FIVE.replace("<item>", "<item><media:thing>x</media:thing>"))], again(), 5),
    Case("5000-entries", [feed(numbered(1, 5000))], again(), 5000),
    Case("7000-entries", [feed(rss([item(n, description=None, pubDate=None) for n in range(7000)]))], again(), 5000),
    Case("bom", [feed(b"\xef\xbb\xbf" + FIVE.encode())], again(), 5),
    Case("utf16", [typed(hosted("utf16").replace("utf-8", "utf-16").encode("utf-16"), "text/xml")], again(), 5),
    Case("space-before-xml", [feed("\n\n  " + FIVE)], again(), 5),
)

CHARSETS = (
    Case(
        "latin1-undeclared",
        [typed(LATIN, None)],
        again(),
        1,
        check=lambda r: titles(r) == ["Ñandú: acción en la selva de São Paulo"],
    ),
    Case(
        "latin1-says-utf8",
        [typed(b'<?xml version="1.0" encoding="utf-8"?>' + LATIN, "text/xml; charset=utf-8")],
        again(),
        1,
        check=lambda r: titles(r) == ["Ñandú: acción en la selva de São Paulo"],
    ),
    Case(
        "latin1-declared",
        [typed(b'<?xml version="1.0" encoding="iso-8859-1"?>' + LATIN, "text/xml")],
        again(),
        1,
        check=lambda r: titles(r) == ["Ñandú: acción en la selva de São Paulo"],
    ),
    Case("unknown-charset", [typed(FIVE.replace("utf-8", "x-klingon"), "text/xml; charset=x-klingon")], again(), 5),
    Case(
        "charset-in-header-wins-not",
        [typed(FIVE.encode(), "text/xml; charset=us-ascii")],
        again(),
        5,
        check=lambda r: "Perú" in titles(r)[0],
    ),
)

DATES = (
    Case("no-dates", [feed(undated(3))], again(), 3, check=lambda r: all(a.published is None for a in r.articles)),
    Case(
        "future-dates",
        [feed(rss([item(n, pubDate=when(-24 * 365)) for n in range(1, 4)]))],
        again(),
        3,
        check=lambda r: all(a.published is None for a in r.articles),
    ),
    Case("same-date-on-all", [feed(rss([item(n, pubDate=when(2000)) for n in range(1, 101)]))], again(), 100),
    Case(
        "portuguese-dates",
        [
            feed(
                rss(
                    [
                        item(1, pubDate="Seg, 16 Nov 2026 19:42:40 -0300"),
                        item(2, pubDate="Ter, 17 Fev 2026 08:00:00 -0300"),
                    ]
                )
            )
        ],
        again(),
        2,
        check=lambda r: [a.published for a in r.articles] == [1_794_868_960.0, 1_771_326_000.0],
    ),
    Case(
        "spanish-dates",
        [
            feed(
                rss(
                    [
                        item(1, pubDate="lun, 16 de noviembre de 2026 10:00"),
                        item(2, pubDate="17 ene 2026 10:00:00 -0500"),
                    ]
                )
            )
        ],
        again(),
        2,
        check=lambda r: [a.published for a in r.articles] == [1_794_841_200.0, 1_768_662_000.0],
    ),
    Case("nonsense-dates", [feed(rss([item(n, pubDate="ayer por la tarde") for n in range(1, 4)]))], again(), 3),
    Case(
        "old-entries",
        [feed(rss([item(1), item(2, pubDate=when(400))]))],
        again(),
        2,
        check=lambda r: [a.backfill for a in r.articles] == [False, True],
    ),
)

IDENTITY = (
    Case("no-guids", [feed(numbered(1, 5, guid=None))], again(), 5),
    Case(
        "changing-guids",
        [feed(rss([item(n, guid=f"{n}-{turn}") for n in range(1, 6)])) for turn in range(4)],
        again(),
        5,
    ),
    Case(
        "changing-guids-no-links",
        [feed(rss([item(n, guid=f"{n}-{turn}", link=None) for n in range(1, 6)])) for turn in range(4)],
        again(),
        5,
    ),
    Case("reused-guids", [feed(numbered(1, 5, guid="always-the-same"))], again(), 5),
    Case("reused-guids-no-links", [feed(numbered(1, 5, guid="always-the-same", link=None))], again(), 5),
    Case("all-links-to-the-front-page", [feed(numbered(1, 5, link="https://diario.example/"))], again(), 5),
    Case(
        "session-in-links",
        [
            feed(rss([item(n, link=f"https://diario.example/n?id={n}&sid={turn}") for n in range(1, 6)]))
            for turn in range(4)
        ],
        again(),
        5,
    ),
    Case(
        "tracking-in-links",
        [
            feed(rss([item(n, link=f"https://diario.example/n-{n}?utm_source=rss&utm_id={turn}") for n in range(1, 6)]))
            for turn in range(4)
        ],
        again(),
        5,
    ),
    Case("same-item-twice", [feed(rss([item(1), item(1), item(2)]))], again(), 2),
    Case(
        "edit-in-place",
        [feed(FIVE), feed(FIVE.replace("parte 3", "parte 3 (corregido)"))],
        ("ok", "quiet", "quiet", "quiet"),
        6,
        check=lambda r: (ids(r), r.articles[-1].version) == (5, 2),
    ),
    Case(
        "two-edits",
        [feed(FIVE), feed(FIVE.replace("parte 3", "tercera")), feed(FIVE.replace("parte 3", "la 3"))],
        ("ok", "quiet", "quiet", "quiet"),
        7,
        check=lambda r: [a.version for a in r.articles][-2:] == [2, 3],
    ),
    Case("deletions", [feed(FIVE), feed(numbered(1, 3))], again(), 5),
    Case("deleted-and-back", [feed(FIVE), feed(numbered(1, 3)), feed(FIVE)], again(), 5),
    Case(
        "relative-links",
        [feed(rss([item(1, link="/nota-relativa?x=1#top")]))],
        again(),
        1,
        check=lambda r: (
            r.articles[0].url.endswith("/nota-relativa?x=1") and r.articles[0].url.startswith("http://relative-links.test")
        ),
    ),
    Case(
        "script-links",
        [feed(rss([item(1, link="javascript:alert(1)", guid="g1")]))],
        again(),
        1,
        check=lambda r: not r.articles[0].url.startswith("javascript"),
    ),
    Case(
        "html-in-titles",
        [feed(rss([item(1, title="<b>Chile</b> y <i>Perú</i> <script>alert(1)</script>firman")]))],
        again(),
        1,
        check=lambda r: titles(r) == ["Chile y Perú firman"],
    ),
    Case(
        "entities-twice",
        [feed(rss([item(1, title="Migraci&amp;oacute;n &amp;amp; seguridad")]))],
        again(),
        1,
        check=lambda r: titles(r) == ["Migración & seguridad"],
    ),
    Case("no-title-no-text", [feed(rss([item(1, title=None, description=None), item(2)]))], again(), 1),
    Case("no-title", [feed(rss([item(1, title=None)]))], again(), 1),
    Case(
        "huge-title",
        [feed(rss([item(1, title="minería " * 50_000)]))],
        again(),
        1,
        check=lambda r: len(titles(r)[0]) <= 500,
    ),
    Case(
        "huge-text",
        [feed(rss([item(1, description="migración " * 90_000)]))],
        again(),
        1,
        check=lambda r: len(r.articles[0].text) <= 20_000,
    ),
    Case(
        "lone-surrogates",
        [feed(rss([item(1, title="Perú &#xD83D; firma").replace("&amp;#", "&#")]))],
        again(),
        1,
        check=lambda r: bool(r.articles[0].title.encode()),
    ),
    Case(
        "atom",
        [
            typed(
                atom(
                    [
                        ("urn:1", "Acuerdo uno", "https://diario.example/a1"),
                        ("urn:2", "Acuerdo dos", "https://diario.example/a2"),
                    ]
                ),
                "application/atom+xml",
            )
        ],
        again(),
        2,
    ),
    Case(
        "json-feed",
        [
            typed(
                '{"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [{"id": "1", "url": "https://diario.example/j1", "title": "Acuerdo J", "content_text": "Texto"}]}',
                "application/feed+json",
            )
        ],
        again(),
        1,
    ),
    Case(
        "json-that-is-none", [typed('{"error": "mantenimiento"}', "application/json")], four("not-a-feed"), 0, BACKOFF
    ),
    Case(
        "gap",
        [feed(numbered(1, 10)), feed(rss([item(n, pubDate=when(-30)) for n in range(101, 111)]))],
        ("ok", "ok", "quiet", "quiet"),
        20,
        check=lambda r: r.state.gaps == 1,
    ),
)

HINTS = (
    Case(
        "ttl", [feed(rss([item(1), item(2), item(3)], head="<ttl>180</ttl>"))], again(), 3, (10_800 * 0.9, 10_800 * 1.1)
    ),
    Case("ttl-absurd", [feed(rss([item(1)], head="<ttl>999999</ttl>"))], again(), 1, (14_400 * 0.9, 14_400 * 1.1)),
    Case(
        "sy-period",
        [
            feed(
                rss(
                    [item(1)],
                    head="<sy:updatePeriod xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'>hourly</sy:updatePeriod>",
                )
            )
        ],
        again(),
        1,
        (3600 * 0.9, 3600 * 1.1),
    ),
    Case("max-age", [feed(FIVE, Cache_Control="public, max-age=7200")], again(), 5, (7200 * 0.9, 7200 * 1.1)),
    Case("expires", [feed(FIVE, Expires="Wed, 18 Nov 2026 13:06:40 GMT")], again(), 5, (300 * 0.9, 14_400 * 1.1)),
    Case(
        "skip-every-hour",
        [feed(rss([item(1)], head="<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24)) + "</skipHours>"))],
        again(),
        1,
    ),
)

CASES = (*CONDITIONAL, *REFUSALS, *REDIRECTS, *BYTES, *XML_TRAPS, *CHARSETS, *DATES, *IDENTITY, *HINTS)
