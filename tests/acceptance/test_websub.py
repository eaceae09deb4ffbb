"""WebSub with a real hub and a real inbox: asked, confirmed, signed deliveries make a feed due, others do not."""

from __future__ import annotations

import asyncio
import hmac
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode

from services.http.client import Client
from services.poll import websub
from services.poll.parsers import Parsers
from services.poll.pushing import Listening
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage
from services.settings import HttpSettings
from services.store.memory.feeds import MemoryFeeds
from tests.hostile.behaviours import feed
from tests.hostile.feeds import item, rss
from tests.hostile.newsroom import RULES, a_feed
from tests.hostile.server import HostileServer, Local, answer

SITE = websub.Site("http://inbox.test/websub", "a secret of our own")
HEAD = (
    '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{base}/hub"/>'
    '<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="https://diario.test/rss"/>'
)
TOPIC = "https://diario.test/rss"


def call(port: int, path: str, query: str = "", body: bytes | None = None, signature: str = "") -> tuple[int, str]:
    """One request to the inbox."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}?{query}", body, {"X-Hub-Signature": signature})
    try:
        with urllib.request.urlopen(request, timeout=10) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def signature(url: str, body: bytes, algorithm: str = "sha256") -> str:
    """As an honest hub makes it."""
    return f"{algorithm}={hmac.new(websub.secret_of(SITE, url).encode(), body, algorithm).hexdigest()}"


def test_a_feed_with_a_hub() -> None:
    """From the first fetch to a delivery."""
    store = MemoryFeeds()
    routes = {"/rss": [feed(rss([item(1)], head=HEAD))], "/hub": [answer(202)], "/robots.txt": [answer(404)]}
    with HostileServer(routes) as server:
        url = server.of_host("diario") + "/rss"
        stage = PollStage(store, Parsers(1, 8.0), RULES)
        how = Fetching(
            spacing=0.0, backoff=stage.backoff, read=stage.read, closing=stage.close,
            listening=Listening(SITE, "127.0.0.1", 0),
        )  # fmt: skip
        allow = [f"127.0.0.1:{server.port}"]
        source = PollSource(store, [a_feed(url, "diario")], lambda: Client(HttpSettings(), allow, Local()), how)
        stop = threading.Event()

        def poll() -> None:
            while not stop.is_set():
                items = source.read(10, 0.1)
                source.commit(list(zip(items, stage.handle(items), strict=True)))

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            _until(lambda: len(server.asked("/rss")) == 1 and store.statuses()[0].state.health == "ok")
            store.nudge(url, 0.0)
            _until(lambda: server.asked("/hub"))
            form = {name: values[0] for name, values in parse_qs(server.asked("/hub")[0].body.decode()).items()}
            assert (form["hub.mode"], form["hub.topic"]) == ("subscribe", TOPIC)
            path = form["hub.callback"].removeprefix("http://inbox.test")
            _check_confirmation(source.inbox_port, path)
            _until(lambda: len(server.asked("/rss")) == 2 and store.statuses()[0].due > time.time())
            _check_deliveries(source.inbox_port, path, url, lambda: len(server.asked("/rss")))
            _until(lambda: store.statuses()[0].state.interval == RULES.pace.wish)
        finally:
            stop.set()
            thread.join(10)
            source.close()


def _check_confirmation(port: int, path: str) -> None:
    asked = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "c-1", "hub.lease_seconds": "864000"}
    assert call(port, path, urlencode({**asked, "hub.topic": "https://otro.test/rss"}))[0] == 404
    assert call(port, path, urlencode({**asked, "hub.mode": "unsubscribe"}))[0] == 404
    assert call(port, "/websub/0123", urlencode(asked))[0] == 404
    assert call(port, path, urlencode(asked)) == (200, "c-1")


def _check_deliveries(port: int, path: str, url: str, fetches: Callable[[], int]) -> None:
    body = b"<rss>whatever the hub says</rss>"
    for wrong in ("", "sha256=00", signature(url, b"other"), signature(url, body, "sha1"), "md5=x", "sha256"):
        assert call(port, path, body=body, signature=wrong)[0] == 202
    assert fetches() == 2, "a wrong signature must not make us ask"
    assert call(port, path, body=body, signature=signature(url, body))[0] == 202
    _until(lambda: fetches() == 3)


def _until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_hub_on_a_private_address_is_not_asked() -> None:
    """It is reached through the same guarded client as everything else."""
    from services.http.base import Refused

    async def ask() -> str:
        client = Client(HttpSettings())
        try:
            await client.post("http://127.0.0.1:9/hub", b"", {})
        except Refused as error:
            return error.reason
        finally:
            await client.close()
        return ""

    assert asyncio.run(ask()) == "address"


def test_leases_are_bounded_and_renewed() -> None:
    """A hub cannot promise for ever; we ask again a day before the end."""
    query = {"hub.mode": "subscribe", "hub.topic": "t", "hub.challenge": "c", "hub.lease_seconds": "999999999"}
    assert websub.confirmed(query, "t") == ("c", 30 * 86_400.0)
    assert websub.confirmed({**query, "hub.lease_seconds": "soon"}, "t") == ("c", float(websub.LEASE))
    assert websub.confirmed({**query, "hub.challenge": "c" * 2000}, "t") is None
    assert websub.wanted("hub", "topic", 0.0, 1000.0)
    assert not websub.wanted("", "topic", 0.0, 1000.0)
    assert not websub.wanted("hub", "topic", 1000.0 + 2 * 86_400, 1000.0)
    assert websub.wanted("hub", "topic", 1000.0 + 3600, 1000.0)
