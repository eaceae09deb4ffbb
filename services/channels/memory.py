"""A channel that keeps what it is given: for tests and trials. Its answer can be set."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from services.channels.base import Outcome, Target
from services.model.alert import Alert


class MemoryChannel:
    """See `channels.base.Channel`. `answer` decides each attempt; without it everything is delivered."""

    def __init__(self, answer: Callable[[str, Target], Awaitable[Outcome]] | None = None) -> None:
        self.sent: list[tuple[str, Alert, Target]] = []
        self.closed = False
        self._answer = answer

    async def send(self, delivery_id: str, alert: Alert, target: Target, now: float) -> Outcome:
        """Keeps it, then answers."""
        self.sent.append((delivery_id, alert, target))
        return await self._answer(delivery_id, target) if self._answer else Outcome(True, "kept")

    async def close(self) -> None:
        """Marks it closed."""
        self.closed = True
