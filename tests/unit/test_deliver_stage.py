"""Delivery with channels in memory: claims, settlements, isolation of endpoints, what happens at a stop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import msgspec
import pytest

from services.channels.base import Channel, Outcome, Target
from services.channels.memory import MemoryChannel
from services.deliver.retry import Sent
from services.deliver.stage import DeliverStage, DeliverySource
from services.model.subscription import Subscription
from services.settings import Deliver, Settings
from services.stage import Failed
from services.store.base import Store
from services.store.connect import connect
from tests.conftest import until
from tests.tagged_samples import alert, finding

SETTINGS = Deliver(schedule=(5.0, 30.0), per_endpoint=2, parallel=8, circuit_after=100)
GOOD, BAD = "https://good.example/", "https://bad.example/"


class Clock:
    """Stands still until it is set."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Bench:
    """A source and its stage over one store, turned by hand as the worker would."""

    def __init__(self, store: Store, channel: Channel, settings: Deliver = SETTINGS) -> None:
        self.clock = Clock()
        self.store = store
        self.source = DeliverySource(store.deliveries, store.subscriptions, {"webhook": channel}, settings, self.clock)
        self.stage = DeliverStage(settings)

    def turn(self) -> list[Sent]:
        """One turn of the worker's loop."""
        items = self.source.read(100, 0.05)
        if items:
            self.source.commit(list(zip(items, self.stage.handle(items), strict=True)))
        return list(items)

    def turn_until(self, count: int) -> list[Sent]:
        """Turns until this many sends have finished."""
        found: list[Sent] = []

        def enough() -> bool:
            found.extend(self.turn())
            return len(found) >= count

        until(enough, what=f"{count} sends; there are {len(found)}")
        return found

    def log(self, row: Sent) -> list[str]:
        found = self.store.deliveries.get(row.id)
        assert found is not None
        return [found.state, *(attempt.detail for attempt in found.log)]


@pytest.fixture
def store() -> Store:
    made = connect("memory://", Settings())
    targets = tuple(Target("webhook", each, ("whsec_x",)) for each in (GOOD, BAD))
    made.subscriptions.put(Subscription(id="s", areas=("mining",), targets=targets))
    return made


@pytest.fixture
def benches() -> Iterator[list[Bench]]:
    made: list[Bench] = []
    yield made
    for each in made:
        each.source.close()


def answers(*outcomes: Outcome) -> MemoryChannel:
    """A channel that answers with these in turn, then always with the last."""
    left = list(outcomes)

    async def answer(_: str, __: Target) -> Outcome:
        return left.pop(0) if len(left) > 1 else left[0]

    return MemoryChannel(answer)


def test_a_delivery_is_tried_until_it_is_made(store: Store, benches: list[Bench]) -> None:
    """On its schedule, under one id, with the subscription's secrets; every attempt is in its log."""
    channel = answers(Outcome(False, "500"), Outcome(False, "502"), Outcome(True, "200"))
    benches.append(bench := Bench(store, channel))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (first,) = bench.turn_until(1)
    assert bench.turn() == []
    bench.clock.now = 1006.0
    bench.turn_until(1)
    bench.clock.now = 1040.0
    bench.turn_until(1)
    assert bench.log(first) == ["delivered", "500", "502", "200"]
    assert {(ident, sent, target.secrets) for ident, sent, target in channel.sent} == {
        (first.id, alert("a"), ("whsec_x",))
    }


def test_after_the_last_wait_a_delivery_is_dead(store: Store, benches: list[Bench]) -> None:
    """And listed as such, until somebody has it sent again."""
    benches.append(bench := Bench(store, answers(Outcome(False, "500"))))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    for _ in range(3):
        (row,) = bench.turn_until(1)
        bench.clock.now += 100.0
    assert [each.id for each in store.deliveries.recent("dead")] == [row.id]
    assert bench.turn() == []
    store.deliveries.redeliver(row.id, bench.clock.now)
    assert [each.id for each in bench.turn_until(1)] == [row.id]


def test_a_stalling_receiver_holds_up_nobody(store: Store, benches: list[Bench]) -> None:
    """Twenty alerts wait for one that never answers; the twenty of the other arrive meanwhile."""
    gate = threading.Event()

    async def answer(_: str, target: Target) -> Outcome:
        while target.address == BAD and not gate.is_set():
            await asyncio.sleep(0.01)
        return Outcome(True, "200")

    benches.append(bench := Bench(store, MemoryChannel(answer)))
    store.alerts.raise_all([finding(str(i), addresses=(BAD,)) for i in range(20)], 1000.0)
    store.alerts.raise_all([finding(str(i + 20), addresses=(GOOD,)) for i in range(20)], 1001.0)
    bench.clock.now = 1002.0
    finished = bench.turn_until(20)
    assert {each.delivery.address for each in finished} == {GOOD}
    gate.set()
    assert {each.delivery.address for each in bench.turn_until(20)} == {BAD}


def test_a_receiver_that_wants_no_more_is_paused(store: Store, benches: list[Bench]) -> None:
    """410: nothing more is sent to it, others go on; what waits goes out when it is resumed."""
    channel = answers(Outcome(False, "410: gone", gone=True), Outcome(True, "200"))
    benches.append(bench := Bench(store, channel))
    store.alerts.raise_all([finding("a", addresses=(BAD,))], 1000.0)
    (row,) = bench.turn_until(1)
    store.alerts.raise_all([finding("b", addresses=(BAD, GOOD))], 1000.0)
    assert {each.delivery.address for each in bench.turn_until(1)} == {GOOD}
    bench.clock.now += 50_000
    assert bench.turn() == []
    (endpoint,) = store.deliveries.endpoints()
    assert endpoint.paused == "410: gone"
    store.deliveries.resume(row.delivery.endpoint, bench.clock.now)
    assert len(bench.turn_until(2)) == 2


@pytest.mark.parametrize("change", ["removed", "switched off", "without the target"])
def test_what_a_subscription_no_longer_wants_is_not_sent(store: Store, benches: list[Bench], change: str) -> None:
    """It is cancelled."""
    benches.append(bench := Bench(store, channel := answers(Outcome(True, "200"))))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    old = store.subscriptions.get("s")
    assert old is not None
    if change == "removed":
        store.subscriptions.remove("s")
    elif change == "switched off":
        store.subscriptions.put(msgspec.structs.replace(old, enabled=False))
    else:
        store.subscriptions.put(msgspec.structs.replace(old, targets=old.targets[1:]))
    (row,) = bench.turn_until(1)
    assert bench.log(row) == ["cancelled"] and channel.sent == []


def test_a_fault_in_a_channel_is_a_failed_attempt(store: Store, benches: list[Bench]) -> None:
    """It is tried again, and ends nothing else."""

    async def answer(_: str, __: Target) -> Outcome:
        raise RuntimeError("broken")

    benches.append(bench := Bench(store, MemoryChannel(answer)))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = bench.turn_until(1)
    assert bench.log(row) == ["waiting", "internal error: RuntimeError"]


def test_a_kill_between_send_and_settlement_sends_again_under_the_same_id(store: Store, benches: list[Bench]) -> None:
    """After the lease; the receiver can tell by the id."""
    first, second = answers(Outcome(True, "200")), answers(Outcome(True, "200"))
    benches.append(dead := Bench(store, first))
    benches.append(alive := Bench(store, second))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    until(lambda: dead.source.read(10, 0.05))  # and never commits
    assert alive.turn() == []
    alive.clock.now = 1000.0 + SETTINGS.lease_seconds + 1
    alive.turn_until(1)
    assert [each[0] for each in first.sent] == [each[0] for each in second.sent]


def test_closing_settles_what_is_finished_and_gives_back_the_rest(store: Store) -> None:
    """Another worker has it at once."""
    stuck = MemoryChannel(lambda _, __: asyncio.Event().wait())  # type: ignore[arg-type, return-value]
    bench = Bench(store, stuck)
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    assert bench.turn() == []
    until(lambda: stuck.sent)
    bench.source.close()
    bench.source.close()
    assert stuck.closed
    other = Bench(store, answers(Outcome(True, "200")))
    (row,) = other.turn_until(1)
    assert bench.log(row) == ["delivered", "200"]
    other.source.close()


def test_an_item_that_the_loop_gave_up_on_is_tried_again(store: Store, benches: list[Bench]) -> None:
    """Its claim does not just run out."""
    benches.append(bench := Bench(store, answers(Outcome(True, "200"))))
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    found: list[Sent] = []
    until(lambda: found.extend(bench.source.read(10, 0.05)) or found)
    bench.source.commit([(found[0], Failed("broken"))])
    assert bench.turn() == []
    bench.clock.now += 61.0
    assert len(bench.turn_until(1)) == 1
