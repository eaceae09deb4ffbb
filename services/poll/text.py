"""HTML, half-escaped and broken text from feeds → plain text. Pure.

Not a sanitiser for pages and mails: what it returns holds no markup at all, and is escaped where it is shown.
"""

from __future__ import annotations

import html
import re
import unicodedata

import nh3

_BLOCK = re.compile(
    r"<(?=/?(?:p|br|div|li|ul|ol|h[1-6]|tr|td|table|blockquote|section|article|figure|figcaption|hr|pre|dd|dt)[\s/>])",
    re.IGNORECASE,
)
_DROPPED = {"script", "style", "noscript", "iframe", "svg", "template", "object", "head"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u200b\u200e\u200f\u2060\ufeff\xad]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPACES = re.compile(r"[^\S\n]+")
_LINES = re.compile(r" *\n[ \n]*")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{2,7}|#[xX][0-9a-fA-F]{2,6});")
_TAG = re.compile(r"<(?:/?[a-zA-Z][a-zA-Z0-9]*(?:\s[^<>]{0,2000})?/?|!--[^<>]{0,2000})>")
_RAW_PER_CHAR = 20
"""Markup is cut before it is read at this many characters per character that is kept."""


def plain(markup: str, limit: int) -> str:
    """The text that a reader would see, in lines: NFC, no control characters, no lone surrogates, cut at a word.

    Entities that were escaped twice (`&amp;eacute;`) are undone twice, tags that were escaped (`&lt;b&gt;`) are
    dropped as well; more layers than that are left as they are.
    """
    text = _SURROGATE.sub("", markup[: limit * _RAW_PER_CHAR + 1000])
    for _ in range(2):
        if _TAG.search(text) or "<" in text:
            text = _strip(text)
        text = html.unescape(text)
        if not _ENTITY.search(text) and not _TAG.search(text):
            break
    return shorten(tidy(text), limit)


def one_line(markup: str, limit: int) -> str:
    """The same as `plain`, for titles: all on one line."""
    return shorten(" ".join(plain(markup, limit * 2).split()), limit)


def tidy(text: str) -> str:
    """Normal forms of characters and spaces; paragraphs stay on lines of their own."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\x85", "\n").replace("\u2028", "\n")
    text = _CONTROL.sub("", unicodedata.normalize("NFC", text))
    return _LINES.sub("\n", _SPACES.sub(" ", text)).strip()


def shorten(text: str, limit: int) -> str:
    """At most `limit` characters; a cut text ends in an ellipsis after a whole word where there is one near."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ", limit * 3 // 4)
    return (cut[:space] if space > 0 else cut).rstrip() + "…"


def _strip(text: str) -> str:
    broken = _BLOCK.sub("\n<", text)
    return nh3.clean(broken, tags=set(), clean_content_tags=_DROPPED, strip_comments=True)
