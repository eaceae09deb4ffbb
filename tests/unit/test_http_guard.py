"""Addresses that must not be reached, in all the ways in which they can be written, for every kind of request."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from services.http import guard
from services.http.base import Answer, HttpError, Refused
from services.http.client import Client
from services.settings import HttpSettings
from tests.hostile.server import HostileServer, answer, redirect

TABLE = Path(__file__).parents[1] / "data" / "ssrf.tsv"
FORBIDDEN = [
    line.split("\t")[0] for line in TABLE.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")
]
QUICK = HttpSettings(connect_seconds=2.0, header_seconds=3.0, body_seconds=5.0)
BY_NAME_ONLY = ("ip6-localhost", "localhost.")  # not every machine knows this name; unknown is as good as refused


def ask(url: str, post: bool = False, allow: tuple[str, ...] = (), resolver: AbstractResolver | None = None) -> Answer:
    """One request with a client of its own."""

    async def run() -> Answer:
        client = Client(QUICK, allow, resolver)
        try:
            return await (client.post(url, b"{}", {}) if post else client.get(url))
        finally:
            await client.close()

    return asyncio.run(run())


def test_the_table_is_long_enough() -> None:
    """At least forty."""
    assert len(set(FORBIDDEN)) == len(FORBIDDEN) >= 40


@pytest.mark.parametrize("post", [False, True], ids=["get", "post"])
@pytest.mark.parametrize("host", FORBIDDEN)
def test_forbidden_addresses_are_refused(host: str, post: bool) -> None:
    """For feeds, pages and robots.txt (get), webhooks and WebSub hubs (post): nothing is connected to."""
    with pytest.raises(HttpError if host in BY_NAME_ONLY else Refused):
        ask(f"http://{host}:9/", post)


@pytest.mark.parametrize("host", FORBIDDEN)
def test_redirects_to_forbidden_addresses_are_refused(host: str) -> None:
    """From a server that is allowed."""
    url = f"http://{host}:9/".encode("ascii", "ignore").decode() if not host.isascii() else f"http://{host}:9/"
    with HostileServer({"/": [redirect(302, url)]}) as server, pytest.raises(HttpError) as caught:
        ask(server.base + "/", allow=(f"127.0.0.1:{server.port}",))
    assert isinstance(caught.value, Refused) or host in BY_NAME_ONLY or not host.isascii()


class Changing(AbstractResolver):
    """Answers with another address each time."""

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The next of the answers; all of one answer's addresses when it holds several."""
        found = self._answers.pop(0).split(",")
        common: dict[str, Any] = {"hostname": host, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
        return [ResolveResult(host=each, **common) for each in found]

    async def close(self) -> None:
        """Nothing to end."""


def test_a_name_that_changes_its_address_is_checked_each_time() -> None:
    """The first look-up leads to an allowed server, the second to a forbidden address."""
    with HostileServer({"/": [answer(200, "hola")]}) as server:
        url = f"http://changing.example:{server.port}/"
        allow = (f"127.0.0.1:{server.port}",)

        async def run() -> tuple[int, str]:
            client = Client(QUICK, allow, Changing("127.0.0.1", "127.0.0.2"))
            try:
                first = (await client.get(url)).status
                assert client._session is not None
                assert client._session.connector is not None
                client._session.connector.clear_dns_cache()  # type: ignore[attr-defined]
                with pytest.raises(Refused) as caught:
                    await client.get(url)
                return first, caught.value.reason
            finally:
                await client.close()

        assert asyncio.run(run()) == (200, "address")


def test_a_name_with_one_forbidden_address_does_not_fall_back_to_it() -> None:
    """Of two addresses the forbidden one is skipped, not tried after the other."""
    with HostileServer({"/": [answer(200, "hola")]}) as server:
        url = f"http://mixed.example:{server.port}/"
        allow = (f"127.0.0.1:{server.port}",)
        assert ask(url, allow=allow, resolver=Changing("127.0.0.2,127.0.0.1")).body == b"hola"


ALLOWED = (
    ("127.0.0.1:8081", "127.0.0.1", 8081, "", True),
    ("127.0.0.1:8081", "127.0.0.1", 8082, "", False),
    ("127.0.0.1:8081", "::ffff:127.0.0.1", 8081, "", True),
    ("10.1.0.0/16", "10.1.2.3", 80, "", True),
    ("10.1.0.0/16", "10.2.0.1", 80, "", False),
    ("10.1.0.0/16:443", "10.1.2.3", 80, "", False),
    ("[::1]:8081", "::1", 8081, "", True),
    ("[fd00::/8]:8081", "fd12::1", 8081, "", True),
    ("intranet:80", "10.9.9.9", 80, "intranet", True),
    ("intranet:80", "10.9.9.9", 80, "intranet.", True),
    ("intranet:80", "10.9.9.9", 80, "other", False),
    ("intranet:80", "10.9.9.9", 81, "intranet", False),
)


@pytest.mark.parametrize(("entry", "address", "port", "name", "allowed"), ALLOWED)
def test_exemptions(entry: str, address: str, port: int, name: str, allowed: bool) -> None:
    """An exemption opens exactly what it says."""
    assert guard.Guard([entry]).allows(address, port, name) is allowed


@pytest.mark.parametrize("entry", ["", "127.0.0.1:http", "a b:80", "10.0.0.0/99", "host:99999", "/16"])
def test_exemptions_that_mean_nothing_are_named(entry: str) -> None:
    """With the setting's name in the message."""
    with pytest.raises(ValueError, match="allow_private"):
        guard.Guard([entry])


PUBLIC = ("8.8.8.8", "1.1.1.1", "200.1.122.10", "2001:4860:4860::8888", "2800:3f0:4001::1", "64:ff9b::808:808")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    """Else nothing would be polled."""
    assert guard.Guard().allows(address, 443)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://diario.example/", "gopher://diario.example/", "http://", "http:///x", "",
        "http://usuario:clave@diario.example/", "http://diario.example:0/", "http://diario.example:99999/",
        "http://[::1/", "http://" + "a" * 9000,
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    """Before anything is looked up."""
    with pytest.raises(Refused):
        ask(url)
