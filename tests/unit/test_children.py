"""Children for hostile bytes: one that was killed by somebody else does not put the blame on the bytes."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from services.children import ChildFailed, Children
from tests.conftest import until

MODULE = "tests.unit.a_child"


@pytest.fixture
def children() -> Children:
    return Children(MODULE, count=1, seconds=5.0)


def test_a_child_answers(children: Children) -> None:
    assert children.ask(b"hello") == b"HELLO"
    children.close()


def test_a_killed_child_is_replaced_and_the_job_done_all_the_same(children: Children) -> None:
    assert children.ask(b"one") == b"ONE"
    (child,) = children._all
    answers: list[bytes] = []
    asking = threading.Thread(target=lambda: answers.append(children.ask(b"wait 1")))
    asking.start()
    until(lambda: child._process is not None and Path(f"/proc/{child._process.pid}/stat").exists(), 5)
    child.kill()
    asking.join(20)
    assert answers == [b"WAIT 1"]
    children.close()


def test_bytes_that_kill_every_child_are_blamed(children: Children) -> None:
    with pytest.raises(ChildFailed) as failed:
        children.ask(b"die")
    assert failed.value.reason == "crash"
    assert children.ask(b"next") == b"NEXT"
    children.close()


def test_a_child_that_takes_too_long_is_killed_and_not_asked_again() -> None:
    children = Children(MODULE, count=1, seconds=0.5)
    with pytest.raises(ChildFailed) as failed:
        children.ask(b"wait 60")
    assert failed.value.reason == "timeout"
    children.close()
