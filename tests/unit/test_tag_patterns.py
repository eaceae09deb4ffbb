"""The marks: what each pattern stands for, and what is said of one that cannot be read."""

from __future__ import annotations

import pytest

from services.tag.patterns import PatternError, parse
from tests.unit.tagging import Verbs

VERBS = Verbs({"rechazar": ["rechazar", "rechazó", "rechaza"], "negar": ["negar", "niega"]})
LISTS = {"metal": ["oro", "{cobre|plata}", "tierras raras"]}


def texts(pattern: str) -> list[list[str]]:
    return [sorted(literal.text for literal in part.literals) for part in parse(pattern, "es", VERBS, LISTS).parts]


@pytest.mark.parametrize(
    ("pattern", "wanted"),
    [
        ("minería ilegal", [["mineria ilegal"]]),
        ("minero(s)", [["minero", "mineros"]]),
        ("tráfico (ilícito) de drogas", [["trafico de drogas", "trafico ilicito de drogas"]]),
        ("{oro|cobre} negro", [["cobre negro", "oro negro"]]),
        ("{la |}mina", [["la mina", "mina"]]),
        ("narco{s|tráfico}", [["narcos", "narcotrafico"]]),
        ("mina de <metal>", [["mina de cobre", "mina de oro", "mina de plata", "mina de tierras raras"]]),
        ("~rechazar un acuerdo", [["rechaza un acuerdo", "rechazar un acuerdo", "rechazo un acuerdo"]]),
        ("{~rechazar|~negar}", [["negar", "niega", "rechaza", "rechazar", "rechazo"]]),
        ("tren ...3 aragua", [["tren"], ["aragua"]]),
        ("tráfic* de armas", [["trafic"], ["de armas"]]),
        ("EE. UU.", [["ee  uu"]]),
        (r"\(sic\)", [["sic"]]),
        ("Tocantins d'Oeste", [["tocantins d oeste"]]),
    ],
)
def test_what_a_pattern_stands_for(pattern: str, wanted: list[list[str]]) -> None:
    assert texts(pattern) == wanted


def test_gaps_and_open_ends_are_kept() -> None:
    first, second, third = parse("garimp* ilegal ...4 oro", "es", VERBS).parts
    assert (first.open_end, first.gap) == (True, 0)
    assert (second.open_end, second.gap) == (False, 0)
    assert third.gap == 4


def test_verb_forms_remember_their_accents() -> None:
    (part,) = parse("~rechazar", "es", VERBS).parts
    assert {literal.text: literal.verbs for literal in part.literals}["rechazo"] == ((0, "rechazó"),)


def test_exact_keeps_its_writing() -> None:
    assert parse("=La Paz", "es", VERBS).exact == "La Paz"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "empty"),
        ("...3 oro", "begins with a gap"),
        ("oro ...3", "ends with a gap"),
        ("oro ...99 cobre", "at most ...20"),
        ("{oro|cobre", "not closed"),
        ("oro} negro", "closed that was not opened"),
        ("mina de <piedra>", "no such list in this file (there are: metal)"),
        ("~volar alto", "no such verb"),
        ("a*", "too short"),
        ("{gar*|oro}", "`*` stands at the end"),
        ("{~negar todo|oro}", "a verb inside braces stands alone"),
        ("mina|oro", "a mark that has no meaning here"),
        ("=...", "holds no letter"),
    ],
)
def test_what_is_said_of_a_bad_pattern(pattern: str, said: str) -> None:
    with pytest.raises(
        PatternError,
        match=said.replace("(", r"\(").replace(")", r"\)").replace("*", r"\*").replace("...", r"\.\.\."),
    ):
        parse(pattern, "es", VERBS, LISTS)


def test_a_pattern_that_stands_for_too_much_is_refused() -> None:
    many = "{" + "|".join(f"w{i}" for i in range(200)) + "}"
    with pytest.raises(PatternError, match="split it"):
        parse(f"{many} {many}", "es", VERBS)
