"""What an attempt comes to, and when the next one is due. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import NamedTuple

from services.channels.base import Outcome
from services.model.delivery import Attempt, Delivery, Settlement

LONGEST_WAIT = 86_400.0
"""A receiver may ask for a day at most; what asks for more is tried after a day."""

JITTER = 0.1
"""Waits differ by up to this share, so that what failed together does not come back together."""


class Sent(NamedTuple):
    """A finished send. `outcome` is None when the subscription no longer wants it and nothing was sent."""

    delivery: Delivery
    outcome: Outcome | None
    at: float

    @property
    def id(self) -> str:
        """The delivery's."""
        return self.delivery.id


def settlement(sent: Sent, schedule: Sequence[float]) -> Settlement:
    """Delivered, again at its next time, or dead after the last wait of the schedule has been used up."""
    delivery, outcome, at = sent
    if outcome is None:
        return Settlement(id=delivery.id, verdict="cancelled", at=at)
    made = delivery.attempts + 1
    attempt = Attempt(number=made, at=at, delivered=outcome.delivered, detail=outcome.detail)
    if outcome.delivered:
        return Settlement(id=delivery.id, verdict="delivered", at=at, attempt=attempt)
    if outcome.gone:
        return Settlement(id=delivery.id, verdict="again", at=at, due=at, attempt=attempt, gone=True)
    if outcome.permanent or made > len(schedule):
        return Settlement(id=delivery.id, verdict="dead", at=at, attempt=attempt)
    asked = min(outcome.retry_after or 0.0, LONGEST_WAIT)
    due = at + max(jittered(schedule[made - 1], delivery.id, made), asked)
    hold = at + asked if asked else 0.0
    return Settlement(id=delivery.id, verdict="again", at=at, due=due, attempt=attempt, hold_until=hold)


def jittered(seconds: float, delivery_id: str, attempt: int) -> float:
    """The wait, spread by the delivery's id: always the same for the same attempt."""
    digest = blake2b(f"{delivery_id}:{attempt}".encode(), digest_size=4).digest()
    share = int.from_bytes(digest, "big") / 0xFFFFFFFF
    return seconds * (1 + JITTER * (2 * share - 1))
