"""One line of the benchmark: a figure, what it is compared with, and the most that it could be. Pure.

    Row("scan", value=20_000, unit="texts/s", baseline=24, limit=30_000)

`ratio` always says how many times better than the baseline, `share_of_limit` how near to the limit: 1 is the limit
and more is impossible. Both hold also where less is better. A limit is a bound that the design itself sets, measured
in the same run (the bare client, the raw engine, the server's own processor time); it is no target: those are
in `wanted.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """`name` is its key in build/bench.json. `baseline` and `limit` are in the unit of `value`; None: there is none."""

    name: str
    value: float
    unit: str
    baseline: float | None = None
    limit: float | None = None
    less_is_better: bool = False
    note: str = ""  # for the table: what the figures were taken of

    @property
    def ratio(self) -> float | None:
        """Times better than the baseline."""
        return _better(self.value, self.baseline, self.less_is_better)

    @property
    def bound(self) -> float | None:
        """The limit; when the value was measured beyond it, as noise can have it, the value."""
        if self.limit is None:
            return None
        return min(self.limit, self.value) if self.less_is_better else max(self.limit, self.value)

    @property
    def share_of_limit(self) -> float | None:
        """From 0 to 1."""
        return _better(self.value, self.bound, self.less_is_better)

    def as_json(self) -> dict[str, float | str | None]:
        """Its value in build/bench.json: numbers to four digits that count."""
        return {
            "value": _rounded(self.value),
            "unit": self.unit,
            "baseline": _rounded(self.baseline),
            "ratio": _rounded(self.ratio),
            "limit": _rounded(self.bound),
            "share_of_limit": _rounded(self.share_of_limit),
        }


def document(rows: Iterable[Row]) -> dict[str, dict[str, float | str | None]]:
    """The whole of build/bench.json. `ValueError` when two rows have one name."""
    found: dict[str, dict[str, float | str | None]] = {}
    for row in rows:
        if row.name in found:
            raise ValueError(f"two rows are called {row.name}")
        found[row.name] = row.as_json()
    return found


def _better(value: float, other: float | None, less_is_better: bool) -> float | None:
    if other is None:
        return None
    above, below = (other, value) if less_is_better else (value, other)
    return above / below if below else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")
