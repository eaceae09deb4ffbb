"""The newsroom over real sockets, and as a process that ends when it is told to."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path

import pytest

from services.newsroom.edition import edition
from services.newsroom.library import sample_feeds, shipped
from services.newsroom.server import NewsroomError, NewsroomServer
from services.poll.parse import Job, parse
from tests.conftest import until

START = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Stands at START until it is moved."""
    return Clock()


@pytest.fixture
def newsroom(clock: Clock) -> Iterator[NewsroomServer]:
    """A newsroom on a free port."""
    with NewsroomServer(clock=clock) as server:
        yield server


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[HTTPResponse, bytes]:
    """One request on its own connection."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def test_every_sample_feed_answers(newsroom: NewsroomServer) -> None:
    """Each address of `sample_feeds` is served, and its links lead to this port."""
    for feed in sample_feeds(newsroom.port):
        answer, body = ask(newsroom.port, feed.url.removeprefix(newsroom.url))
        assert answer.status == 200, feed.url
        assert f"http://127.0.0.1:{newsroom.port}/".encode() in body


def test_the_pollers_parser_reads_every_quirk(newsroom: NewsroomServer, clock: Clock) -> None:
    """What the parser makes of each feed is what the outlet meant: words, accents, dates, guids, links."""
    clock.now += timedelta(hours=1)
    for _ in range(3):
        ask(newsroom.port, "/feeds/rio-abierto.xml")  # its broken answers
    views = edition(shipped(), START, clock.now).feeds
    for outlet in shipped():
        answer, body = ask(newsroom.port, f"/feeds/{outlet.id}.xml")
        kind = answer.headers["Content-Type"]
        read = parse(Job(body, f"{newsroom.url}/feeds/{outlet.id}.xml", kind, outlet.country)).entries
        meant = views[outlet.id].items
        assert [each.guid for each in read] == [item.guid for item in meant]
        assert [each.link for each in read] == [newsroom.url + item.path for item in meant]
        assert [each.title for each in read] == [item.title for item in meant]
        shown = [item.paragraphs if outlet.content == "full" else item.paragraphs[:1] for item in meant]
        assert [" ".join(each.text.split()) for each in read] == [" ".join(parts) for parts in shown]
        dates = [None if item.undated else item.published.timestamp() for item in meant]
        assert [each.published for each in read] == dates


def test_a_poller_sees_the_news_grow(newsroom: NewsroomServer, clock: Clock) -> None:
    """Conditional GET: 304 until the next turn, then the new entry with a new tag."""
    first, body = ask(newsroom.port, "/feeds/faro-del-sur.xml")
    tag = first.headers["ETag"]
    again, nothing = ask(newsroom.port, "/feeds/faro-del-sur.xml", If_None_Match=tag)
    assert (again.status, nothing) == (304, b"")
    clock.now += timedelta(seconds=6)
    grown, more = ask(newsroom.port, "/feeds/faro-del-sur.xml", If_None_Match=tag)
    assert grown.status == 200
    assert grown.headers["ETag"] != tag
    assert more.count(b"<item>") == body.count(b"<item>") + 1


def test_head_has_the_headers_and_no_body(newsroom: NewsroomServer) -> None:
    """HEAD answers as GET does, without the body."""
    head, nothing = ask(newsroom.port, "/feeds/southern-ledger.xml", "HEAD")
    got, body = ask(newsroom.port, "/feeds/southern-ledger.xml")
    assert nothing == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"] == str(len(body))


def test_a_restarted_newsroom_can_go_on(clock: Clock) -> None:
    """Handed the old start, a new process serves the same edition."""
    clock.now += timedelta(seconds=30)
    with NewsroomServer(started=START, clock=clock) as one:
        before = ask(one.port, "/feeds/southern-ledger.xml", Host="n:1")
    with NewsroomServer(started=START, clock=clock) as two:
        after = ask(two.port, "/feeds/southern-ledger.xml", Host="n:1")
    assert before[1] == after[1]


def test_a_taken_port_is_named(newsroom: NewsroomServer) -> None:
    """The message names the setting and what to do."""
    taken = rf"newsroom\.port: cannot listen on 127\.0\.0\.1:{newsroom.port}: .*in use"
    with pytest.raises(NewsroomError, match=taken):
        NewsroomServer(port=newsroom.port)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_stops_when_told(number: signal.Signals, tmp_path: Path) -> None:
    """`atalaya run newsroom` ends with status 0 soon after a signal, though a client holds an idle connection."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "ATALAYA_NEWSROOM_PORT": str(port)}
    command = [sys.executable, "-m", "services", "run", "newsroom", "--started", "2026-11-22T12:00:00"]
    with (tmp_path / "log").open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        idle = until(lambda: process.poll() is None and connect(port), what="the newsroom's port")
        assert isinstance(idle, socket.socket)
        assert b"/20261122-120000/" in ask(port, "/feeds/faro-del-sur.xml")[1]
        process.send_signal(number)
        assert process.wait(5) == 0
        idle.close()
    finally:
        process.kill()
        process.wait()
    assert "20261122-120000" in (tmp_path / "log").read_text()


def connect(port: int) -> socket.socket | None:
    """A connection, or None while nothing listens."""
    try:
        return socket.create_connection(("127.0.0.1", port), timeout=5)
    except ConnectionRefusedError:
        return None


def test_many_pollers_at_once(newsroom: NewsroomServer) -> None:
    """Sixteen threads over all feeds: every answer is whole."""
    failures: list[str] = []

    def poll(path: str) -> None:
        answer, body = ask(newsroom.port, path)
        if answer.status != 200 or len(body) != int(answer.headers["Content-Length"]):
            failures.append(path)

    targets = [f"/feeds/{outlet.id}.xml" for outlet in shipped()] * 4
    threads = [threading.Thread(target=poll, args=(path,)) for path in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
