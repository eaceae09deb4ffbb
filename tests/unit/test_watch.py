"""A file that may change while we run."""

from __future__ import annotations

from pathlib import Path

from services.watch import WatchedFile


class Clock:
    """Moves when told."""

    def __init__(self) -> None:
        self.now = 0.0
        self.age = 0.0  # of the file, since it was written

    def __call__(self) -> float:
        return self.now


def watch(file: Path, clock: Clock) -> WatchedFile:
    return WatchedFile(file, every=1.0, clock=clock, wall=lambda: file.stat().st_mtime + clock.age)


def test_text_is_given_once_per_change_and_again_when_it_could_not_be_used(tmp_path: Path) -> None:
    """A change that has rested counts at the next look."""
    clock, file = Clock(), tmp_path / "f"
    file.write_text("one")
    watched = watch(file, clock)
    assert watched.changed() == "one"
    file.write_text("two, longer")
    clock.age = 1.0
    assert watched.changed() is None, "looked at too soon"
    clock.now = 1.0
    assert watched.changed() == "two, longer"
    clock.now = 2.0
    assert watched.changed() is None
    watched.forget()
    assert watched.changed() == "two, longer"


def test_a_file_that_is_being_written_is_left_until_it_rests(tmp_path: Path) -> None:
    """For two looks, when its time stamp does not tell; half a file would lose the other half's subscriptions."""
    clock, file = Clock(), tmp_path / "f"
    file.write_text("one")
    watched = watch(file, clock)
    assert watched.changed() == "one"
    for number in range(1, 5):
        file.write_text("x" * 10 * number)
        clock.now += 1.0
        assert watched.changed() is None
    clock.now += 1.0
    assert watched.changed() == "x" * 40


def test_a_missing_file_has_not_changed(tmp_path: Path) -> None:
    assert WatchedFile(tmp_path / "none").changed() is None
