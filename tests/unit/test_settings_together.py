"""Settings that fit alone and not together are refused, each with the reason."""

from __future__ import annotations

import pytest

from services.settings import SettingsError, load


@pytest.mark.parametrize(
    ("variable", "value", "fault"),
    [
        ("ATALAYA_ALERTS_DEDUPE_HOURS", "168", "alerts.dedupe_hours (168) must be more than topics.keep_hours (168)"),
        ("ATALAYA_TOPICS_KEEP_HOURS", "400", "alerts.dedupe_hours (336) must be more than topics.keep_hours (400)"),
        ("ATALAYA_WEBHOOKS_TIMEOUT_SECONDS", "60", "deliver.lease_seconds (60) must be more than webhooks.timeout"),
        ("ATALAYA_POLL_WEBSUB_CALLBACK", "https://a.example/hub", "poll.websub_secret: at least 16 characters"),
        ("ATALAYA_POLL_MIN_SECONDS", "4000", "poll.min_seconds (4000) must not be more than poll.max_seconds (1800)"),
        ("ATALAYA_DELIVER_KEEP_HOURS", "24", "deliver.keep_hours (24) must be more than the longest wait"),
    ],
)
def test_what_does_not_fit_together(variable: str, value: str, fault: str) -> None:
    """The names of both, and their values."""
    with pytest.raises(SettingsError) as caught:
        load(environ={variable: value})
    assert any(fault in each for each in caught.value.faults)


def test_what_is_shipped_fits() -> None:
    """As it stands, and the schedule can be set from outside."""
    assert load(environ={"ATALAYA_DELIVER_SCHEDULE": "0.5, 1"}).deliver.schedule == (0.5, 1.0)
