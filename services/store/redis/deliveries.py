"""Deliveries on Redis.

Keys: `atalaya:delivery:ID` (hash), `atalaya:attempts:ID` (list), `atalaya:deliveries:endpoints` (endpoints by their
next time), `atalaya:deliveries:due:ENDPOINT` and `:busy:ENDPOINT`, `atalaya:endpoint:ENDPOINT` (its health),
`atalaya:deliveries:dead` and `:cancelled` (ids by time). Rows are made by `raise.lua`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import redis

from services.model.alert import Alert
from services.model.delivery import Attempt, Delivery, Endpoint, Settlement
from services.store.deliveries import Limits
from services.store.redis.alerts import ENDPOINTS, RedisAlerts
from services.store.redis.client import PREFIX, guarded, script

_ROW = PREFIX + "delivery:"
_ATTEMPTS = PREFIX + "attempts:"
_QUEUES = PREFIX + "deliveries:"
_HEALTH = PREFIX + "endpoint:"

_encode = msgspec.json.Encoder().encode
_alert = msgspec.json.Decoder(Alert)
_attempt = msgspec.json.Decoder(Attempt)


class RedisDeliveries:
    """See `store.deliveries.DeliveryStore`. `rows`: seconds that an ended row and its log are kept."""

    def __init__(self, client: redis.Redis, alerts: RedisAlerts, rows: float) -> None:
        self._client: Any = client  # redis-py types each answer as a union over all its protocols
        self._alerts = alerts
        self._rows = int(rows)
        self._script = script(client, Path(__file__).with_name("deliveries.lua"))

    def claim(self, token: str, now: float, limit: int, lease: float, limits: Limits) -> list[Delivery]:
        """In one script call."""
        found = self._call("claim", now, limits, token, limit, int(lease * 1000), self._rows)
        return [_delivery(row[0].decode(), _pairs(row[1:])) for row in found]

    def settle(self, token: str, settlements: Sequence[Settlement], limits: Limits) -> list[bool]:
        """One script call each."""
        hold = int(limits.hold * 1000)
        return [
            bool(self._call("settle", each.at, limits, token, limits.failures, hold, self._rows, _packed(each)))
            for each in settlements
        ]

    def get(self, delivery_id: str) -> Delivery | None:
        """The row and its log."""
        with guarded(), self._client.pipeline(transaction=True) as pipe:
            pipe.hgetall(_ROW + delivery_id)
            pipe.lrange(_ATTEMPTS + delivery_id, 0, -1)
            row, log = pipe.execute()
        return _delivery(delivery_id, row, tuple(map(_attempt.decode, log))) if row else None

    def recent(self, state: str, limit: int = 100) -> list[Delivery]:
        """From the index of that state."""
        with guarded():
            ids = [bytes(each).decode() for each in self._client.zrevrange(_QUEUES + state, 0, limit - 1)]
        return [row for row in map(self.get, ids) if row is not None]

    def endpoints(self) -> list[Endpoint]:
        """Those with a queue; a paused one keeps its place there."""
        with guarded():
            ids = [bytes(each).decode() for each in self._client.zrange(ENDPOINTS, 0, -1)]
            with self._client.pipeline(transaction=False) as pipe:
                for each in ids:
                    pipe.hgetall(_HEALTH + each)
                    pipe.zcard(_QUEUES + "due:" + each)
                answers = pipe.execute()
        found = [_endpoint(each, answers[2 * i], answers[2 * i + 1]) for i, each in enumerate(ids)]
        return sorted(found, key=lambda endpoint: (endpoint.kind, endpoint.address))

    def resume(self, endpoint: str, now: float) -> bool:
        """Lifts a pause or a hold."""
        return bool(self._call("resume", now, Limits(), endpoint))

    def redeliver(self, delivery_id: str, now: float) -> bool:
        """Due again; a delivered one needs its alert still in the stream."""
        with guarded():
            kept, entry = self._client.hmget(_ROW + delivery_id, ["alert", "entry"])
        alert = kept or (_encode(found) if entry and (found := self._alerts.entry(entry)) else None)
        return alert is not None and bool(self._call("redeliver", now, Limits(), delivery_id, alert, self._rows))

    def _call(self, operation: str, now: float, limits: Limits, *own: Any) -> Any:
        with guarded():
            return self._script(keys=[ENDPOINTS], args=[operation, PREFIX, int(now * 1000), limits.cap, *own])


def _packed(done: Settlement) -> bytes:
    attempt = done.attempt
    return msgspec.msgpack.encode(
        {
            "id": done.id,
            "verdict": done.verdict,
            "due": int(done.due * 1000),
            "tried": 0 if attempt is None else 1,
            "attempt": "" if attempt is None else msgspec.json.encode(attempt).decode(),
            "detail": "" if attempt is None else attempt.detail,
            "hold_until": int(done.hold_until * 1000),
            "gone": int(done.gone),
        }
    )


def _pairs(flat: Sequence[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _delivery(delivery_id: str, row: dict[bytes, bytes], log: tuple[Attempt, ...] = ()) -> Delivery:
    alert = row.get(b"alert")
    fields = {
        name: row[name.encode()].decode()
        for name in ("subscription", "endpoint", "kind", "address", "alert_id", "state")
    }
    return msgspec.convert(
        {
            **fields,
            "id": delivery_id,
            "attempts": int(row[b"attempts"]),
            "alert": None if alert is None else _alert.decode(alert),
            "log": log,
        },
        Delivery,
    )


def _endpoint(endpoint: str, health: dict[bytes, bytes], waiting: int) -> Endpoint:
    def text(name: bytes) -> str:
        return health.get(name, b"").decode()

    return Endpoint(
        id=endpoint,
        kind=text(b"kind"),
        address=text(b"address"),
        waiting=waiting,
        failures=int(text(b"failures") or 0),
        open_until=int(text(b"open_until") or 0) / 1000,
        paused=text(b"paused"),
    )
