"""A feed as the source pack describes it."""

from __future__ import annotations

import msgspec


class Feed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who publishes at an address. Owns no polling state: that is the store's."""

    url: str
    title: str
    country: str  # ISO 3166 alpha-2 of the outlet; "XX" regional, "ZZ" international wire
    language: str  # es, pt, en, or another that is stored and not tagged; "" not known: each article tells
    outlet: str  # stable slug
    family: str  # publisher family: ten feeds of one house are one voice
    kind: str = "press"  # press | wire | government | specialised
    focus: str = "general"
    home: str = ""
    provenance: str = ""  # where the address was seen
    verified: bool = False
    sample: bool = False
