"""Alerts on Redis: one script call for all alerts of an article, all articles of a batch in one round trip.

Keys: `atalaya:alerts` (stream), `atalaya:raised:STORY` (hash alert → stream entry; recognises a repeat),
`atalaya:completed:STORY` (hash alert → the alert as JSON, when its article's page was read),
`atalaya:article-version:ID`, `atalaya:article:ID` (compressed, for `why-not`), `atalaya:articles:recent`.
Pub/sub names start with `atalaya.alerts.`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis
import zstandard

from services.model.alert import Alert
from services.model.finding import Finding, NewAlert, Raised
from services.model.tagged import TaggedArticle
from services.store.alerts import MOST_REMEMBERED, newness
from services.store.redis.client import PREFIX, guarded, script

STREAM = PREFIX + "alerts"
CHANNEL = "atalaya.alerts."
ENDPOINTS = PREFIX + "deliveries:endpoints"
_RAISED = PREFIX + "raised:"
_COMPLETED = PREFIX + "completed:"
_VERSION = PREFIX + "article-version:"
_ARTICLE = PREFIX + "article:"
_RECENT = PREFIX + "articles:recent"

FIRST_VERSION = 1
"""No older version than this can come late, so a first version need not be remembered."""

_encode = msgspec.json.Encoder().encode
_pack = msgspec.msgpack.Encoder().encode
_alert = msgspec.json.Decoder(Alert)
_tagged = msgspec.json.Decoder(TaggedArticle)


class RedisAlerts:
    """See `store.alerts.AlertStore`. `keep`: entries of the stream; the other settings in seconds."""

    def __init__(
        self,
        client: redis.Redis,
        keep: int,
        dedupe: float,
        rows: float,
        explain: float,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._client: Any = client  # redis-py types each answer as a union over all its protocols
        self._raise = script(client, Path(__file__).with_name("raise.lua"))
        self._keep = keep
        self._dedupe = int(dedupe)
        self._rows = int(rows)
        self._explain = int(explain)
        self._most_remembered = most_remembered
        self._loaded = False

    def raise_all(self, findings: Sequence[Finding], now: float) -> list[Raised]:
        """One script call per finding, pipelined."""
        if not findings:
            return []
        with guarded():
            try:
                answers = self._run(findings, now)
            except redis.exceptions.NoScriptError:
                self._loaded = False  # the server was restarted and has lost its scripts; what did run is recognised
                answers = self._run(findings, now)
        return [_raised(answer) for answer in answers]

    def _run(self, findings: Sequence[Finding], now: float) -> list[Any]:
        if not self._loaded:
            self._client.script_load(self._raise.script)
            self._loaded = True
        with self._client.pipeline(transaction=False) as pipe:
            for finding in findings:
                keys = (STREAM, _VERSION + finding.article, ENDPOINTS, _RAISED + finding.story)
                pipe.evalsha(self._raise.sha, len(keys), *keys, *self._args(finding, now))
            answers: list[Any] = pipe.execute()
        return answers

    def _args(self, finding: Finding, now: float) -> list[Any]:
        remember = "1" if finding.version > FIRST_VERSION else "0"
        ids = _pack([new.alert.id for new in finding.alerts])
        alerts = _pack([_fields(new) for new in finding.alerts])
        stamp = int(now * 1000)
        return [
            PREFIX, CHANNEL, stamp, self._dedupe, self._rows, self._keep, finding.version, remember, ids, alerts,
        ]  # fmt: skip

    def complete(self, alerts: Sequence[Alert]) -> None:
        """Beside the stream, whose entries never change."""
        if not alerts:
            return
        with guarded(), self._client.pipeline(transaction=False) as pipe:
            for alert in alerts:
                pipe.hset(_COMPLETED + alert.story, alert.id, _encode(alert))
                pipe.expire(_COMPLETED + alert.story, self._dedupe)
            pipe.execute()

    def get(self, story: str, alert_id: str) -> Alert | None:
        """Completed, or through its stream entry."""
        with guarded():
            if completed := self._client.hget(_COMPLETED + story, alert_id):
                return _alert.decode(completed)
            entry = self._client.hget(_RAISED + story, alert_id)
        return None if entry is None else self.entry(entry)

    def entry(self, entry: bytes) -> Alert | None:
        """The alert of a stream entry."""
        with guarded():
            found = self._client.xrange(STREAM, entry, entry)
        return _alert.decode(found[0][1][b"json"]) if found else None

    def recent(self, limit: int = 100) -> list[Alert]:
        """The newest first."""
        with guarded():
            found = self._client.xrevrange(STREAM, count=limit)
        return [_alert.decode(fields[b"json"]) for _, fields in found]

    def remember(self, articles: Sequence[TaggedArticle], now: float) -> None:
        """Compressed, with a time to live; of several versions in one call the newest is kept."""
        if not articles:
            return
        pack = zstandard.ZstdCompressor(level=3).compress
        newest = {each.id: each for each in sorted(articles, key=newness)}
        with guarded(), self._client.pipeline(transaction=False) as pipe:
            for article in newest.values():
                pipe.set(_ARTICLE + article.id, pack(msgspec.json.encode(article)), ex=self._explain)
            pipe.zadd(_RECENT, dict.fromkeys(newest, now))
            pipe.zremrangebyscore(_RECENT, "-inf", now - self._explain)
            pipe.zcard(_RECENT)
            over = pipe.execute()[-1] - self._most_remembered
            if over > 0:
                oldest = self._client.zrange(_RECENT, 0, over - 1)
                self._client.unlink(*(_ARTICLE.encode() + each for each in oldest))
                self._client.zrem(_RECENT, *oldest)

    def remembered(self, article_id: str) -> TaggedArticle | None:
        """The newest version remembered."""
        with guarded():
            value = self._client.get(_ARTICLE + article_id)
        return None if value is None else _unpack(value)

    def all_remembered(self, limit: int = 10_000) -> list[TaggedArticle]:
        """The newest first, read in pages."""
        found: list[TaggedArticle] = []
        with guarded():
            ids = [bytes(each) for each in self._client.zrevrange(_RECENT, 0, limit - 1)]
            for start in range(0, len(ids), 200):
                values = self._client.mget([_ARTICLE.encode() + each for each in ids[start : start + 200]])
                found += [_unpack(value) for value in values if value is not None]
        return found


def _unpack(value: bytes) -> TaggedArticle:
    return _tagged.decode(zstandard.ZstdDecompressor().decompress(value))


def _fields(new: NewAlert) -> tuple[Any, ...]:
    """The alert as `raise.lua` wants it: what consumers filter by, the whole as JSON, names and deliveries."""
    alert = new.alert
    lists = ",".join(alert.areas), ",".join(alert.countries), ",".join(alert.pairs)
    json = _encode(alert).decode()
    return (alert.id, alert.subscription, *lists, alert.title, alert.url, json, new.announce, new.deliveries)


def _raised(answer: Any) -> Raised:
    if answer == b"stale":
        return Raised(stale=True)
    return Raised(new=tuple(each.decode() for each in answer))
