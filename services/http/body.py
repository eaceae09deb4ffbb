"""Decompresses an answer's body as it streams in, and stops at a cap. Pure.

A few kilobytes of gzip can hold gigabytes; here no more than the cap is ever inflated, because the decompressor
is asked for at most the room that is left.
"""

from __future__ import annotations

import zlib

from services.http.base import TooBig, Unreachable

ACCEPT = "gzip, deflate"
"""What we offer in Accept-Encoding: what `Body` can undo."""


class Body:
    """Collects one body. `feed` raises `TooBig` at the cap, `Unreachable` when the bytes cannot be decompressed."""

    def __init__(self, encoding: str, cap: int) -> None:
        self._cap = cap
        self._parts: list[bytes] = []
        self._size = 0
        self._names = [name for name in (part.strip().lower() for part in encoding.split(",")) if name != "identity"]
        self._names = [name for name in self._names if name]
        if len(self._names) > 1 or any(name not in ("gzip", "x-gzip", "deflate") for name in self._names):
            raise Unreachable("encoding", f"Content-Encoding {encoding!r} was not offered")
        self._zip: zlib._Decompress | None = None

    def feed(self, chunk: bytes) -> None:
        """The next bytes from the wire."""
        if not self._names:
            self._keep(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error as error:
            raise Unreachable("encoding", str(error)) from error

    def done(self) -> bytes:
        """The whole body. A compressed body that ends early is `Unreachable`: its end is missing."""
        if self._zip is not None and not self._zip.eof:
            raise Unreachable("truncated", "the compressed body ends early")
        return b"".join(self._parts)

    def _inflate(self, chunk: bytes) -> None:
        while chunk:
            if self._zip is None:
                self._zip = zlib.decompressobj(self._window(chunk))
            self._keep(self._zip.decompress(chunk, self._cap - self._size + 1))
            chunk = self._zip.unconsumed_tail
            if self._zip.eof:
                chunk = self._zip.unused_data
                if not chunk or self._names == ["deflate"] or chunk[:1] != b"\x1f":
                    return  # padding after the end
                self._zip = None  # the next member of a multi-member gzip

    def _window(self, chunk: bytes) -> int:
        if self._names != ["deflate"]:
            return zlib.MAX_WBITS | 16
        # Servers send "deflate" with and without the zlib header (RFC 9110 8.4.1.2 notes it).
        wrapped = len(chunk) > 1 and chunk[0] & 0x0F == 8 and (chunk[0] << 8 | chunk[1]) % 31 == 0
        return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS

    def _keep(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > self._cap:
            raise TooBig("too_big", f"more than {self._cap} bytes")
        if data:
            self._parts.append(data)
