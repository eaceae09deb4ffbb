"""The case that the service is born from: a refusal stands above the proposal it answers, however it is told."""

from __future__ import annotations

import pytest

from services.tag.accuracy_report import Input
from tests.unit.tagging import tagger

REFUSALS = {
    "es: the proposal in a relative clause": (
        "es",
        "Perú rechaza el corredor humanitario que propuso el presidente electo de Chile",
        "El Gobierno del Perú rechazó el corredor humanitario para migrantes "
        "que propuso el presidente electo de Chile.",
    ),
    "es: with a day between verb and subject": (
        "es",
        "Perú rechaza el corredor que propuso Chile",
        "Perú rechazó el corredor humanitario que propuso este martes Chile para los migrantes.",
    ),
    "pt": (
        "pt",
        "Peru recusa corredor humanitário que propôs o Chile",
        "O Peru recusou o corredor humanitário para migrantes que propôs o presidente eleito do Chile.",
    ),
    "en": (
        "en",
        "Peru turns down the humanitarian corridor proposed by Chile",
        "Peru rejected the humanitarian corridor for migrants proposed by Chile's president-elect.",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refused_proposal_is_a_refusal(name: str) -> None:
    lang, title, text = REFUSALS[name]
    tags = tagger().tag(Input("x", title, text, lang, None, None))
    (dyad,) = [dyad for dyad in tags.dyads if dyad.pair == ("CL", "PE") and dyad.area == "migration"]
    assert dyad.stance == "reject"
    told = {(each.kind, each.actors, each.recipients) for each in tags.relations}
    assert ("reject", ("PE",), ("CL",)) in told and ("propose", ("CL",), ("PE",)) in told


def test_a_denied_refusal_is_none() -> None:
    text = "O Itamaraty negou nesta segunda-feira ter rejeitado o plano conjunto contra o contrabando."
    title = "Itamaraty nega ter rejeitado plano do Paraguai contra o contrabando"
    tags = tagger().tag(Input("x", title, text, "pt", None, None))
    assert "reject" not in {dyad.stance for dyad in tags.dyads}
