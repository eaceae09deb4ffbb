"""Traces, in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from services.store.traces import KEPT, Trace


class MemoryTraces:
    """See `store.traces.TraceStore`. `kept`: how many traces stay."""

    def __init__(self, kept: int = KEPT) -> None:
        self._traces: deque[Trace] = deque(maxlen=kept)

    def add(self, traces: Sequence[Trace]) -> None:
        """Keeps them."""
        self._traces.extend(traces)

    def find(self, article: str | None = None, reason: str | None = None, limit: int = 100) -> list[Trace]:
        """The newest first."""
        found = (each for each in reversed(self._traces))
        return [each for each in found if article in (None, each.article) and reason in (None, each.reason)][:limit]
