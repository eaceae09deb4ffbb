"""The deliver stage: deliveries that are due go out through their channels.

Sends run in the background, many at a time, and `read` gives those that have finished; so a receiver that stalls
holds up only its own few sends. A delivery is claimed before it is sent and settled after; what happens between a
send and its settlement (a kill) is sent again under the same id. Owns no schedule of its own: rows in the store.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import uuid
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from services import telemetry
from services.channels.base import Channel, Outcome, Target
from services.deliver.retry import Sent, settlement
from services.model.delivery import Delivery, Settlement
from services.settings import Deliver, Settings
from services.stage import Failed, Handled
from services.store.base import Store, StoreError
from services.store.deliveries import DeliveryStore, Limits
from services.store.subscriptions import SubscriptionStore
from services.telemetry import log

_LOOK_SECONDS = 0.1  # between looks for due deliveries while there are none
_GRACE_SECONDS = 4.0  # for sends in flight when the worker stops
_FAILED_SECONDS = 60.0  # a settlement that could not be decided is tried again after this


class DeliverySource:
    """See `stage.Source`. Gives `Sent`; used by one thread. Closes the channels with itself."""

    def __init__(
        self,
        deliveries: DeliveryStore,
        subscriptions: SubscriptionStore,
        channels: Mapping[str, Channel],
        settings: Deliver,
        clock: Callable[[], float],
    ) -> None:
        self._deliveries = deliveries
        self._subscriptions = subscriptions
        self._settings = settings
        self._limits = Limits(settings.per_endpoint, settings.circuit_after, settings.circuit_seconds)
        self._clock = clock
        self._token = uuid.uuid4().hex
        self._sender = _Sender(channels, clock)
        self._next_look = 0.0

    def read(self, limit: int, wait: float) -> Sequence[Sent]:
        """Finished sends; claims and starts new ones meanwhile."""
        deadline = time.monotonic() + wait
        while True:
            self._start_due()
            if found := self._sender.finished(limit, min(_LOOK_SECONDS, max(0.0, deadline - time.monotonic()))):
                return found
            if time.monotonic() >= deadline:
                return ()

    def commit(self, done: Sequence[tuple[Sent, Handled | Failed]]) -> None:
        """Settles each by its effect, a `Settlement`."""
        settlements = [_effect(sent, handled, self._clock()) for sent, handled in done]
        kept = self._deliveries.settle(self._token, settlements, self._limits)
        for each, in_time in zip(settlements, kept, strict=True):
            if not in_time:
                log.warning("delivery settled late: another worker has it", delivery=each.id)
        self._next_look = 0.0

    def close(self) -> None:
        """Lets sends in flight finish for a moment, settles them, gives the others back. Idempotent."""
        finished, unfinished = self._sender.stop(_GRACE_SECONDS)
        now = self._clock()
        settlements = [settlement(sent, self._settings.schedule) for sent in finished]
        settlements += [Settlement(id=each.id, verdict="released", at=now, due=now) for each in unfinished]
        try:
            self._deliveries.settle(self._token, settlements, self._limits)
        except StoreError as error:
            log.warning("deliveries not given back: their leases will end", count=len(settlements), detail=str(error))

    def _start_due(self) -> None:
        room = self._settings.parallel - self._sender.in_flight
        if room <= 0 or time.monotonic() < self._next_look:
            return
        claimed = self._deliveries.claim(self._token, self._clock(), room, self._settings.lease_seconds, self._limits)
        for delivery in claimed:
            self._sender.start(delivery, self._target(delivery))
        self._next_look = 0.0 if claimed else time.monotonic() + _LOOK_SECONDS

    def _target(self, delivery: Delivery) -> Target | None:
        """As the subscription has it now, with the secrets of now; None when it does not want it any more."""
        subscription = self._subscriptions.get(delivery.subscription)
        if subscription is None or not subscription.enabled:
            return None
        wanted = (delivery.kind, delivery.address)
        return next((each for each in subscription.targets if (each.kind, each.address) == wanted), None)


class DeliverStage:
    """See `stage.Stage`: decides what each finished send comes to. Touches no port."""

    def __init__(self, settings: Deliver) -> None:
        self._schedule = settings.schedule

    def handle(self, items: Sequence[Sent]) -> Sequence[Handled]:
        """One settlement each."""
        return [Handled(effect=self._settle(sent)) for sent in items]

    def _settle(self, sent: Sent) -> Settlement:
        decided = settlement(sent, self._schedule)
        telemetry.DELIVERIES.labels(sent.delivery.kind, decided.verdict).inc()
        detail = sent.outcome.detail if sent.outcome else "no longer asked for"
        told = {"delivery": sent.id, "alert": sent.delivery.alert_id, "subscription": sent.delivery.subscription}
        if decided.gone:
            log.warning("target paused: the receiver wants no more", address=sent.delivery.address, **told)
        elif decided.verdict == "dead":
            log.error("delivery given up", address=sent.delivery.address, detail=detail, **told)
        elif decided.verdict == "delivered":
            _observe(sent)
            log.debug("delivered", **told)
        else:
            log.info("delivery not made", verdict=decided.verdict, detail=detail, due=decided.due, **told)
        return decided


def build(settings: Settings, store: Store, clock: Callable[[], float]) -> tuple[DeliverySource, DeliverStage]:
    """Source and stage as they run, with the console and webhooks."""
    from services.channels.console import Console
    from services.channels.webhook import Webhook, http_settings
    from services.http.client import connect

    http = connect(http_settings(settings.http, settings.deliver, settings.webhooks))
    channels: dict[str, Channel] = {"console": Console(), "webhook": Webhook(http, settings.webhooks)}
    source = DeliverySource(store.deliveries, store.subscriptions, channels, settings.deliver, clock)
    return source, DeliverStage(settings.deliver)


def _observe(sent: Sent) -> None:
    alert = sent.delivery.alert
    if alert is None:
        return
    for moment in ("published", "seen", "matched"):
        if (earlier := getattr(alert.stamps, moment)) is not None:
            telemetry.END_TO_END.labels(moment, "sent").observe(max(0.0, sent.at - earlier))


def _effect(sent: Sent, handled: Handled | Failed, now: float) -> Settlement:
    if isinstance(handled, Handled) and isinstance(handled.effect, Settlement):
        return handled.effect
    return Settlement(id=sent.id, verdict="released", at=now, due=now + _FAILED_SECONDS)


class _Sender:
    """An event loop on a thread of its own that makes the sends."""

    def __init__(self, channels: Mapping[str, Channel], clock: Callable[[], float]) -> None:
        self._channels = channels
        self._clock = clock
        self._flying: dict[str, Delivery] = {}
        self._done: queue.SimpleQueue[Sent] = queue.SimpleQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sender", daemon=True)
        self._thread.start()

    @property
    def in_flight(self) -> int:
        """Sends begun and not yet given out by `finished`."""
        return len(self._flying)

    def start(self, delivery: Delivery, target: Target | None) -> None:
        """Begins a send; without a target it is finished at once, as not wanted."""
        self._flying[delivery.id] = delivery
        if target is None or delivery.alert is None:
            self._done.put(Sent(delivery, None, self._clock()))
            return
        asyncio.run_coroutine_threadsafe(self._send(delivery, target), self._loop)

    def finished(self, limit: int, wait: float) -> list[Sent]:
        """At most `limit`; waits for the first."""
        found: list[Sent] = []
        while len(found) < limit:
            try:
                found.append(self._done.get(timeout=wait) if not found and wait > 0 else self._done.get_nowait())
            except queue.Empty:
                break
        for sent in found:
            del self._flying[sent.id]
        return found

    def stop(self, grace: float) -> tuple[list[Sent], list[Delivery]]:
        """Ends the loop: the sends that finished within `grace` seconds, and the deliveries that did not."""
        if self._loop.is_closed():
            return [], []
        deadline = time.monotonic() + grace
        finished: list[Sent] = []
        while self._flying and (left := deadline - time.monotonic()) > 0:
            finished += self.finished(self.in_flight, left)
        self._run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        unfinished, self._flying = list(self._flying.values()), {}
        return finished, unfinished

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(_GRACE_SECONDS)

    async def _end(self) -> None:
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for channel in self._channels.values():
            await channel.close()

    async def _send(self, delivery: Delivery, target: Target) -> None:
        alert = delivery.alert
        assert alert is not None  # noqa: S101 - `start` sends nothing without one
        channel = self._channels.get(delivery.kind)
        if channel is None:
            outcome = Outcome(False, f"this release has no channel {delivery.kind!r}", permanent=True)
        else:
            try:
                outcome = await channel.send(delivery.id, alert, target, self._clock())
            except Exception as error:  # noqa: BLE001 - a fault in a channel counts as a failed attempt, and is told
                log.exception("a channel failed", channel=delivery.kind, delivery=delivery.id)
                outcome = Outcome(False, f"internal error: {type(error).__name__}")
        self._done.put(Sent(delivery, outcome, self._clock()))
