"""An article as the poller hands it on."""

from __future__ import annotations

from hashlib import blake2b

import msgspec


class Article(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="article", tag_field="type"):
    """One version of one news item.

    Owns what a feed said of it. Does not own what the item means: that is a `Tagged`.
    Times are seconds since the epoch (UTC); `published` is the publisher's word and may be missing or wrong.
    `id` is derived from the identity of the item and is the same for all its versions; `version` grows with
    each edit seen, so that a later stage can tell an old version that arrives late.
    """

    id: str
    version: int
    digest: str  # of title and text: two fetches with one digest are one version
    url: str
    title: str
    text: str  # plain text, no HTML
    feed: str  # the feed's URL
    outlet: str
    seen: float  # when this version was first fetched
    published: float | None = None
    lang: str | None = None  # the feed's word; the tagger finds out when it is missing
    outlet_country: str | None = None  # ISO 3166 alpha-2
    family: str | None = None  # publisher family: its outlets are one voice
    backfill: bool = False  # old when first seen: stored and tagged, raises no immediate alert
    text_from: str = "feed"  # feed | page
    page_problem: str = ""  # why the page gave no better text: wall, consent, short, robots, unreachable ...
    sample: bool = False  # from the sample newsroom, never real news

    @property
    def page_read(self) -> bool:
        """Its page has been looked at, and has given its text or the reason why not."""
        return self.text_from == "page" or self.page_problem != ""


def article_id(identity: str) -> str:
    """The id of the article with this identity (a canonical URL, or what stands in for it): 24 hex digits."""
    return blake2b(identity.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def content_digest(title: str, text: str) -> str:
    """A digest of what a reader sees; equal digests mean the same version. 16 hex digits."""
    joined = f"{title}\x00{text}".encode("utf-8", "surrogatepass")
    return blake2b(joined, digest_size=8).hexdigest()
