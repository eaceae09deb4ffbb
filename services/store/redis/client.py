"""One way to connect, one way to run a script, one way to name what went wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from services.store.base import StoreFull, StoreUnavailable

PREFIX = "atalaya:"
_NOT_LET_IN = ("LOADING", "READONLY", "MASTERDOWN", "CLUSTERDOWN", "NOAUTH", "WRONGPASS", "NOPERM", "DENIED", "MOVED")


def connect(url: str, timeout: float = 10.0) -> redis.Redis:
    """A client that answers in bytes and never repeats a command by itself (a repeated XADD is a double).

    `url`: redis://, rediss:// or unix://. Connecting happens at the first command.
    """
    client: redis.Redis = redis.Redis.from_url(
        url,
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=30,
        decode_responses=False,
        legacy_responses=False,
    )
    return client


@contextmanager
def guarded() -> Iterator[None]:
    """Turns the client's errors into the store's: full, or unavailable."""
    try:
        yield
    except redis.exceptions.OutOfMemoryError as error:
        raise StoreFull(str(error)) from error
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError) as error:
        raise StoreUnavailable(str(error)) from error
    except redis.exceptions.ResponseError as error:
        text = str(error)
        if text.startswith(("OOM", "MISCONF")) or "OOM command not allowed" in text:
            raise StoreFull(text) from error
        if text.startswith(_NOT_LET_IN):
            raise StoreUnavailable(text) from error
        raise


def script(client: redis.Redis, file: Path) -> Any:
    """A Lua script from a file beside its adapter, run by its digest and loaded when the server lacks it."""
    return client.register_script(file.read_text(encoding="utf-8"))
