"""A worker whose supervisor was killed ends, even when it hangs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import until

_HANGS = """
import os, threading, time
from services.process import follow
stop = threading.Event()
follow(os.getppid(), stop, patience=0.2)
print(os.getpid(), flush=True)
time.sleep(600)
"""
_PARENT = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]])"


def test_a_worker_that_hangs_does_not_outlive_its_supervisor(repository: Path) -> None:
    """It is told to stop, and ended when it does not."""
    command = [sys.executable, "-c", _PARENT, _HANGS]
    parent = subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    parent.kill()
    parent.wait(10)
    until(lambda: not _lives(worker), 30, "the worker ends")
    parent.stdout.close()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return False
