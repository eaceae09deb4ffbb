"""The two sites of a chaos run, on loopback: the newspaper that the pollers poll, and the receiver of webhooks."""

from __future__ import annotations

import json
import random
import threading
import time
from email.utils import formatdate
from hashlib import blake2b
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks.webhooks import Webhook

from tests.chaos.corpus import Corpus, current


class Newspaper:
    """Serves the corpus wave by wave, with ETags and 304."""

    def __init__(self) -> None:
        self.wave = -1
        self.requests = 0
        self._corpus: Corpus | None = None
        self._pages: dict[tuple[int, int], tuple[bytes, str]] = {}
        self._began = time.time()
        paper = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                paper.requests += 1
                page = paper.page(self.path)
                if page is None:
                    self._answer(404, b"", {})
                elif self.headers.get("If-None-Match") == page[1]:
                    self._answer(304, b"", {"ETag": page[1]})
                else:
                    self._answer(200, page[0], {"ETag": page[1], "Content-Type": "application/rss+xml"})

            def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def publish(self, corpus: Corpus) -> None:
        """Opens with the first wave."""
        self._corpus = corpus
        self.wave = 0

    def page(self, path: str) -> tuple[bytes, str] | None:
        """A feed's body and ETag in the present wave."""
        if self._corpus is None or not path.startswith("/feed/"):
            return None
        key = (int(path.removeprefix("/feed/")), self.wave)
        if key not in self._pages:
            self._pages[key] = self._render(*key)
        return self._pages[key]

    def close(self) -> None:
        """Stops."""
        self._server.shutdown()
        self._server.server_close()

    def _render(self, feed: int, wave: int) -> tuple[bytes, str]:
        assert self._corpus is not None
        items = "".join(
            f"<item><title>{escape(each.title)}</title><link>{escape(each.link)}</link>"
            f"<guid isPermaLink='false'>nota-{each.number}</guid>"
            f"<pubDate>{formatdate(self._began - each.number)}</pubDate>"
            f"<description>{escape(each.text)}</description></item>"
            for each in current(self._corpus.feeds[feed], wave)
        )
        body = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Diario {feed}</title>{items}</channel></rss>"
        raw = body.encode()
        return raw, f'"{blake2b(raw, digest_size=8).hexdigest()}"'


class Receiver:
    """Takes webhooks; fails, stalls and hangs up at random until told to behave; notes what it said yes to."""

    def __init__(self, secret: str, seed: int) -> None:
        self.behave = False
        self.accepted: dict[str, int] = {}  # webhook-id → times we answered 200
        self.about: dict[str, tuple[str, str]] = {}  # webhook-id → (subscription, article address)
        self.refused = 0
        self.forged = 0
        self._verify = Webhook(secret)
        self._chance = random.Random(seed)
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status = receiver.take(body, dict(self.headers))
                if status:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status to answer with; 0 hangs up."""
        with self._lock:
            luck = 1.0 if self.behave else self._chance.random()
        if luck < 0.12:
            self.refused += 1
            return 500
        if luck < 0.15:
            time.sleep(4.0)  # a receiver that stalls is the very thing tested: longer than the sender waits
        try:
            payload = json.loads(json.dumps(self._verify.verify(body.decode(), headers)))
        except Exception:  # noqa: BLE001 - whatever the verifier raises is a forged message
            self.forged += 1
            return 401
        with self._lock:
            identity = next(value for name, value in headers.items() if name.lower() == "webhook-id")
            self.accepted[identity] = self.accepted.get(identity, 0) + 1
            self.about[identity] = (payload["data"]["subscription"], payload["data"]["url"])
        return 0 if luck < 0.20 else 200  # accepted, and the answer lost: a repeat under the same id must follow

    def close(self) -> None:
        """Stops."""
        self._server.shutdown()
        self._server.server_close()
