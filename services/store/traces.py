"""Traces of the articles that were not passed on: by article and by reason, the newest hundred thousand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import msgspec

KEPT = 100_000
"""Traces kept; older ones are forgotten (the metrics still count them)."""


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """An article that a stage did not pass on, and why (a code of `telemetry.DROP_REASONS`)."""

    article: str
    stage: str
    reason: str
    at: float  # seconds since the epoch


class TraceStore(Protocol):
    """Raises `StoreUnavailable` or `StoreFull` (see `store.base`) from every method."""

    def add(self, traces: Sequence[Trace]) -> None:
        """Keeps them."""
        ...

    def find(self, article: str | None = None, reason: str | None = None, limit: int = 100) -> list[Trace]:
        """The newest first."""
        ...
