"""Deliveries, in memory: the same queues and the same care for endpoints as on Redis. Thread-safe."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from services.model.alert import Alert
from services.model.delivery import Delivery, Endpoint, NewDelivery, Settlement
from services.store.deliveries import Limits


@dataclass
class _Row:
    delivery: Delivery
    alert: Alert
    due: float
    token: str = ""
    lease_end: float = 0.0
    ended: float = 0.0


@dataclass
class _Health:
    kind: str
    address: str
    failures: int = 0
    open_until: float = 0.0
    paused: str = ""
    rows: dict[str, _Row] = field(default_factory=dict)  # those that wait


class MemoryDeliveries:
    """See `store.deliveries.DeliveryStore`."""

    def __init__(self) -> None:
        self._rows: dict[str, _Row] = {}
        self._endpoints: dict[str, _Health] = {}
        self._lock = threading.Lock()

    def add(self, alert: Alert, deliveries: Sequence[NewDelivery], now: float) -> None:
        """What `MemoryAlerts` calls for a new alert."""
        with self._lock:
            for new in deliveries:
                delivery = Delivery(
                    id=new.id,
                    subscription=alert.subscription,
                    endpoint=new.endpoint,
                    kind=new.kind,
                    address=new.address,
                    alert=alert,
                    alert_id=alert.id,
                )
                row = self._rows[new.id] = _Row(delivery, alert, now)
                self._endpoints.setdefault(new.endpoint, _Health(new.kind, new.address)).rows[new.id] = row

    def claim(self, token: str, now: float, limit: int, lease: float, limits: Limits) -> list[Delivery]:
        """Endpoints in turn, each within its room."""
        claimed: list[Delivery] = []
        with self._lock:
            for health in self._endpoints.values():
                room = min(limit - len(claimed), _room(health, now, limits))
                due = sorted((row for row in health.rows.values() if row.due <= now), key=lambda row: row.due)
                for row in due[: max(room, 0)]:
                    row.token, row.due, row.lease_end = token, now + lease, now + lease
                    claimed.append(row.delivery)
        return claimed

    def settle(self, token: str, settlements: Sequence[Settlement], limits: Limits) -> list[bool]:
        """One after the other."""
        with self._lock:
            return [self._settle(token, each, limits) for each in settlements]

    def _settle(self, token: str, done: Settlement, limits: Limits) -> bool:
        row = self._rows.get(done.id)
        if row is None:
            return False
        if done.attempt is not None:
            log = (*row.delivery.log, done.attempt)[-20:]
            row.delivery = replace(row.delivery, log=log, attempts=row.delivery.attempts + 1)
        if row.token != token or row.delivery.state != "waiting":
            return False
        row.token, row.lease_end = "", 0.0
        health = self._endpoints[row.delivery.endpoint]
        _note_health(health, done, limits)
        if done.verdict == "again" or done.verdict == "released":
            row.due = done.due
            return True
        del health.rows[done.id]
        row.ended = done.at
        left = None if done.verdict == "delivered" else row.alert
        row.delivery = replace(row.delivery, state=done.verdict, alert=left)
        return True

    def get(self, delivery_id: str) -> Delivery | None:
        """The row and its log."""
        row = self._rows.get(delivery_id)
        return row.delivery if row else None

    def recent(self, state: str, limit: int = 100) -> list[Delivery]:
        """The newest first."""
        found = [row for row in self._rows.values() if row.delivery.state == state]
        return [row.delivery for row in sorted(found, key=lambda row: -row.ended)[:limit]]

    def endpoints(self) -> list[Endpoint]:
        """Those with a queue."""
        found = [
            Endpoint(
                id=key,
                kind=health.kind,
                address=health.address,
                waiting=len(health.rows),
                failures=health.failures,
                open_until=health.open_until,
                paused=health.paused,
            )
            for key, health in self._endpoints.items()
            if health.rows
        ]
        return sorted(found, key=lambda endpoint: (endpoint.kind, endpoint.address))

    def resume(self, endpoint: str, now: float) -> bool:
        """Lifts a pause or a hold."""
        health = self._endpoints.get(endpoint)
        if health is None or not (health.paused or health.open_until or health.failures):
            return False
        health.paused, health.open_until, health.failures = "", 0.0, 0
        for row in health.rows.values():
            row.due = row.due if row.token else min(row.due, now)
        return True

    def redeliver(self, delivery_id: str, now: float) -> bool:
        """Due again."""
        row = self._rows.get(delivery_id)
        if row is None or row.delivery.state == "waiting":
            return False
        row.due, row.ended = now, 0.0
        row.delivery = replace(row.delivery, state="waiting", alert=row.alert, attempts=0)
        self._endpoints[row.delivery.endpoint].rows[delivery_id] = row
        return True


def _room(health: _Health, now: float, limits: Limits) -> int:
    if health.paused or health.open_until > now:
        return 0
    busy = sum(1 for row in health.rows.values() if row.lease_end > now)
    return (1 if health.failures else limits.cap) - busy


def _note_health(health: _Health, done: Settlement, limits: Limits) -> None:
    if done.verdict == "delivered":
        health.failures, health.open_until = 0, 0.0
    elif done.attempt is not None and done.verdict != "cancelled":
        health.failures += 1
        held = done.at + limits.hold if health.failures >= limits.failures else 0.0
        health.open_until = max(held, done.hold_until)
        if done.gone:
            health.paused = done.attempt.detail
