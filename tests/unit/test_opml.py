"""OPML: what is written is read back, what is wrong is named, and hostile bytes do no harm."""

from __future__ import annotations

import time
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.model.feed import Feed
from services.poll.opml import DEEPEST, LARGEST, MOST_FAULTS, OpmlError, read_opml, scan_opml, write_opml
from services.poll.opml_schema import FOCI, KINDS, RULES, url_key

NOW = 1_790_000_000.0

GOOD = {
    "text": "Diario de Prueba",
    "xmlUrl": "https://diario.example/feed/",
    "htmlUrl": "https://diario.example/",
    "country": "CL",
    "language": "es",
    "outlet": "diario-de-prueba",
    "family": "casa-de-prueba",
    "kind": "press",
    "focus": "general",
    "verified": "no",
    "provenance": "page:https://diario.example/rss",
}


def outline(**changed: str | None) -> str:
    values = {name: value for name, value in (GOOD | changed).items() if value is not None}
    return "<outline " + " ".join(f"{name}={quoteattr(value)}" for name, value in values.items()) + "/>"


def document(*outlines: str) -> bytes:
    return "\n".join(["<opml version='2.0'>", "<body>", *outlines, "</body>", "</opml>"]).encode()


def faults(data: bytes, strict: bool = True) -> list[str]:
    with pytest.raises(OpmlError) as error:
        read_opml(data, "mine.opml", strict)
    return str(error.value).splitlines()


def test_a_whole_outline_is_read() -> None:
    (feed,) = read_opml(document(outline(verified="yes")), "mine.opml")
    assert feed == Feed(
        url="https://diario.example/feed/",
        title="Diario de Prueba",
        country="CL",
        language="es",
        outlet="diario-de-prueba",
        family="casa-de-prueba",
        kind="press",
        focus="general",
        home="https://diario.example/",
        provenance="page:https://diario.example/rss",
        verified=True,
    )


WRONG = [
    ("xmlUrl", "ftp://diario.example/feed", "https://"),
    ("xmlUrl", "diario.example/feed", "https://"),
    ("xmlUrl", "https:///feed", "host"),
    ("xmlUrl", "https://diario.example/a b", "without spaces"),
    ("xmlUrl", "https://me:secret@diario.example/", "password"),
    ("xmlUrl", "https://diario.example/#top", "#fragment"),
    ("xmlUrl", "https://diario.example:port/", "https://"),
    ("xmlUrl", "https://[::1/", "https://"),
    ("xmlUrl", "https://" + "a" * 2000 + ".example/", "2000 characters"),
    ("xmlUrl", "javascript:alert(1)", "https://"),
    ("htmlUrl", "file:///etc/passwd", "https://"),
    ("country", "Chile", "two capitals"),
    ("country", "cl", "two capitals"),
    ("country", "UK", "two capitals"),
    ("language", "español", "ISO 639"),
    ("language", "es-CL", "ISO 639"),
    ("outlet", "Diario de Prueba", "a slug"),
    ("family", "casa--de", "a slug"),
    ("kind", "blog", "press, wire, government, specialised"),
    ("focus", "sports", "general, politics"),
    ("verified", "maybe", "one of yes"),
    ("text", "x" * 501, "500 characters"),
    ("provenance", "x" * 501, "500 characters"),
]


@pytest.mark.parametrize(("field", "value", "want"), WRONG)
def test_each_wrong_value_is_named_with_file_line_field_and_remedy(field: str, value: str, want: str) -> None:
    (fault,) = faults(document(outline(**{field: value})))
    assert fault.startswith(f"mine.opml:3: {field}: ")
    assert want in fault


@pytest.mark.parametrize("field", [name for name in RULES if name != "sample"])
def test_each_missing_attribute_is_named(field: str) -> None:
    (fault,) = faults(document(outline(**{field: None})))
    assert fault.startswith(f"mine.opml:3: {field}: missing: ")


def test_all_faults_of_all_lines_are_told_at_once() -> None:
    told = faults(document(outline(country="Chile", kind="blog"), outline(xmlUrl="nowhere"), outline(family="a b")))
    assert [line.split(": ")[:2] for line in told] == [
        ["mine.opml:3", "country"],
        ["mine.opml:3", "kind"],
        ["mine.opml:4", "xmlUrl"],
        ["mine.opml:5", "family"],
    ]


def test_good_feeds_can_be_had_beside_the_faults() -> None:
    found = scan_opml(document(outline(country="Chile"), outline()), "mine.opml")
    assert [feed.url for feed in found.feeds] == [GOOD["xmlUrl"]]
    assert [(fault.line, fault.field, fault.found) for fault in found.faults] == [(3, "country", "Chile")]


@pytest.mark.parametrize(
    "twin",
    [
        "http://diario.example/feed/",
        "https://www.diario.example/feed",
        "https://DIARIO.example:443/feed/",
    ],
)
def test_one_address_twice_is_a_fault_in_the_pack_and_skipped_in_an_import(twin: str) -> None:
    data = document(outline(), outline(xmlUrl=twin))
    (fault,) = faults(data)
    assert fault.startswith("mine.opml:4: xmlUrl: another address: line 3 has this one")
    assert [feed.url for feed in read_opml(data, "mine.opml", strict=False)] == [GOOD["xmlUrl"]]


def test_another_path_or_query_is_another_address() -> None:
    others = ["https://diario.example/feed/politica/", "https://diario.example/feed/?cat=2"]
    assert len(read_opml(document(outline(), *(outline(xmlUrl=url) for url in others)), "mine.opml")) == 3


def test_an_outlet_belongs_to_one_family() -> None:
    (fault,) = faults(document(outline(), outline(xmlUrl="https://diario.example/2", family="other-house")))
    assert fault.startswith("mine.opml:4: family: ")
    assert "line 3" in fault


FOREIGN = b"""<?xml version="1.0" encoding="windows-1252"?>
<opml version="1.1"><head><title>Mis fuentes</title></head><body>
<outline text="Econom\xeda">
  <outline type="rss" title="El Diario" xmlurl="feed:https://www.eldiario.example/rss?a=1&amp;b=2#x" language="es-AR"
    category="/News" htmlUrl="javascript:void(0)"/>
  <outline type="rss" xmlUrl="http://radio.example:8080/noticias.xml" country="somewhere" kind="blog"/>
  <outline text="a folder"/>
</outline></body></opml>"""


def test_an_export_of_another_reader_is_imported() -> None:
    first, second = read_opml(FOREIGN, "feedly.opml", strict=False, country="AR")
    assert (first.url, first.title) == ("https://www.eldiario.example/rss?a=1&b=2", "El Diario")
    assert (first.country, first.language, first.outlet, first.family) == ("AR", "es", "eldiario-example", first.outlet)
    assert (first.kind, first.focus, first.home, first.verified) == ("press", "general", "", False)
    assert (second.title, second.language, second.outlet) == ("radio.example", "", "radio-example")
    assert read_opml(FOREIGN, "feedly.opml", strict=False)[1].country == "ZZ"


def test_what_was_imported_can_be_exported_and_imported_again() -> None:
    feeds = read_opml(FOREIGN, "feedly.opml", strict=False)
    assert read_opml(write_opml(feeds, "Mine", NOW), "export.opml", strict=False) == feeds


def test_a_code_that_names_no_language_counts_as_none_given() -> None:
    data = document(outline(language="und"))
    (feed,) = read_opml(data, "mine.opml", strict=False)
    assert feed.language == ""
    (fault,) = faults(data)
    assert fault.startswith("mine.opml:3: language: one language of ISO 639") and fault.endswith('(found "und")')


def test_an_import_still_names_an_address_that_cannot_be_fetched() -> None:
    (fault,) = faults(document(outline(xmlUrl="gopher://old.example/")), strict=False)
    assert fault.startswith("mine.opml:3: xmlUrl: an absolute address")


BOMB = (
    b'<!DOCTYPE opml [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b']><opml><body><outline text="&m;" xmlUrl="https://a.example/"/></body></opml>'
)
XXE = (
    b'<!DOCTYPE opml [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    b'<opml><body><outline text="&file;" xmlUrl="https://a.example/"/></body></opml>'
)
REMOTE = b'<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/opml.dtd"><opml><body/></opml>'
HOSTILE = [
    ("billion laughs", BOMB, ":1: doctype: no document type"),
    ("a local file", XXE, ":1: doctype: no document type"),
    ("a remote definition", REMOTE, ":1: doctype: no document type"),
    ("deep nesting", b"<opml>" + b"<outline>" * 500_000, f":1: outline: at most {DEEPEST} levels"),
    ("too large", b" " * (LARGEST + 1), ":1: file: at most"),
    ("a web page", b"<html><body>Not found</body></html>", ":1: file: an OPML file"),
    ("a feed", b"<rss version='2.0'><channel/></rss>", ":1: file: an OPML file"),
    ("nothing", b"", ":1: file: the whole file: it ends too early"),
    ("text", b"https://diario.example/feed/", ":1: file: "),
    ("truncated", document(outline(), outline())[:-60], ":4: file: the whole file: it ends too early"),
    ("a bare ampersand", b"<opml>\n<outline xmlUrl='https://a.example/?a=1&b=2'/></opml>", "&amp; where an address"),
    ("an entity of HTML", b"<opml>\n<outline text='Espa&ntilde;a'/></opml>", ":2: file: the character itself"),
    ("Latin-1 unannounced", "<opml>\n\n<outline text='España'/></opml>".encode("latin-1"), ":3: file: UTF-8"),
    ("an unknown encoding", b"<?xml version='1.0' encoding='klingon'?><opml/>", "saved as UTF-8"),
    ("an encoding of many bytes", b"<?xml version='1.0' encoding='gb2312'?><opml/>", "saved as UTF-8"),
    ("UTF-16 that is none", b"<?xml version='1.0' encoding='utf-16'?><opml/>", "saved as UTF-8"),
    ("null bytes", b"<opml>\x00</opml>", ":1: file: UTF-8"),
    ("no feeds", b"<opml><body><outline text='empty'/></body></opml>", ":1: body: at least one <outline>"),
]


@pytest.mark.parametrize(("data", "want"), [case[1:] for case in HOSTILE], ids=[case[0] for case in HOSTILE])
@pytest.mark.parametrize("strict", [True, False])
def test_hostile_and_broken_files_give_one_clear_fault_quickly(data: bytes, want: str, strict: bool) -> None:
    began = time.perf_counter()
    (fault,) = faults(data, strict)
    assert fault.startswith("mine.opml:")
    assert want in fault
    assert time.perf_counter() - began < 2


def test_the_faults_themselves_are_capped() -> None:
    told = faults(document(*(outline(xmlUrl=f"https://a.example/{n}", country="?") for n in range(MOST_FAULTS * 3))))
    assert len(told) == MOST_FAULTS + 1
    assert "the rest was not read" in told[-1]


def test_a_fault_shows_no_control_characters_of_a_stranger() -> None:
    (fault,) = faults(document(outline(country="\u202eAR\u009b31m" + "x" * 1000)))
    assert fault.isprintable()
    assert len(fault) < 500


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings_that_are_announced_are_read(encoding: str) -> None:
    announced = "utf-8" if encoding == "utf-8-sig" else encoding
    data = f"<?xml version='1.0' encoding='{announced}'?><opml><body>{outline(text='São Paulo ñ')}</body></opml>"
    assert read_opml(data.encode(encoding), "mine.opml")[0].title == "São Paulo ñ"


_slugs = st.from_regex(r"[a-z0-9]{1,9}(-[a-z0-9]{1,9}){0,2}", fullmatch=True)
_texts = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1, max_size=60
).filter(lambda text: text == text.strip())
_urls = st.builds(
    lambda host, path, query: f"https://{host}.example/{path}" + (f"?{query}" if query else ""),
    _slugs,
    st.from_regex(r"[a-zA-Z0-9/_.~%&;=-]{0,30}", fullmatch=True),
    st.from_regex(r"[a-z0-9&;=%]{0,20}", fullmatch=True),
)
_feeds = st.builds(
    Feed,
    url=_urls,
    title=_texts,
    country=st.sampled_from(["AR", "BO", "XX", "ZZ", "PA"]),
    language=st.sampled_from(["es", "pt", "en", "nl"]),
    outlet=_slugs,
    family=st.just("one-house"),
    kind=st.sampled_from(KINDS),
    focus=st.sampled_from(FOCI),
    home=_urls,
    provenance=_texts,
    verified=st.booleans(),
    sample=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_feeds, min_size=1, max_size=8, unique_by=lambda feed: url_key(feed.url)), _texts)
def test_what_is_written_is_read_back(feeds: list[Feed], title: str) -> None:
    data = write_opml(feeds, title, NOW)
    assert read_opml(data, "export.opml") == tuple(feeds)
    assert read_opml(data, "export.opml", strict=False) == tuple(feeds)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_give_feeds_or_faults(data: bytes, strict: bool) -> None:
    found = scan_opml(b"<opml>" + data, "mine.opml", strict)
    assert found.feeds or found.faults


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(set(RULES) - {"xmlUrl"})), _texts, max_size=11))
def test_whatever_another_program_wrote_into_our_attributes_an_import_works(values: dict[str, str]) -> None:
    (feed,) = read_opml(document(outline(**values)), "mine.opml", strict=False)
    assert feed.url == GOOD["xmlUrl"]
    for name, found in (("country", feed.country), ("kind", feed.kind), ("family", feed.family)):
        assert RULES[name](found) is None


def test_an_export_leaves_out_what_xml_cannot_hold() -> None:
    feed = Feed(
        url="https://a.example/", title="a\x00b\ud800c\ufffe", country="AR", language="es", outlet="a", family="a"
    )
    assert read_opml(write_opml([feed], "t\x01", NOW), "export.opml", strict=False)[0].title == "abc"


def test_an_export_says_when_and_groups_by_country() -> None:
    feeds = [
        Feed(url=f"https://a.example/{c}", title=c, country=c, language="es", outlet="a", family="a")
        for c in "AR BO".split()
    ]
    text = write_opml(feeds, "Mine & yours", NOW).decode()
    assert "<title>Mine &amp; yours</title>" in text
    assert "<dateCreated>Mon, 21 Sep 2026 14:13:20 +0000</dateCreated>" in text
    assert text.index('<outline text="Argentina">') < text.index('<outline text="Bolivia">')
