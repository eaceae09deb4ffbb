"""An area that states act in is the article's, though its own words for it are few."""

from __future__ import annotations

from services.model.tagged import Tagged
from services.tag.accuracy_report import Input
from tests.unit.tagging import tagger

SIGNED = (
    "El ministro de Seguridad de Argentina y su par de Bolivia firmaron el acuerdo el jueves en La Quiaca. La Policía"
    " boliviana entrará con los argentinos en los valles. Los dos gobiernos nombrarán un comando."
)


def _tag(title: str, text: str, floor: float = 0.6) -> Tagged:
    return tagger().tag(Input("x", title, text, "es", None, None), floor)


def test_a_firm_dyad_gives_its_area_a_likely_topic_with_evidence() -> None:
    """Likely, not firm; the evidence is a slice of the article; weak tags of the area are not listed twice."""
    title = "Argentina y Bolivia firman un acuerdo para que sus policías patrullen juntas"
    for floor in (0.6, 0.0):
        found = _tag(title, SIGNED, floor)
        assert any(d.area == "security" and d.confidence >= 0.8 for d in found.dyads)
        topics = [t for t in found.topics if t.area == "security" and t.confidence >= 0.6]
        assert topics
        assert len({t.id for t in found.topics}) == len(found.topics)
        for topic in topics:
            assert topic.band == "likely"
            for e in topic.evidence:
                assert {"title": title, "text": SIGNED}[e.field][e.start : e.end] == e.text


def test_states_that_act_on_something_else_give_no_area() -> None:
    """A firm relation without a dyad in the area, and weak words without a relation."""
    assert not _tag("Argentina y Bolivia firman un acuerdo sobre el gas", "El gas llegará en mayo.").topics
    assert not _tag("La Policía cuidará la feria", "La Policía y Gendarmería vigilarán los accesos.").topics
