"""An alert: a receipt of what was found, where, and why it was sent."""

from __future__ import annotations

from hashlib import blake2b

import msgspec


class Quote(msgspec.Struct, frozen=True, kw_only=True):
    """A sentence of the article and the span in it that fired; offsets are code points of `field`."""

    field: str  # title | text
    start: int
    end: int
    text: str
    marks: tuple[tuple[int, int], ...] = ()  # spans within `text` that rules matched


class Stamps(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When each stage had it: seconds since the epoch. `published` is the publisher's word.

    When it was sent is a matter of each delivery's attempts: an alert is the same to the byte in all of them.
    """

    published: float | None = None
    seen: float = 0.0
    tagged: float = 0.0
    matched: float = 0.0


class Alert(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="alert", tag_field="type"):
    """One alert to one subscription about one story.

    `id` comes from subscription, story and development, so raising it again is recognised.
    """

    id: str
    subscription: str
    story: str
    development: str  # "first" for the first report of a story
    article: str
    version: int
    digest: str
    title: str
    url: str
    outlet: str
    lang: str
    areas: tuple[str, ...]
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    pairs: tuple[str, ...] = ()  # "CL-PE", sorted inside, of the relations found
    stance: str | None = None
    confidence: float = 0.0
    quotes: tuple[Quote, ...] = ()
    rules: tuple[str, ...] = ()  # rule ids that fired
    rules_version: str = ""
    reason: str = ""  # plain language
    stamps: Stamps = Stamps()
    outlet_country: str | None = None
    sample: bool = False
    text_from: str = "feed"  # feed | page: the text that the quotes are from


def alert_id(subscription: str, story: str, development: str) -> str:
    """The id of an alert: 24 hex digits, the same whenever the same thing is found again."""
    key = "\x00".join((subscription, story, development)).encode()
    return blake2b(key, digest_size=12).hexdigest()
