"""The promise of a channel: one attempt to hand one alert to one address, and an honest answer."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from services.model.alert import Alert
from services.model.subscription import Target

__all__ = ["Channel", "Outcome", "Target"]


class Outcome(NamedTuple):
    """What one attempt came to.

    `retry_after` is what the receiver asked for, in seconds. `gone` means that the receiver wants no more (HTTP
    410): the target is paused with a notice.
    """

    delivered: bool
    detail: str  # status or error in a few words, safe to show the subscriber
    permanent: bool = False  # trying again is pointless
    gone: bool = False
    retry_after: float | None = None


class Channel(Protocol):
    """Sends. Does not schedule, retry or record: `deliver` does. Never raises for what a receiver does."""

    async def send(self, delivery_id: str, alert: Alert, target: Target, now: float) -> Outcome:
        """One attempt. `delivery_id` is the same on every attempt, so that receivers can recognise a repeat."""
        ...

    async def close(self) -> None:
        """Releases connections; idempotent."""
        ...
