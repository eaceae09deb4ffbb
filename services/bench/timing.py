"""How things are timed on a machine that does other things as well: in turns, and by medians.

Ways of doing one job are run in turns (A, B, A, B ...), so that whatever slows the machine slows all of them. The
ratio of two ways is the median of the rounds' own ratios: it holds where an absolute time does not.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Turns:
    """What the rounds gave: a figure (a rate or a time) for each way and round. `turns["ours"]` is its median."""

    figures: Mapping[str, Sequence[float]]

    def __getitem__(self, name: str) -> float:
        return statistics.median(self.figures[name])

    def compared(self, name: str, other: str) -> float:
        """What `other` would have made when `name` made its median: by the median of the rounds' ratios."""
        pairs = zip(self.figures[name], self.figures[other], strict=True)
        return self[name] / statistics.median(one / two for one, two in pairs)


def in_turns(ways: Mapping[str, Callable[[], float]], rounds: int) -> Turns:
    """Runs every way in every round; each answers its own figure.

    One round before the others is not counted: caches are filled, connections opened, code compiled.
    """
    found: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            gc.collect()  # one way's garbage is not the next one's to pay for
            figure = way()
            if number:
                found[name].append(figure)
    return Turns(found)


def seconds(job: Callable[[], object]) -> float:
    """How long one run takes by the clock on the wall."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def rate(count: int, job: Callable[[], object]) -> Callable[[], float]:
    """A way for `in_turns`: how many of `count` things are done in a second by the clock on the wall."""
    return lambda: count / seconds(job)


def rate_of_core(count: int, job: Callable[[], object]) -> Callable[[], float]:
    """The same in a second of this process's own processor time: per core, whoever else uses the machine."""

    def way() -> float:
        began = time.process_time()
        job()
        return count / (time.process_time() - began)

    return way
