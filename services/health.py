"""/metrics, /health/live and /health/ready of one process, and /health/sights of those that have a store.

Live: the process answers. Ready: nothing keeps it from working; 503 and the reason otherwise. Listens on loopback
unless the settings say otherwise (an address of IPv4 or IPv6, or a name), and serves nothing else. Owns the socket;
what is wrong is asked of `problem`. Who connects and says nothing is sent away, so that sockets do not pile up.
"""

from __future__ import annotations

import errno
import json
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.model.sight import quiet, state_now
from services.store.base import StoreError
from services.store.sights import SightStore
from services.telemetry import log

_PATIENCE = 10.0  # seconds for a request to come in

Pages = dict[str, Callable[[], tuple[int, str, bytes]]]


class HealthServer:
    """Serves from a thread of its own. `port` 0, or one that is taken, becomes a free one: `address` tells."""

    def __init__(self, host: str, port: int, problem: Callable[[], str], more: Pages | None = None) -> None:
        """`more`: further pages, path → what answers it (status, content type, body)."""
        self._pages: Pages = {
            "/metrics": lambda: (200, CONTENT_TYPE_LATEST, generate_latest()),
            "/health/live": lambda: _json(200, {"status": "live"}),
            "/health/ready": lambda: _readiness(problem()),
        } | (more or {})
        self._server = self._listen(host, port)
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()

    @property
    def address(self) -> str:
        """host:port, with brackets around an IPv6 address (RFC 3986 section 3.2.2)."""
        host, port = self._server.server_address[:2]
        return f"{bracketed(str(host))}:{port}"

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()

    def _listen(self, host: str, port: int) -> ThreadingHTTPServer:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            timeout = _PATIENCE

            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                status, kind, body = page() if page else (404, "text/plain", b"not here\n")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
                """Scrapes are not worth a line each."""

        try:
            return _Server((host, port), Handler)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not port:
                raise
            log.warning("metrics port is taken, using a free one", port=port, detail=str(error))
            return _Server((host, 0), Handler)


def sights_page(sights: SightStore, clock: Callable[[], float]) -> tuple[int, str, bytes]:
    """What is seen of each country, and why it is quiet where nothing was found: the page /health/sights."""
    try:
        found = sights.all()
    except StoreError as error:
        return _json(503, {"problem": f"store: {error}"})
    now = clock()
    return _json(
        200,
        {
            country: {
                "state": state_now(each, now),
                "quiet": quiet(found, [country], now),
                "told": each.at,
                "last_entry": each.last_entry or None,
                "families": each.families,
                "seen_families": each.seen_families,
            }
            for country, each in found.items()
        },
    )


def bracketed(host: str) -> str:
    """The host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def listening_fault(host: str) -> str:
    """Why a process of this machine cannot listen at this address, or nothing; the port is not looked at."""
    try:
        with socket.socket(_family(host)) as probe:
            probe.bind((_plain(host), 0))
    except OSError as error:
        reason = error.strerror or error
        return f"cannot listen on {host!r}: {reason}; use an address of this machine, such as 127.0.0.1"
    return ""


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _plain(host: str) -> str:
    return host.removeprefix("[").removesuffix("]")


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = _family(address[0])
        super().__init__((_plain(address[0]), address[1]), handler)

    def server_bind(self) -> None:
        """Without the base's look-up of our own name, which can take seconds where there is no DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


def _readiness(problem: str) -> tuple[int, str, bytes]:
    return _json(503, {"status": "not ready", "problem": problem}) if problem else _json(200, {"status": "ready"})


def _json(status: int, body: object) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body, ensure_ascii=False).encode() + b"\n"
