"""Mentions of states: which way of naming counts, and which is only a place or an adjective."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest

from services.tag import actors
from services.tag.mention import Mention
from services.tag.text import Field
from tests.unit.tagging import tagger


def mentions(text: str, lang: str = "es", day: date | None = None) -> list[Mention]:
    field = Field("text", text)
    return actors.find(field, lang, tagger().lexicon.scan(field, lang, accented=True), day)


@pytest.mark.parametrize(
    ("text", "lang", "country", "how"),
    [
        ("Perú rechazó la idea.", "es", "PE", "state"),
        ("PERU RECHAZA LA IDEA", "es", "PE", "state"),
        ("La Moneda respondió.", "es", "CL", "seat"),
        ("O Itamaraty respondeu.", "pt", "BR", "seat"),
        ("El canciller peruano respondió.", "es", "PE", "title"),
        ("Su par peruano respondió.", "es", "PE", "title"),
        ("The Peruvian foreign minister replied.", "en", "PE", "title"),
        ("A Polícia Federal do Brasil agiu.", "pt", "BR", "title"),
        ("Gustavo Petro respondió.", "es", "CO", "leader"),
        ("Un ciudadano peruano respondió.", "es", "PE", "people"),
        ("La Unión Europea respondió.", "es", "EU", "body"),
    ],
)
def test_the_way_of_naming_is_recognised(text: str, lang: str, country: str, how: str) -> None:
    """Leader, seat, state, title, body, capital, people."""
    assert [(m.countries[0], m.how) for m in mentions(text, lang)] == [(country, how)]


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Cayó en Bolivia con diez kilos.", "es"),
        ("Cruzaron la frontera con Perú de noche.", "es"),
        ("A carga vinha rumo a Bolívia.", "pt"),
        ("A cargo bound for Mexico sank.", "en"),
        ("They met near the Venezuela border.", "en"),
    ],
)
def test_a_place_is_marked_as_one(text: str, lang: str) -> None:
    """Named as where something happens, a state is not taken for who does it."""
    found = mentions(text, lang)
    assert found
    assert all(m.place for m in found)


@pytest.mark.parametrize(
    ("text", "pair"),
    [("el acuerdo argentino-chileno", ("AR", "CL")), ("la frontera colombo-venezolana", ("CO", "VE"))],
)
def test_a_compound_demonym_names_two_states(text: str, pair: tuple[str, str]) -> None:
    """One mention, two states."""
    assert [m.countries for m in mentions(text)] == [pair]


def test_a_name_is_read_by_its_date() -> None:
    """The same person is president-elect before the day of the oath and president after it."""
    before = mentions("José Antonio Kast viajó.", day=date(2026, 1, 9))[0]
    after = mentions("José Antonio Kast viajó.", day=date(2026, 6, 1))[0]
    assert (before.countries, before.role) == (("CL",), "president-elect")
    assert (after.countries, after.role) == (("CL",), "president")


def test_one_office_shared_by_two_demonyms_gives_two_offices() -> None:
    """"Peruvian and Colombian navies" are two navies."""
    assert [(m.countries[0], m.how) for m in mentions("Peruvian and Colombian navies met.", "en")] == [
        ("PE", "title"),
        ("CO", "title"),
    ]


def test_decomposed_letters_are_read_like_composed_ones() -> None:
    """Feeds write "ñ" as two code points too; names, cues and offsets are the same to a reader."""
    text = unicodedata.normalize("NFD", "El canciller del Perú pidió perdón a España.")
    field = Field("text", text)
    found = actors.find(field, "es", tagger().lexicon.scan(field, "es", accented=True), None)
    assert [m.countries[0] for m in found] == ["PE", "ES"]
    assert [field.evidence(m.start, m.end, "x").text for m in found][1] == unicodedata.normalize("NFD", "España")


@pytest.mark.parametrize(
    ("text", "day", "states"),
    [
        ("Aranguren firmó el contrato.", date(2017, 3, 1), {"AR"}),
        ("Aranguren firmó el contrato.", date(2024, 3, 1), set()),
        ("El exministro Juan José Aranguren firmó el contrato.", date(2024, 3, 1), {"AR"}),
        ("El argentino Aranguren firmó el contrato.", date(2024, 3, 1), {"AR"}),
        ("Bolsonaro respondió.", date(2025, 3, 1), {"BR"}),
        ("Eliseu Padilha respondeu.", date(2017, 3, 1), set()),
        ("O anúncio foi feito no Eliseu.", date(2017, 3, 1), {"FR"}),
    ],
)
def test_the_surname_of_a_forgotten_minister_is_somebody_elses(text: str, day: date, states: set[str]) -> None:
    """A year after the office the surname alone names its holder only beside the state; presidents keep theirs."""
    lang = "pt" if "respondeu" in text or "feito" in text else "es"
    assert {country for mention in mentions(text, lang, day) for country in mention.countries} == states
