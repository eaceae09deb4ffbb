"""Ctrl-C on a terminal, under a parent that shares it (as make does): a stop in order, status 0, cards on the way."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path

from tests.acceptance.test_up import home, left_over  # noqa: F401 - a fixture
from tests.conftest import until

TAKE_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp("sh", ["sh", "-c", sys.argv[1]])
"""


def test_ctrl_c_reaches_the_service_alone_and_the_status_is_0(repository: Path, home: Path) -> None:  # noqa: F811
    own = {"ATALAYA_METRICS_PORT": "0", "ATALAYA_NEWSROOM_PORT": "0", "COLUMNS": "100"}
    own["ATALAYA_SETTINGS"] = str(home / "config" / "atalaya.toml")
    terminal, its_end = pty.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", TAKE_TERMINAL, f"{sys.executable} -m services up; echo status $?"],
        cwd=repository,
        env=os.environ | own,
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        start_new_session=True,
    )
    os.close(its_end)
    screen = bytearray()

    def read() -> bytes:
        if select.select([terminal], [], [], 0.1)[0]:
            try:
                screen.extend(os.read(terminal, 65536))
            except OSError:  # the other end is closed: everything was read
                screen.extend(b"")
        return bytes(screen)

    until(lambda: b"SAMPLE" in read() and b"confidence" in read(), 90, "a card on the terminal")
    began = time.monotonic()
    os.write(terminal, b"\x03")
    until(lambda: b"status " in read().rpartition(b"^C")[2], 15, "the end")
    assert time.monotonic() - began < 10
    shell.wait(10)
    os.close(terminal)
    assert b"status 0" in screen.rpartition(b"^C")[2]
    until(lambda: not left_over(home), 5, "no process left")
