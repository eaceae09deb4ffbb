"""The newsroom's sockets: a small HTTP server on loopback, one thread a request, for this machine only.

Does not decide what is answered (site.py) nor when something is published (edition.py). It reads the clock; nothing
else here does. It is no web server for the open internet: no TLS, no limits on clients.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Thread
from types import TracebackType

from services.newsroom.library import shipped
from services.newsroom.site import Response, Site


class NewsroomError(Exception):
    """The newsroom cannot listen; the message names the setting and what would be right."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


class NewsroomServer:
    """Listens from construction on, answers between `start` and `close`. Use as a context manager in tests.

    `port` 0 takes a free one; `.port` is the one taken. `started` is the edition's start and defaults to now: who
    restarts a newsroom that died hands in the old start, and the edition goes on where it was.
    """

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        pace: float = 1.0,
        started: datetime | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        try:
            self._server = _Server((host, port), _Handler)
        except OSError as error:
            raise NewsroomError(
                f"newsroom.port: cannot listen on {host}:{port}: {error.strerror or error}; choose another port, "
                "0 for a free one, or newsroom.enabled = false"
            ) from error
        self.port = int(self._server.server_address[1])
        self.url = f"http://{host}:{self.port}"
        self.site = Site(shipped(), started or clock(), pace, self.url)
        self._server.site, self._server.clock = self.site, clock
        self._thread = Thread(target=self._server.serve_forever, args=(0.1,), name="newsroom", daemon=True)

    def start(self) -> None:
        """Begins to answer; returns at once."""
        self._thread.start()

    def close(self) -> None:
        """Stops answering and frees the port; idempotent."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> NewsroomServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site
    clock: Callable[[], datetime]

    def server_bind(self) -> None:
        """Binds without asking the DNS for this machine's full name, which can take seconds off line."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


class _Handler(BaseHTTPRequestHandler):
    """One answer a connection: a poller comes seldom, and nothing then holds a thread."""

    protocol_version = "HTTP/1.1"
    server_version = "AtalayaSampleNewsroom/1"
    sys_version = ""
    timeout = 10
    server: _Server

    def do_GET(self) -> None:  # http.server's name
        """Answers GET."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:  # http.server's name
        """Answers HEAD: GET's headers, no body."""
        self._answer(with_body=False)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Says nothing: requests are the poller's to count."""

    def _answer(self, *, with_body: bool) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.site.get(self.path, headers, self.server.clock())
        self._head(answer)
        if with_body and answer.status != 304:
            self.wfile.write(answer.body)

    def _head(self, answer: Response) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 304:
            self.send_header("Content-Length", str(len(answer.body)))
        self.send_header("Connection", "close")
        self.end_headers()
