"""Traces on Redis: the stream `atalaya:traces`, cut at its newest entries."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import redis

from services.store.redis.client import PREFIX, guarded
from services.store.traces import KEPT, Trace

_TRACES = PREFIX + "traces"
_PAGE = 1000

_trace = msgspec.json.Decoder(Trace)


class RedisTraces:
    """See `store.traces.TraceStore`. `kept`: how many traces stay, a few more for Redis cuts whole nodes."""

    def __init__(self, client: redis.Redis, kept: int = KEPT) -> None:
        self._client = client
        self._kept = kept

    def add(self, traces: Sequence[Trace]) -> None:
        """One pipeline."""
        with guarded(), self._client.pipeline(transaction=False) as pipe:
            for trace in traces:
                pipe.xadd(_TRACES, {"t": msgspec.json.encode(trace)}, maxlen=self._kept, approximate=True)
            pipe.execute()

    def find(self, article: str | None = None, reason: str | None = None, limit: int = 100) -> list[Trace]:
        """Read backwards, page by page: at most `kept` entries."""
        found: list[Trace] = []
        end = "+"
        with guarded():
            while len(found) < limit:
                page = self._client.xrevrange(_TRACES, max=end, count=_PAGE) or []
                traces = [_trace.decode(fields[b"t"]) for _, fields in page]  # type: ignore[index]
                found += [each for each in traces if article in (None, each.article) and reason in (None, each.reason)]
                if len(page) < _PAGE:
                    break
                end = "(" + page[-1][0].decode()  # type: ignore[union-attr]
        return found[:limit]
