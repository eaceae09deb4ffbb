"""The console: an alert as one structured log event, which a terminal shows as a card (`card`)."""

from __future__ import annotations

import msgspec

from services.channels.base import Outcome, Target
from services.model.alert import Alert
from services.telemetry import log

EVENT = "alert"
"""The event's name; its field `alert` holds the alert as it stands in the stream."""


class Console:
    """See `channels.base.Channel`."""

    async def send(self, delivery_id: str, alert: Alert, target: Target, now: float) -> Outcome:
        """Writes one line."""
        log.info(EVENT, delivery=delivery_id, alert=msgspec.to_builtins(alert))
        return Outcome(True, "shown")

    async def close(self) -> None:
        """Nothing to release."""
