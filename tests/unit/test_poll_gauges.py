"""Feeds by state and country as metrics."""

from __future__ import annotations

from prometheus_client import REGISTRY

from services.model.sight import STATES
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


def test_a_country_has_one_state_and_is_forgotten_with_its_feeds() -> None:
    """Blind, partly blind and seeing can be asked for by name."""

    def state_of(country: str) -> dict[str, float | None]:
        found = {
            state: REGISTRY.get_sample_value("atalaya_country_sight", {"country": country, "state": state})
            for state in STATES
        }
        return {state: value for state, value in found.items() if value != 0}

    sights = measure([voice("a"), voice("b", "gone", "CL")], NOW)
    assert {country: each.state for country, each in sights.items()} == {"PE": "seeing", "CL": "blind"}
    assert state_of("PE") == {"seeing": 1.0}
    assert state_of("CL") == {"blind": 1.0}
    measure([voice("a")], NOW)
    assert state_of("CL") == dict.fromkeys(STATES)
    assert REGISTRY.get_sample_value("atalaya_country_seen_share", {"country": "CL"}) is None
