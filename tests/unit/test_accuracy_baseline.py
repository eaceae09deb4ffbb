"""The figures of `make accuracy` must not fall below the intervals of the baseline."""

from __future__ import annotations

import json

from services.tag import accuracy_report
from tests.unit.tagging import ROOT, tagger


def test_no_figure_has_fallen_below_its_interval() -> None:
    """A drop fails; `python -m services.tag.accuracy_report --accept` takes new figures on purpose."""
    report = accuracy_report.measure(tagger(), ROOT / accuracy_report.LABELS)
    baseline = json.loads((ROOT / accuracy_report.BASELINE).read_text(encoding="utf-8"))
    assert accuracy_report.fallen(report, baseline) == []


def test_a_drop_is_told_with_its_set_and_figure() -> None:
    """The message names the set, the figure, what it is and what it was."""
    report = accuracy_report.measure(tagger(), ROOT / accuracy_report.LABELS)
    baseline = accuracy_report.baseline_of(report)
    baseline["figures"]["the tour"]["dyad F1"]["low"] = 1.01
    lines = accuracy_report.fallen(report, baseline)
    assert len(lines) == 1
    assert lines[0].startswith("the tour: dyad F1 is ")
