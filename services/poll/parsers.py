"""Child processes that parse feeds, so that hostile bytes can be killed at a deadline.

Owns the children: starts them, talks to them over a socket pair, kills and replaces one that is late, dies or has
done its share. A child has a limit on memory and ends by itself when its parent is gone. Parsing itself is `parse`.
"""

from __future__ import annotations

import queue
import resource
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import msgspec

from services.poll.parse import Job, Parsed, parse

_SHARE = 2_000  # jobs after which a child is replaced: whatever leaks, leaks only so far
_MEMORY = 1 << 30  # bytes of address space
_ROOT = Path(__file__).resolve().parents[2]  # where the package `services` is
_LENGTH = struct.Struct("!I")
_TOO_BIG = 512 << 20

_job = msgspec.msgpack.Decoder(Job)
_reply: msgspec.msgpack.Decoder[Parsed | str] = msgspec.msgpack.Decoder(Parsed | str)
_encode = msgspec.msgpack.encode


class ParseFailed(Exception):
    """No child could read these bytes; `reason` is a short code: parse_timeout, parse_crash, parse_error."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class _Child:
    """One process; started at its first job."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None
        self._jobs = 0

    def ask(self, job: Job, seconds: float) -> Parsed:
        """Raises `ParseFailed`; the next job finds a fresh child."""
        if self._process is None:
            self._start()
        assert self._wire is not None  # noqa: S101 - _start has just made it
        deadline = time.monotonic() + seconds
        try:
            _send(self._wire, _encode(job), deadline)
            reply = _reply.decode(_receive(self._wire, deadline))
        except TimeoutError as error:
            self.stop()
            raise ParseFailed("parse_timeout", f"longer than {seconds:g} s") from error
        except (OSError, msgspec.DecodeError) as error:
            self.stop()
            raise ParseFailed("parse_crash", f"the parser process ended: {error}") from error
        self._jobs += 1
        if self._jobs >= _SHARE:
            self.stop()
        if isinstance(reply, str):
            raise ParseFailed("parse_error", reply)
        return reply

    def stop(self) -> None:
        """Kills it."""
        if self._wire is not None:
            self._wire.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._wire = None
        self._jobs = 0

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "services.poll.parsers"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                start_new_session=True,  # Ctrl-C on the terminal is for the parent, which then ends us
            )
        self._wire = ours
        # Starting and importing take a moment that must not count against the first feed.
        try:
            _receive(ours, time.monotonic() + 30.0)
        except OSError as error:
            self.stop()
            raise ParseFailed("parse_crash", f"the parser process did not start: {error}") from error


class Parsers:
    """A pool of children; thread-safe. `close` kills them."""

    def __init__(self, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._free: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        self._all = [_Child() for _ in range(count)]
        for child in self._all:
            self._free.put(child)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="parser")
        self._closed = False

    def parse(self, jobs: Sequence[Job]) -> list[Parsed | ParseFailed]:
        """One result per job, in order; as many at the same time as there are children."""
        return list(self._threads.map(self._one, jobs))

    def close(self) -> None:
        """Ends all children; idempotent."""
        self._closed = True
        for child in self._all:
            child.stop()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for child in self._all:
            child.stop()

    def _one(self, job: Job) -> Parsed | ParseFailed:
        child = self._free.get()
        try:
            return ParseFailed("parse_crash", "closed") if self._closed else child.ask(job, self._seconds)
        except ParseFailed as failure:
            return failure
        finally:
            self._free.put(child)


def _send(wire: socket.socket, data: bytes, deadline: float) -> None:
    wire.settimeout(max(0.001, deadline - time.monotonic()))
    wire.sendall(_LENGTH.pack(len(data)) + data)


def _receive(wire: socket.socket, deadline: float | None) -> bytes:
    (size,) = _LENGTH.unpack(_exactly(wire, _LENGTH.size, deadline))
    if size > _TOO_BIG:
        raise OSError(f"a frame of {size} bytes")
    return _exactly(wire, size, deadline)


def _exactly(wire: socket.socket, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        wire.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
        chunk = wire.recv(min(size - len(parts), 1 << 20))
        if not chunk:
            raise EOFError if deadline is None and not parts else OSError("the other end is gone")
        parts += chunk
    return bytes(parts)


def _serve() -> None:
    """The child: reads jobs from standard input, which is a socket, until its other end closes."""
    die_with_parent()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    wire = socket.socket(fileno=0)
    _send(wire, b"ready", time.monotonic() + 10)
    while True:
        try:
            job = _job.decode(_receive(wire, None))
        except EOFError:
            return
        _send(wire, _encode(_answer(job)), time.monotonic() + 60)


def _answer(job: Job) -> Parsed | str:
    try:
        return parse(job)
    except (Exception, RecursionError, MemoryError) as error:  # noqa: BLE001 - hostile bytes raise anything; the parent is told
        return f"{type(error).__name__}: {error}"[:500]


def die_with_parent() -> None:
    """On Linux the kernel kills this process when its parent dies, even while a regular expression runs."""
    if sys.platform == "linux":
        import ctypes
        import signal

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    _serve()
