"""Child processes for work on hostile bytes: killed at a deadline, bounded in memory, replaced when they fail.

Owns the processes and the frames between them, over a socket pair. What is in the frames is the caller's: see
`poll.parsers` and `fulltext.extractors`. A child ends by itself when its parent is gone.
"""

from __future__ import annotations

import ctypes
import os
import queue
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from services.footprint import keep_memory_steady

_SHARE = 2_000  # jobs after which a child is replaced: whatever leaks, leaks only so far
_MEMORY = 1 << 30  # bytes of address space
_ROOT = Path(__file__).resolve().parents[1]  # where the package `services` is
_PATIENCE = 6.0  # a job may take this many times its processor seconds by the clock
_LENGTH = struct.Struct("!I")
_TOO_BIG = 512 << 20
_PR_SET_PDEATHSIG = 1  # prctl(2)
_OK, _ERROR = b"+", b"-"


class ChildFailed(Exception):
    """No child could do this; `reason` is a short code: timeout, crash, error."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Children:
    """A pool of processes that run `python -m module`; thread-safe, a caller waits for a free one."""

    def __init__(self, module: str, count: int, seconds: float) -> None:
        self._seconds = seconds
        self._all = [_Child(module) for _ in range(count)]
        self._free: queue.SimpleQueue[_Child] = queue.SimpleQueue()
        for child in self._all:
            self._free.put(child)
        self._closed = threading.Event()

    def ask(self, payload: bytes) -> bytes:
        """The child's answer. Raises `ChildFailed`; the next job finds a fresh child.

        A process that ended without an answer need not have died of the payload (a kill, the machine out of
        memory): a fresh one is asked once more before the payload is blamed.
        """
        child = self._free.get()
        try:
            if self._closed.is_set():
                raise ChildFailed("crash", "closed")
            try:
                return child.ask(payload, self._seconds)
            except ChildFailed as failure:
                if failure.reason != "crash" or self._closed.is_set():
                    raise
                return child.ask(payload, self._seconds)
        finally:
            if self._closed.is_set():
                child.stop()
            self._free.put(child)

    def close(self) -> None:
        """Kills them all; idempotent. A job under way ends with `ChildFailed`."""
        self._closed.set()
        for child in self._all:
            child.kill()
        with suppress(queue.Empty):  # those at work are stopped by their callers, who see them end
            while True:
                self._free.get_nowait().stop()


class _Child:
    """One process; started at its first job. Used by one thread at a time, killed by any."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process: subprocess.Popen[bytes] | None = None
        self._wire: socket.socket | None = None
        self._jobs = 0

    def ask(self, payload: bytes, seconds: float) -> bytes:
        wire = self._wire or self._start()
        try:
            _send(wire, payload, time.monotonic() + _PATIENCE * seconds)
            self._wait(wire, seconds)
            reply = _receive(wire, time.monotonic() + _PATIENCE * seconds)
        except TimeoutError as error:
            self.stop()
            raise ChildFailed("timeout", f"longer than {seconds:g} s") from error
        except OSError as error:
            self.stop()
            raise ChildFailed("crash", f"the process ended: {error}") from error
        self._jobs += 1
        if self._jobs >= _SHARE:
            self.stop()
        if reply[:1] != _OK:
            raise ChildFailed("error", reply[1:].decode("utf-8", "replace"))
        return reply[1:]

    def _wait(self, wire: socket.socket, seconds: float) -> None:
        """Until the answer begins. The deadline is in processor time: on a busy machine an honest job takes longer."""
        began, used = time.monotonic(), _processor_seconds(self._process)
        hard, left = began + _PATIENCE * seconds, seconds
        while True:
            wire.settimeout(max(0.001, min(left, hard - time.monotonic())))
            try:
                wire.recv(1, socket.MSG_PEEK)
                return
            except TimeoutError:
                now = _processor_seconds(self._process)
                left = 0.0 if used is None or now is None else seconds - (now - used)
                if left < 0.01 or time.monotonic() >= hard:
                    raise

    def kill(self) -> None:
        """From another thread: whoever waits for the child sees it end."""
        if (process := self._process) is not None:
            process.kill()
            process.wait()

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                start_new_session=True,  # Ctrl-C on the terminal is for the parent, which then ends us
            )
        self._wire = ours
        # Starting and importing take a moment that must not count against the first job.
        try:
            _receive(ours, time.monotonic() + 60.0)
        except OSError as error:
            self.stop()
            raise ChildFailed("crash", f"the process did not start: {error}") from error
        return ours

    def stop(self) -> None:
        """Kills it and closes the wire; by whoever holds it."""
        if self._wire is not None:
            self._wire.close()
        self.kill()
        self._process = self._wire = None
        self._jobs = 0


def _processor_seconds(process: subprocess.Popen[bytes] | None) -> float | None:
    """What the process has used so far; None where the system does not tell."""
    if process is None:
        return None
    try:
        fields = (
            Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        )
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return None


def serve(answer: Callable[[bytes], bytes]) -> None:
    """The child's side: answers jobs from standard input, which is a socket, until its other end closes."""
    die_with_parent()
    keep_memory_steady()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    wire = socket.socket(fileno=0)
    _send(wire, b"ready", time.monotonic() + 10)
    while True:
        try:
            payload = _receive(wire, None)
        except EOFError:
            return
        _send(wire, _answered(answer, payload), time.monotonic() + 60)


def die_with_parent() -> None:
    """On Linux the kernel kills this process when its parent dies, even while a regular expression runs."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _answered(answer: Callable[[bytes], bytes], payload: bytes) -> bytes:
    try:
        return _OK + answer(payload)
    except Exception as error:  # noqa: BLE001 - hostile bytes raise anything; the parent is told
        return _ERROR + f"{type(error).__name__}: {error}"[:500].encode("utf-8", "replace")


def _send(wire: socket.socket, data: bytes, deadline: float) -> None:
    wire.settimeout(max(0.001, deadline - time.monotonic()))
    wire.sendall(_LENGTH.pack(len(data)) + data)


def _receive(wire: socket.socket, deadline: float | None) -> bytes:
    """One frame. `EOFError` when the other end closed between two frames and there is no deadline."""
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
