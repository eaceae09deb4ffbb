"""Ways of answering that no honest server has."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Mapping, Sequence
from email.utils import formatdate

from tests.hostile.server import Behaviour, Request, answer

XML = {"Content-Type": "application/rss+xml; charset=utf-8"}


def feed(body: str | bytes, **headers: str) -> Behaviour:
    """An honest answer with a feed; underscores in header names stand for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answer(200, body, {**XML, **named})


def typed(body: str | bytes, kind: str | None) -> Behaviour:
    """A feed under this Content-Type, or under none."""
    return answer(200, body, {"Content-Type": kind} if kind is not None else {})


def validated(bodies: Sequence[str], etags: Sequence[str], modified: str = "") -> Behaviour:
    """An honest server: the body and ETag of the request's turn, and 304 when the validator still fits."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        turn = min(request.count, len(bodies) - 1)
        if request.headers.get("if-none-match") == etags[turn]:
            return await answer(304, b"", {"ETag": etags[turn]})(request, writer)
        extra = {"ETag": etags[turn], **({"Last-Modified": modified} if modified else {})}
        return await answer(200, bodies[turn], {**XML, **extra})(request, writer)

    return behave


def same_validator(bodies: Sequence[str], etag: str) -> Behaviour:
    """A liar: "not modified" whenever the validator comes back, whatever has changed."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if request.headers.get("if-none-match") == etag:
            return await answer(304, b"", {"ETag": etag})(request, writer)
        turn = min(request.count, len(bodies) - 1)
        return await answer(200, bodies[turn], {**XML, "ETag": etag})(request, writer)

    return behave


def bomb(megabytes: int) -> Behaviour:
    """A gzip bomb: a thousandth of the size on the wire."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(b" " * (1 << 20)) for _ in range(megabytes)) + packer.flush()
    return answer(200, packed, {**XML, "Content-Encoding": "gzip"})


def zipped(body: str, encoding: str = "gzip") -> Behaviour:
    """An honest compressed feed."""
    raw = body.encode()
    packed = gzip.compress(raw) if encoding == "gzip" else zlib.compress(raw)
    return answer(200, packed, {**XML, "Content-Encoding": encoding})


def bare_deflate(body: str) -> Behaviour:
    """Deflate without the zlib header, as some servers send it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(body.encode()) + packer.flush()
    return answer(200, packed, {**XML, "Content-Encoding": "deflate"})


def encoded_as(body: bytes, encoding: str) -> Behaviour:
    """A body that claims an encoding which it may not have."""
    return answer(200, body, {**XML, "Content-Encoding": encoding})


def endless(kilobytes: int = 1 << 20) -> Behaviour:
    """A body of a gigabyte, or for as long as somebody reads."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n")
        for _ in range(kilobytes):
            writer.write(b"x" * 1024)
            await writer.drain()

    return behave


def slow_headers(seconds: float = 30.0) -> Behaviour:
    """One header byte at a time."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(int(seconds * 20)):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    return behave


def slow_body(seconds: float = 30.0) -> Behaviour:
    """One body byte at a time."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n<rss>")
        for _ in range(int(seconds * 20)):
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    return behave


def silent() -> Behaviour:
    """Takes the request and says nothing."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    return behave


def raw(data: bytes) -> Behaviour:
    """These bytes and the end of the connection."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        writer.write(data)

    return behave


def cut(body: str, length: int) -> Behaviour:
    """Promises more than it sends, then hangs up."""
    sent = body.encode()[:length]
    return raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999\r\n\r\n" + sent)


def chunked(body: bytes, broken: bool = False) -> Behaviour:
    """A chunked body, with or without a broken chunk size."""
    size = b"zz" if broken else f"{len(body):x}".encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    return raw(head + size + b"\r\n" + body + b"\r\n0\r\n\r\n")


def many_headers(count: int) -> Behaviour:
    """More headers than anybody reads."""
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 200) for number in range(count))
    return raw(b"HTTP/1.1 200 OK\r\n" + fields + b"Content-Length: 0\r\n\r\n")


def at_moment(status: int, moment: float, extra: Mapping[str, str] | None = None) -> Behaviour:
    """A refusal with Retry-After as an HTTP date."""
    return answer(status, b"", {"Retry-After": formatdate(moment, usegmt=True), **(extra or {})})
