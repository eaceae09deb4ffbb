"""Feeds by state and country as metrics."""

from __future__ import annotations

from prometheus_client import REGISTRY

from services.poll.gauges import measure
from tests.unit.test_poll_coverage import NOW, voice


def test_gauges_show_states_and_sight_and_forget_what_is_gone() -> None:
    """A state that no feed is in any more has no figure."""
    measure([voice("a"), voice("b", "gone")], NOW)
    assert REGISTRY.get_sample_value("atalaya_feeds", {"country": "PE", "health": "gone"}) == 1
    assert REGISTRY.get_sample_value("atalaya_country_seen_share", {"country": "PE"}) == 0.5
    measure([voice("a"), voice("b")], NOW)
    assert REGISTRY.get_sample_value("atalaya_feeds", {"country": "PE", "health": "gone"}) is None
    assert REGISTRY.get_sample_value("atalaya_feeds", {"country": "PE", "health": "ok"}) == 2
    assert REGISTRY.get_sample_value("atalaya_country_seen_share", {"country": "PE"}) == 1.0
