"""A soak's verdict: what grows is told from what does not, and from what cannot be told."""

from __future__ import annotations

import random

import pytest

from tests.soak.trend import Trend, blocks, judge, trend

HOURS = [n / 72 for n in range(24)]  # twenty minutes in blocks of fifty seconds


def noisy(slope: float, noise: float, seed: int = 1, memory: float = 0.0) -> list[float]:
    """A straight line with noise; `memory`: how much of a block's noise stays in the next."""
    chance, last, found = random.Random(seed), 0.0, []
    for hour in HOURS:
        last = memory * last + chance.gauss(0.0, noise)
        found.append(90.0 + slope * hour + last)
    return found


def test_a_line_without_noise_is_found_exactly() -> None:
    found = trend(HOURS, noisy(7.6, 0.0))
    assert found.slope == pytest.approx(7.6)
    assert found.low == pytest.approx(found.high)


@pytest.mark.parametrize("memory", [0.0, 0.5])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(memory: float) -> None:
    """95 % at least; when blocks are alike somewhat less."""
    held = sum(
        found.low <= 3.0 <= found.high for found in (trend(HOURS, noisy(3.0, 1.0, seed, memory)) for seed in range(400))
    )
    assert held / 400 >= (0.90 if memory else 0.95)


VERDICTS = (
    ("flat", Trend(90.0, 0.0, -1.0, 1.0), "none"),
    ("grows for sure, and much", Trend(90.0, 5.0, 3.0, 7.0), "grows"),
    ("grows for sure, but a year of it is nothing", Trend(90.0, 0.5, 0.3, 0.7), "none"),
    ("may grow, may not", Trend(90.0, 4.0, -1.0, 9.0), "none"),
    ("may grow by so much that nothing is shown", Trend(90.0, 5.0, -30.0, 40.0), "unclear"),
    ("shrinks", Trend(90.0, -5.0, -7.0, -3.0), "none"),
)


@pytest.mark.parametrize(("found", "verdict"), [row[1:] for row in VERDICTS], ids=[row[0] for row in VERDICTS])
def test_verdicts(found: Trend, verdict: str) -> None:
    """An hour of the run is a hundredth of a year here, and a hundred may grow in a year."""
    assert judge(found, 0.01, 100.0).verdict == verdict


def test_blocks_take_the_least_of_what_passes_and_the_mean_of_what_stays() -> None:
    values = [5.0, 9.0, 6.0, 7.0, 7.0, 30.0, 1.0]
    assert blocks(values, 3, least=True) == [5.0, 7.0]
    assert blocks(values, 3, least=False) == pytest.approx([20 / 3, 44 / 3])


def test_a_trend_needs_points() -> None:
    with pytest.raises(ValueError, match="needs four"):
        trend(HOURS[:3], [1.0, 2.0, 3.0])
