"""How things are timed on a machine that does other things as well: in turns, and by medians.

Two ways of doing one job are run in turns (A, B, A, B ...), so that whatever slows the machine slows both; a ratio of
medians of interleaved rounds then holds where an absolute time does not.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Key = TypeVar("Key")


def seconds(job: Callable[[], object]) -> float:
    """How long one run takes on the wall, with the collector's debts paid beforehand."""
    gc.collect()
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def in_turns(jobs: Mapping[Key, Callable[[], float]], rounds: int) -> dict[Key, float]:
    """The median of what each job answers (its own figure: a rate or a time), over interleaved rounds.

    One round before them is not counted: caches are filled, connections opened, code compiled.
    """
    found: dict[Key, list[float]] = {name: [] for name in jobs}
    for number in range(rounds + 1):
        for name, job in jobs.items():
            figure = job()
            if number:
                found[name].append(figure)
    return {name: statistics.median(figures) for name, figures in found.items()}


def rate(count: int, job: Callable[[], object]) -> Callable[[], float]:
    """A job for `in_turns` that answers how many of `count` things are done in a second."""
    return lambda: count / seconds(job)
