"""The embedded server's own log does not grow with every start of a long life."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.embedded import EmbeddedValkey
from services.settings import Embedded


def test_a_long_log_is_kept_once_and_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside what the server writes now there is what was written before, and nothing older."""
    monkeypatch.setattr("services.embedded._LOG_SIZE", 1000)
    log, earlier = tmp_path / "valkey" / "valkey.log", tmp_path / "valkey" / "valkey.log.1"
    log.parent.mkdir()
    log.write_bytes(b"x" * 1000)
    for long in (False, True):
        log.write_bytes(log.read_bytes() + b"y" * long)
        server = EmbeddedValkey(tmp_path, Embedded())
        server.start()
        server.stop()
        assert earlier.exists() == long
    assert earlier.read_bytes()[:1001].startswith(b"x" * 1000)
    assert len(log.read_bytes()) > 0 and b"xx" not in log.read_bytes()
