"""/metrics, /health/live and /health/ready of one process.

Live: the process answers. Ready: nothing keeps it from working; 503 and the reason otherwise. Listens on loopback
unless the settings say otherwise, and serves nothing else. Owns the socket; what is wrong is asked of `problem`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from services.telemetry import log

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
        """host:port."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def close(self) -> None:
        """Stops serving."""
        self._server.shutdown()
        self._server.server_close()

    def _listen(self, host: str, port: int) -> ThreadingHTTPServer:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
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
            log.warning("metrics port is taken, using a free one", port=port, detail=str(error))
            return _Server((host, 0), Handler)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        """Without the base's look-up of our own name, which can take seconds where there is no DNS."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


def _readiness(problem: str) -> tuple[int, str, bytes]:
    return _json(503, {"status": "not ready", "problem": problem}) if problem else _json(200, {"status": "ready"})


def _json(status: int, body: object) -> tuple[int, str, bytes]:
    return status, "application/json", json.dumps(body, ensure_ascii=False).encode() + b"\n"
