"""A file that may change while we run."""

from __future__ import annotations

from pathlib import Path

from services.watch import WatchedFile


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_text_is_given_once_per_change_and_again_when_it_could_not_be_used(tmp_path: Path) -> None:
    clock, file = Clock(), tmp_path / "f"
    file.write_text("one")
    watched = WatchedFile(file, every=1.0, clock=clock)
    assert watched.changed() == "one"
    file.write_text("two, longer")
    assert watched.changed() is None, "looked at too soon"
    clock.now = 1.0
    assert watched.changed() == "two, longer"
    clock.now = 2.0
    assert watched.changed() is None
    watched.forget()
    assert watched.changed() == "two, longer"


def test_a_missing_file_has_not_changed(tmp_path: Path) -> None:
    assert WatchedFile(tmp_path / "none").changed() is None
