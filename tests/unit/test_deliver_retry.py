"""What an attempt comes to: a table of outcomes, and the schedule with its jitter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.channels.base import Outcome
from services.deliver.retry import JITTER, LONGEST_WAIT, Sent, jittered, settlement
from services.model.delivery import Delivery

SCHEDULE = (5.0, 30.0, 120.0)


def sent(outcome: Outcome | None, attempts: int = 0) -> Sent:
    row = Delivery(
        id="d", subscription="s", endpoint="e", kind="webhook", address="u", alert=None, alert_id="a", attempts=attempts
    )
    return Sent(row, outcome, 1000.0)


@pytest.mark.parametrize(
    ("outcome", "attempts", "verdict"),
    [
        (Outcome(True, "200"), 0, "delivered"),
        (Outcome(False, "500"), 0, "again"),
        (Outcome(False, "500"), 2, "again"),
        (Outcome(False, "500"), 3, "dead"),
        (Outcome(False, "refused", permanent=True), 0, "dead"),
        (Outcome(False, "410", gone=True), 3, "again"),
        (None, 0, "cancelled"),
    ],
)
def test_verdicts(outcome: Outcome | None, attempts: int, verdict: str) -> None:
    """After the last wait of the schedule a delivery is dead; 410 keeps it for when the target is resumed."""
    done = settlement(sent(outcome, attempts), SCHEDULE)
    assert done.verdict == verdict
    assert (done.attempt is None) == (outcome is None)
    assert done.gone == (outcome is not None and outcome.gone)


@pytest.mark.parametrize(
    ("asked", "due", "hold"), [(None, 5.0, 0.0), (3.0, 5.0, 3.0), (90.0, 90.0, 90.0), (1e9, LONGEST_WAIT, LONGEST_WAIT)]
)
def test_retry_after_is_honoured(asked: float | None, due: float, hold: float) -> None:
    """For this delivery and its whole endpoint, up to a day, and never sooner than the schedule."""
    done = settlement(sent(Outcome(False, "503", retry_after=asked)), SCHEDULE)
    assert done.due - 1000.0 == pytest.approx(due, rel=JITTER)
    assert done.due - 1000.0 >= (asked or 0) or asked == 1e9
    assert (done.hold_until - 1000.0 if done.hold_until else 0.0) == hold


@given(st.text(max_size=30), st.integers(1, 10))
def test_jitter_spreads_and_repeats(delivery: str, attempt: int) -> None:
    """Within its share, and the same for the same attempt."""
    wait = jittered(100.0, delivery, attempt)
    assert 90.0 <= wait <= 110.0
    assert wait == jittered(100.0, delivery, attempt)


def test_deliveries_that_failed_together_do_not_come_back_together() -> None:
    """A hundred of them are spread over the whole share."""
    waits = [jittered(100.0, str(i), 1) for i in range(100)]
    assert max(waits) - min(waits) > 15
