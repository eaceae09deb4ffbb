"""Webhooks from the store to a real receiver over a real socket, verified by the specification's own library."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime

import msgspec
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.deliver.stage import DeliverStage, DeliverySource, build
from services.model.alert import Alert
from services.model.subscription import Subscription, Target
from services.settings import Deliver, HttpSettings, Settings, Webhooks
from services.store.base import Store
from services.store.connect import connect
from tests.conftest import until
from tests.tagged_samples import alert, finding

OLD, NEW = ("whsec_" + base64.b64encode(bytes([n]) * 24).decode() for n in (1, 2))
Hook = Callable[[web.Request, int], Awaitable[web.Response]]


class Receiver:
    """An HTTP server on loopback on a thread of its own; `hooks` decide by path, `got` is all that came."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.hooks: dict[str, Hook] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self.port: int = asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)

    async def _start(self) -> int:
        app = web.Application()
        app.router.add_post("/{path}", self._receive)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        return int(self._runner.addresses[0][1])

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.got.append((path, {k.lower(): v for k, v in request.headers.items()}, await request.read()))
        hook = self.hooks.get(path)
        return await hook(request, len(self.of(path))) if hook else web.Response(status=204)

    def of(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for where, headers, body in self.got if where == path]

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}"

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def settings(receiver: Receiver) -> Settings:
    """A short schedule, and the one exemption that the receiver needs."""
    return Settings(
        http=HttpSettings(allow_private=(f"127.0.0.1:{receiver.port}",)),
        deliver=Deliver(schedule=(0.1, 0.1, 0.1, 0.1, 0.1), circuit_after=100, circuit_seconds=0.1),
        webhooks=Webhooks(timeout_seconds=2.0),
    )


@pytest.fixture
def store(store_url: str, settings: Settings) -> Iterator[Store]:
    found = connect(store_url, settings)
    yield found
    found.close()


class Worker:
    """Turns source and stage on a thread, as the worker loop does."""

    def __init__(self, source: DeliverySource, stage: DeliverStage) -> None:
        self._source, self._stage = source, stage
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._stop.is_set():
            items = self._source.read(100, 0.1)
            self._source.commit(list(zip(items, self._stage.handle(items), strict=True)))

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self._source.close()


@pytest.fixture
def worker(store: Store, settings: Settings) -> Iterator[Worker]:
    made = Worker(*build(settings, store, time.time))
    yield made
    made.close()


def subscribe(store: Store, name: str, url: str, *secrets: str) -> None:
    target = Target("webhook", url, secrets or (NEW,))
    store.subscriptions.put(Subscription(id=name, owner="api", areas=("mining",), targets=(target,)))


def raise_one(store: Store, name: str, subscription: str, url: str) -> None:
    store.alerts.raise_all([finding(name, (subscription,), addresses=(url,))], time.time())


def test_a_webhook_verifies_with_every_active_secret(store: Store, receiver: Receiver, worker: Worker) -> None:
    """During a rotation both hold; a changed body, another id or another secret do not."""
    url = receiver.url("hook")
    subscribe(store, "s", url, NEW, OLD)
    raise_one(store, "ñ", "s", url)
    until(lambda: receiver.of("hook"))
    headers, body = receiver.of("hook")[0]
    for secret in (OLD, NEW):
        found = Webhook(secret).verify(body, headers)
        assert found["type"] == "alert"
        assert msgspec.convert(found["data"], Alert) == alert("ñ", "s")
        assert datetime.fromisoformat(found["timestamp"]) == datetime.fromtimestamp(1002.0, UTC)
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Atalaya/")
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body.replace(b"CL", b"PE"), headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(OLD).verify(body, {**headers, "webhook-id": "other"})
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 24).decode()).verify(body, headers)


def test_failures_are_tried_again_under_one_id(store: Store, receiver: Receiver, worker: Worker) -> None:
    """Errors, a redirect, a connection that breaks; the body stays the same to the byte."""

    async def hook(request: web.Request, number: int) -> web.Response:
        if number == 3:
            assert request.transport is not None
            request.transport.close()
        headers = {"location": "/elsewhere"} if number == 2 else {}
        return web.Response(status=(500, 302, 500, 404)[number - 1] if number <= 4 else 200, headers=headers)

    receiver.hooks["flaky"] = hook
    url = receiver.url("flaky")
    subscribe(store, "s", url)
    raise_one(store, "a", "s", url)
    row = finding("a", ("s",), addresses=(url,)).alerts[0].deliveries[0]
    state = until(lambda: (found := store.deliveries.get(row.id)) and found.state == "delivered" and found)
    assert [each.detail.split(":")[0] for each in state.log] == ["500", "302", "truncated", "404", "200"]  # type: ignore[attr-defined]
    assert {headers["webhook-id"] for headers, _ in receiver.of("flaky")} == {row.id}
    assert len({body for _, body in receiver.of("flaky")}) == 1
    assert receiver.of("elsewhere") == []


def test_a_stalling_receiver_delays_no_other(store: Store, receiver: Receiver, worker: Worker) -> None:
    """Two addresses on one host: thirty alerts of the one arrive while the other answers nothing."""
    released = threading.Event()

    async def stall(request: web.Request, number: int) -> web.Response:
        while not released.is_set():
            await asyncio.sleep(0.01)
        return web.Response()

    receiver.hooks["slow"] = stall
    slow, good = receiver.url("slow"), receiver.url("good")
    subscribe(store, "slow", slow)
    subscribe(store, "good", good)
    for i in range(30):
        raise_one(store, str(i), "slow", slow)
    began = time.monotonic()
    for i in range(30):
        raise_one(store, str(i), "good", good)
    until(lambda: len(receiver.of("good")) == 30, 2.0)
    assert time.monotonic() - began < 2.0  # the time-out of the slow one's first sends has not even passed
    assert len(receiver.of("slow")) <= Deliver().per_endpoint
    released.set()
    until(lambda: len({headers["webhook-id"] for headers, _ in receiver.of("slow")}) == 30)


def test_retry_after_and_gone(store: Store, receiver: Receiver, worker: Worker) -> None:
    """A receiver that asks for a pause gets it for all its alerts; one that is gone gets nothing more."""

    async def busy(request: web.Request, number: int) -> web.Response:
        return web.Response(status=503, headers={"retry-after": "1"}) if number == 1 else web.Response()

    async def gone(request: web.Request, number: int) -> web.Response:
        return web.Response(status=410)

    receiver.hooks |= {"busy": busy, "gone": gone}
    for path in ("busy", "gone"):
        subscribe(store, path, receiver.url(path))
        raise_one(store, "a", path, receiver.url(path))
    until(lambda: receiver.of("busy") and receiver.of("gone"))
    began = time.monotonic()
    raise_one(store, "b", "busy", receiver.url("busy"))
    until(lambda: len(receiver.of("busy")) == 3)
    assert time.monotonic() - began > 0.8
    until(lambda: [each.paused for each in store.deliveries.endpoints()] == ["410: the receiver wants no more"])
    raise_one(store, "b", "gone", receiver.url("gone"))
    raise_one(store, "c", "busy", receiver.url("busy"))
    until(lambda: len(receiver.of("busy")) == 4)
    assert len(receiver.of("gone")) == 1


def test_private_addresses_need_an_exemption(store: Store, receiver: Receiver, settings: Settings) -> None:
    """Without one nothing is sent, and the log says why."""
    closed = msgspec.structs.replace(settings, http=HttpSettings())
    url = receiver.url("hook")
    subscribe(store, "s", url)
    raise_one(store, "a", "s", url)
    worker = Worker(*build(closed, store, time.time))
    try:
        (dead,) = until(lambda: store.deliveries.recent("dead"))  # type: ignore[misc]
    finally:
        worker.close()
    assert "no public address" in dead.log[0].detail
    assert receiver.got == []


def test_the_body_is_an_alert_as_in_the_stream(store: Store, receiver: Receiver, worker: Worker) -> None:
    """One document for all who read it."""
    url = receiver.url("hook")
    subscribe(store, "s", url)
    raise_one(store, "a", "s", url)
    until(lambda: receiver.of("hook"))
    data = json.loads(receiver.of("hook")[0][1])["data"]
    assert msgspec.convert(data, Alert) == store.alerts.recent()[0]
