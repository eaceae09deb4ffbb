"""What the two halves of the streams adapter share: the connection, its errors, the keys, the packing of a value."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import zstandard
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.log.base import Delivered, LogFull, LogUnavailable

MAX_RECORD = 16 * 1024 * 1024
_COMPRESS_FROM = 256  # bytes: below this zstd's frame costs more than it saves
_RAW, _ZSTD = b"\x00", b"\x01"


@contextmanager
def guarded() -> Iterator[None]:
    """Turns the client's errors into the log's: full, or unavailable."""
    try:
        yield
    except redis.exceptions.OutOfMemoryError as error:
        raise LogFull(f"Redis is full: {error}") from error
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError) as error:
        raise LogUnavailable(f"Redis: {error}") from error
    except redis.exceptions.ResponseError as error:
        text = str(error)
        if text.startswith(("OOM", "MISCONF")):
            raise LogFull(f"Redis is full: {text}") from error
        raise LogUnavailable(f"Redis: {text}") from error


def stream_key(topic: str, number: int) -> str:
    """The stream of a partition."""
    return f"atalaya:log:{{{topic}}}:{number}"


def connect(url: str) -> redis.Redis:
    """A client that never repeats a command by itself: a repeated XADD is a double."""
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_timeout=30.0,  # must exceed every BLOCK
        socket_connect_timeout=10.0,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
        legacy_responses=False,
    )
    return client


def create_group(client: redis.Redis, key: str, group: str) -> None:
    """Makes stream and group where they are missing; the group starts at the oldest record."""
    try:
        client.xgroup_create(key, group, id="0", mkstream=True, entries_read=0)
    except redis.exceptions.ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def group_lag(client: redis.Redis, key: str, group: str) -> int:
    """Entries after the group's commit."""
    for info in map(as_text, client.xinfo_groups(key)):
        if info["name"] == group:
            if info.get("lag") is not None:
                return int(info["lag"])
            after = "({}".format(info["last-delivered-id"])
            return len(client.xrange(key, min=after, max="+") or ())  # the server has lost count, so count
    return int(client.xlen(key))


def as_text(info: Any) -> dict[str, Any]:
    """An XINFO answer with names and values as text, whatever the protocol version gave."""
    pairs = info.items() if isinstance(info, dict) else zip(info[::2], info[1::2], strict=True)
    return {_str(key): _str(value) if isinstance(value, bytes) else value for key, value in pairs}


def _str(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def stream_entries(answer: Any) -> Iterator[tuple[str, list[tuple[bytes, dict[bytes, bytes]]]]]:
    """XREAD's answer as (key, entries), from either shape that the client gives."""
    pairs = answer.items() if isinstance(answer, dict) else answer or ()
    for key, entries in pairs:
        flat = entries[0] if isinstance(answer, dict) and entries and isinstance(entries[0], list) else entries
        yield _str(key), [(entry_id, fields or {}) for entry_id, fields in flat]


def next_id(entry_id: str) -> tuple[int, int]:
    """The smallest id above this one."""
    ms, _, sequence = entry_id.partition("-")
    return int(ms), int(sequence or 0) + 1


def delivered(topic: str, number: int, entry_id: bytes, fields: dict[bytes, bytes]) -> Delivered:
    """The record in an entry of partition `number`."""
    key = fields.get(b"k", b"").decode("utf-8", "replace")
    return Delivered(topic, number, entry_id.decode(), key, unpack(fields.get(b"v", b"")))


def pack(value: bytes, compressor: zstandard.ZstdCompressor) -> bytes:
    """One byte says how the rest is stored."""
    return _RAW + value if len(value) < _COMPRESS_FROM else _ZSTD + compressor.compress(value)


_decompressor = threading.local()


def unpack(value: bytes) -> bytes:
    """The value; bytes that are not ours come out as they are, and the codec will call them unreadable."""
    if value[:1] == _RAW:
        return value[1:]
    if value[:1] != _ZSTD:
        return value
    if not hasattr(_decompressor, "it"):
        _decompressor.it = zstandard.ZstdDecompressor()
    try:
        unpacked: bytes = _decompressor.it.decompress(value[1:], max_output_size=4 * MAX_RECORD)
    except zstandard.ZstdError:
        return value
    return unpacked
