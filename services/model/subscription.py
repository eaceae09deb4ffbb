"""What a subscriber asks for, and where the alerts go.

A subscription is the same document in `config/subscriptions.yaml`, in Redis and in the API. All conditions that
it names must hold; a condition that it leaves out does not count. docs/alerts.md explains each field.

Owns the shape and the closed lists only: reading a file is `match.document`, deciding is `match.evaluate`.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from services.model.tagged import LIKELY

TargetKind = Literal["console", "webhook"]
TARGET_KINDS: tuple[str, ...] = get_args(TargetKind)


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a subscription wants its alerts: the channel's kind, its address and its signing secrets."""

    kind: TargetKind
    address: str = ""  # a URL for webhooks; empty for the console
    secrets: tuple[str, ...] = ()  # all active ones, newest first; never logged

    def __repr__(self) -> str:
        """Without the secrets, so that no log line or stack shows them."""
        return f"Target(kind={self.kind!r}, address={self.address!r}, secrets={len(self.secrets)})"

    def __rich_repr__(self) -> Any:
        yield "kind", self.kind
        yield "address", self.address
        yield "secrets", len(self.secrets)


class Sets(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One of `any` (when there are some), every one of `all`, and none of `none`."""

    any: tuple[str, ...] = ()
    all: tuple[str, ...] = ()
    none: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.any or self.all or self.none)


class Subscription(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One subscription. `id` is unique among all owners; `owner` is "file" for those of the file."""

    id: str
    title: str = ""
    owner: str = ""
    areas: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    countries: Sets = Sets()
    pairs: tuple[str, ...] = ()  # "CL-PE", sorted inside; "CL-*" is Chile with anyone
    stances: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    words: Sets = Sets()
    languages: tuple[str, ...] = ()
    outlet_countries: tuple[str, ...] = ()
    min_confidence: float = LIKELY
    targets: tuple[Target, ...] = ()
    enabled: bool = True
    muted_until: float | None = None  # seconds since the epoch: until then alerts are kept, not delivered

    @property
    def asks_topic(self) -> bool:
        """A topic or area is asked for."""
        return bool(self.areas or self.topics)

    @property
    def asks_relation(self) -> bool:
        """Something between two states is asked for."""
        return bool(self.pairs or self.stances or self.kinds)
