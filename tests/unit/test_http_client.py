"""The client with real sockets: caps, deadlines, redirects, politeness. Its in-memory twin and robots.txt."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from services import __version__
from services.http.base import Answer, HttpError, Refused, TooBig, Unreachable
from services.http.body import Body
from services.http.client import Client, connect
from services.http.memory import MemoryHttp
from services.http.robots import Robots
from services.settings import HttpSettings
from tests.hostile import behaviours
from tests.hostile.server import Behaviour, HostileServer, Request, answer, redirect

SETTINGS = HttpSettings(
    connect_seconds=1.0, header_seconds=0.5, body_seconds=1.0, max_body_kb=100, max_redirects=3, per_host=2
)


def with_client(
    server: HostileServer, use: Callable[[Client], Awaitable[Any]], settings: HttpSettings = SETTINGS
) -> Any:
    """What `use` returns, with a client that may reach the server."""

    async def run() -> Any:
        client = Client(settings, [f"{server.host}:{server.port}"])
        try:
            return await use(client)
        finally:
            await client.close()
            await client.close()

    return asyncio.run(run())


def get(steps: Sequence[Behaviour], headers: dict[str, str] | None = None, **more: Sequence[Behaviour]) -> Answer:
    """One GET of a server with these behaviours at /, and more at /NAME."""
    with HostileServer({"/": steps, **{f"/{name}": each for name, each in more.items()}}) as server:
        found: Answer = with_client(server, lambda client: client.get(server.base + "/", headers))
        return found


def test_an_answer_is_whole() -> None:
    """Status, headers in lower case, body, address."""
    found = get([answer(200, "hola", {"X-One": "1"})])
    assert (found.status, found.body, found.headers["x-one"], found.hops) == (200, b"hola", "1", ())


def test_it_says_who_it_is() -> None:
    """An honest User-Agent, with the contact from the settings; no cookies come back."""
    settings = HttpSettings(contact="https://vigia.example/bot", max_redirects=3)
    steps = [answer(200, "a", {"Set-Cookie": "id=1"}), answer(200, "b")]
    with HostileServer({"/": steps}) as server:

        async def twice(client: Client) -> None:
            await client.get(server.base + "/")
            await client.get(server.base + "/")

        with_client(server, twice, settings)
        assert server.requests[0].headers["user-agent"] == f"Atalaya/{__version__} (+https://vigia.example/bot)"
        assert "cookie" not in server.requests[1].headers


def test_redirects_are_followed_and_reported() -> None:
    """With the statuses; the validators stay with the address that gave them."""
    with HostileServer(
        {"/": [redirect(301, "/b")], "/b": [redirect(302, "{base}/c")], "/c": [answer(200, "c")]}
    ) as server:
        found = with_client(server, lambda client: client.get(server.base + "/", {"If-None-Match": '"x"'}))
        assert found.hops == ((301, server.base + "/b"), (302, server.base + "/c"))
        assert (found.body, found.url) == (b"c", server.base + "/c")
        assert [each.headers.get("if-none-match") for each in server.requests] == ['"x"', None, None]


FAILURES: tuple[tuple[str, Behaviour, type[HttpError], str], ...] = (
    ("bomb", behaviours.bomb(50), TooBig, "too_big"),
    ("endless", behaviours.endless(10_000), TooBig, "too_big"),
    ("slow headers", behaviours.slow_headers(), Unreachable, "timeout_headers"),
    ("slow body", behaviours.slow_body(), Unreachable, "timeout_body"),
    ("silent", behaviours.silent(), Unreachable, "timeout_headers"),
    ("cut", behaviours.cut("hola" * 100, 50), Unreachable, "truncated"),
    ("no http", behaviours.raw(b"hola\r\n\r\n"), Unreachable, "bad_answer"),
    ("broken chunk", behaviours.chunked(b"hola", broken=True), Unreachable, "bad_answer"),
    ("no gzip", behaviours.encoded_as(b"hola", "gzip"), Unreachable, "encoding"),
    ("twice encoded", behaviours.encoded_as(b"hola", "gzip, gzip"), Unreachable, "encoding"),
    ("loop", redirect(302, "/"), Refused, "redirects"),
)


@pytest.mark.parametrize(
    ("behaviour", "kind", "reason"), [row[1:] for row in FAILURES], ids=[row[0] for row in FAILURES]
)
def test_failures_have_a_kind_and_a_reason(behaviour: Behaviour, kind: type[HttpError], reason: str) -> None:
    """What the caller does next depends on the kind; the reason is for people and metrics."""
    with pytest.raises(kind) as caught:
        get([behaviour])
    assert caught.value.reason == reason


def test_nobody_listening_is_unreachable() -> None:
    """As is a name that does not exist."""
    with HostileServer() as server:
        port = server.port

    async def run(url: str) -> Answer:
        client = connect(SETTINGS, [f"127.0.0.1:{port}"])
        try:
            return await client.get(url)
        finally:
            await client.close()

    with pytest.raises(Unreachable) as caught:
        asyncio.run(run(f"http://127.0.0.1:{port}/"))
    assert caught.value.reason == "connect"
    with pytest.raises(Unreachable) as caught:
        asyncio.run(run("http://no-such-host.invalid/"))
    assert caught.value.reason == "dns"


@pytest.mark.parametrize(
    "behaviour", [behaviours.zipped("hola"), behaviours.zipped("hola", "deflate"), behaviours.bare_deflate("hola")]
)
def test_compressed_bodies(behaviour: Behaviour) -> None:
    """gzip, deflate, and deflate as it should not be sent."""
    assert get([behaviour]).body == b"hola"


def test_a_body_of_several_gzip_members() -> None:
    """RFC 1952 section 2.2 allows them; padding after the end is left out."""
    import gzip

    body = Body("gzip", 100)
    for byte in gzip.compress(b"hola ") + gzip.compress(b"mundo") + b"\0\0":
        body.feed(bytes([byte]))
    assert body.done() == b"hola mundo"


def test_the_cap_holds_to_the_byte() -> None:
    """As many as the cap, not one more."""
    body = Body("", 4)
    body.feed(b"hola")
    assert body.done() == b"hola"
    with pytest.raises(TooBig):
        body.feed(b"!")


def test_posts_follow_no_redirect() -> None:
    """The receiver's redirect is an answer; the body and headers arrive as given."""
    with HostileServer({"/": [redirect(307, "/b")]}) as server:
        found = with_client(server, lambda client: client.post(server.base + "/", b"{}", {"X-Sign": "s"}))
        assert found.status == 307
        assert [(each.method, each.body, each.headers["x-sign"]) for each in server.requests] == [("POST", b"{}", "s")]


def test_requests_in_flight_to_one_host_are_limited() -> None:
    """Two at a time, whatever is asked of it; hosts without requests are forgotten."""
    running, most, lock = 0, 0, threading.Lock()

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        await asyncio.sleep(0.05)
        with lock:
            running -= 1
        await answer(200, "ok")(request, writer)

    with HostileServer({"/": [behave]}) as server:

        async def many(client: Client) -> int:
            await asyncio.gather(*(client.get(server.base + "/") for _ in range(8)))
            return len(client._hosts)

        assert with_client(server, many, HttpSettings(per_host=2)) == 0
    assert most == 2


def test_the_twin_in_memory_keeps_the_promises() -> None:
    """Answers, errors and functions; what was asked is remembered; an unknown address is unreachable."""
    http = MemoryHttp(
        {
            "https://a.example/": Answer("https://a.example/", 200, {}, b"a"),
            "https://b.example/": TooBig("too_big"),
            "https://c.example/": lambda asked: Answer(asked.url, 200, {}, asked.body),
        }
    )

    async def run() -> None:
        assert (await http.get("https://a.example/")).body == b"a"
        assert (await http.post("https://c.example/", b"c", {"X": "1"})).body == b"c"
        with pytest.raises(TooBig):
            await http.get("https://b.example/")
        with pytest.raises(Unreachable):
            await http.get("https://d.example/")
        await http.close()

    asyncio.run(run())
    assert [each.method for each in http.asked] == ["GET", "POST", "GET", "GET"]


ROBOTS = (
    ("User-agent: *\nDisallow: /privado/", "/privado/rss", False),
    ("User-agent: *\nDisallow: /privado/", "/rss", True),
    ("User-agent: Atalaya\nDisallow: /\n\nUser-agent: *\nAllow: /", "/rss", False),
    ("User-agent: Otro\nDisallow: /", "/rss", True),
    ("User-agent: *\nDisallow: /\nAllow: /rss", "/rss", True),
    ("User-agent: *\nDisallow: /*.xml$", "/a.xml", False),
    ("", "/rss", True),
    ("<html>no hay nada</html>", "/rss", True),
)


@pytest.mark.parametrize(("text", "path", "allowed"), ROBOTS)
def test_robots(text: str, path: str, allowed: bool) -> None:
    """RFC 9309, asked once a day per host."""
    now = [0.0]
    http = MemoryHttp({"https://a.example/robots.txt": Answer("", 200, {"content-type": "text/plain"}, text.encode())})
    robots = Robots(http, lambda: now[0])

    async def run() -> None:
        assert await robots.allows("https://a.example" + path) is allowed
        assert await robots.allows("https://a.example" + path) is allowed
        assert len(http.asked) == 1
        now[0] = 100_000.0
        await robots.allows("https://a.example" + path)
        assert len(http.asked) == 2

    asyncio.run(run())


def test_robots_files_are_kept_up_to_a_size_and_a_number() -> None:
    """The host that was asked longest ago is forgotten first."""
    text = b"User-agent: *\nDisallow: /x\n" + b"#" * 1000
    answer = Answer("", 200, {"content-type": "text/plain"}, text)
    http = MemoryHttp({f"https://{name}.example/robots.txt": answer for name in "abcd"})

    async def asked(robots: Robots, names: str) -> list[str]:
        http.asked.clear()
        for name in names:
            assert not await robots.allows(f"https://{name}.example/x")
        return [each.url[8] for each in http.asked]

    by_size = Robots(http, lambda: 0.0, size=2 * len(text) + 10)
    assert asyncio.run(asked(by_size, "abab")) == ["a", "b"]
    assert asyncio.run(asked(by_size, "cbca")) == ["c", "a"]
    by_number = Robots(http, lambda: 0.0, hosts=2)
    assert asyncio.run(asked(by_number, "abcbca")) == ["a", "b", "c", "a"]
    one_alone = Robots(http, lambda: 0.0, size=10)
    assert asyncio.run(asked(one_alone, "aab")) == ["a", "b"]


def test_a_robots_txt_that_cannot_be_had_allows() -> None:
    """An outage is no prohibition."""
    robots = Robots(MemoryHttp({"https://b.example/robots.txt": Answer("", 503, {}, b"")}), lambda: 0.0)
    assert asyncio.run(robots.allows("https://a.example/rss"))
    assert asyncio.run(robots.allows("https://b.example/rss"))
