"""Health and metrics of a process, asked over a real socket."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest

from services import telemetry
from services.health import HealthServer, listening_fault


class Process:
    """What a health server is told about."""

    def __init__(self) -> None:
        self.trouble = ""

    def problem(self) -> str:
        return self.trouble


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def server(process: Process) -> Iterator[HealthServer]:
    """On any free port, with one page more."""
    pages = {"/more": lambda: (200, "text/plain", b"more"), "/broken": lambda: (500, "text/plain", b"oh")}
    opened = HealthServer("127.0.0.1", 0, process.problem, pages)
    yield opened
    opened.close()


def ask(server: HealthServer, path: str) -> tuple[int, str, bytes]:
    """Status, content type, body."""
    try:
        with urllib.request.urlopen(f"http://{server.address}{path}", timeout=5) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers["content-type"], error.read()


def test_a_process_without_a_problem_is_ready(server: HealthServer) -> None:
    assert ask(server, "/health/ready") == (200, "application/json", b'{"status": "ready"}\n')
    assert ask(server, "/health/live") == (200, "application/json", b'{"status": "live"}\n')


def test_a_problem_makes_it_not_ready_with_the_reason_and_leaves_it_live(
    server: HealthServer, process: Process
) -> None:
    process.trouble = "latched: three of «Río» failed"
    status, _, body = ask(server, "/health/ready")
    assert (status, json.loads(body)) == (503, {"status": "not ready", "problem": process.trouble})
    assert ask(server, "/health/live")[0] == 200
    process.trouble = ""
    assert ask(server, "/health/ready")[0] == 200


def test_metrics_are_served_as_prometheus_wants_them(server: HealthServer) -> None:
    telemetry.LATCHED.labels("test-health").set(1)
    status, kind, body = ask(server, "/metrics?name=x")
    assert status == 200
    assert kind.startswith("text/plain; version=")
    assert b'atalaya_latched{stage="test-health"} 1.0' in body
    telemetry.LATCHED.remove("test-health")


@pytest.mark.parametrize(
    ("path", "status"), [("/more", 200), ("/broken", 500), ("/", 404), ("/health", 404), ("/../etc/passwd", 404)]
)
def test_pages_that_were_given_and_no_others(server: HealthServer, path: str, status: int) -> None:
    assert ask(server, path)[0] == status


def test_a_port_that_is_taken_becomes_a_free_one_and_the_address_tells(process: Process) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        server = HealthServer("127.0.0.1", port, process.problem)
        assert server.address != f"127.0.0.1:{port}"
        assert ask(server, "/health/live")[0] == 200
        server.close()


def test_an_ipv6_address_is_listened_on_and_named_as_in_a_url(process: Process) -> None:
    """Where the machine has no IPv6 loopback, the error says so in words."""
    if fault := listening_fault("::1"):
        assert fault.startswith("cannot listen on '::1': ")
        with pytest.raises(OSError, match="address"):
            HealthServer("::1", 0, process.problem)
        return
    for host in ("::1", "[::1]"):
        server = HealthServer(host, 0, process.problem)
        assert server.address.startswith("[::1]:")
        assert ask(server, "/health/ready") == (200, "application/json", b'{"status": "ready"}\n')
        server.close()


def test_an_ipv6_port_that_is_taken_becomes_a_free_one(process: Process) -> None:
    if listening_fault("::1"):
        return  # the test above has looked at what is said then
    first = HealthServer("::1", 0, process.problem)
    port = int(first.address.rpartition(":")[2])
    second = HealthServer("::1", port, process.problem)
    assert second.address != first.address
    assert ask(second, "/health/live")[0] == 200
    first.close()
    second.close()


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_told_in_words(host: str, process: Process) -> None:
    """Both blocks are for documents (RFC 5737, RFC 3849): no machine has them."""
    assert listening_fault(host).startswith(f"cannot listen on '{host}': ")
    assert "127.0.0.1" in listening_fault(host)
    with pytest.raises(OSError, match="address"):
        HealthServer(host, 0, process.problem)


def test_who_connects_and_says_nothing_is_sent_away(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would hold a thread and a descriptor for ever."""
    monkeypatch.setattr("services.health._PATIENCE", 0.2)
    server = HealthServer("127.0.0.1", 0, process.problem)
    host, _, port = server.address.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=5) as silent:
        assert silent.recv(1) == b""
    server.close()


def test_a_closed_server_answers_no_more(process: Process) -> None:
    server = HealthServer("127.0.0.1", 0, process.problem)
    server.close()
    with pytest.raises(urllib.error.URLError):
        ask(server, "/health/live")
