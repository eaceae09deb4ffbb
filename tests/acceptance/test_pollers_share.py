"""Three pollers share a fleet, one is killed with SIGKILL: real processes, a real store, spacing seen at the server."""

from __future__ import annotations

from services.bench.poll import Shape, measure
from services.bench.poll_worker import INTERVAL


def test_a_killed_pollers_feeds_are_late_and_never_asked_twice() -> None:
    """No feed is asked twice within its interval, none is lost, none is later than its lease (here: its interval)."""
    shape = Shape(feeds=200, hosts=40, factor=90.0, seconds=30.0, pollers=3, kill=True)
    found = measure(shape)
    assert found.errors == 0
    assert found.twice == 0
    assert found.never == 0
    assert found.late_max <= INTERVAL / shape.factor + 2.0  # and what the machine is late by
