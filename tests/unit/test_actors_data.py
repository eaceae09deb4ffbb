"""Actor data: the shipped files load and are complete where users live, and a wrong line is named with its place."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from services.tag.actors_data import Actors, load
from services.tag.actors_terms import Term
from services.tag.office_holders import OfficeHolder, office_holder_report, report_lines
from services.tag.patterns import parse
from services.tag.rulefile import LANGS, RuleFileError
from services.tag.verbs import VerbTables
from services.tag.written import without_accents

CONFIG = Path(__file__).parents[2] / "config" / "actors"
SOUTH_AMERICA = ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY", "VE")
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def actors() -> Actors:
    return load(CONFIG)


def _patterns(actors: Actors, actor: str, kind: str, lang: str) -> set[str]:
    return {p for term in actors.of(kind) if term.actor == actor and lang in term.langs for p in term.patterns()}


def test_every_pattern_can_be_read(actors: Actors) -> None:
    verbs = VerbTables.load()
    for term in actors.terms:
        for pattern in term.patterns():
            for lang in term.langs:
                parse(pattern, lang, verbs)
    for title in actors.titles:
        parse(title.pattern, title.lang, verbs)


def test_all_states_of_the_world_and_the_bodies_are_there(actors: Actors) -> None:
    assert len({actor for actor in actors.ids if len(actor) == 2}) >= 195
    assert {"EU", "UN", "OAS", "IOM", "MERCOSUR", "CAN", "INTERPOL", "EUROPOL", "CELAC"} <= actors.ids


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("state", SOUTH_AMERICA)
def test_south_america_is_complete_in_every_language(actors: Actors, state: str, lang: str) -> None:
    for kind in ("name", "people", "capital"):
        assert _patterns(actors, state, kind, lang), f"{state} has no {kind} in {lang}"
    assert any(term.actor == state for term in actors.of("seat"))


@pytest.mark.parametrize(
    ("actor", "kind", "lang", "pattern"),
    [
        ("PE", "name", "es", "=Perú"),
        ("PE", "name", "es", "=PERU"),
        ("PE", "name", "pt", "=Peru"),
        ("BO", "capital", "es", "=La Paz"),
        ("US", "name", "es", "=EE.UU."),
        ("US", "name", "es", "=EEUU"),
        ("US", "name", "pt", "=EUA"),
        ("US", "name", "en", "=US"),
        ("GB", "name", "en", "=UK"),
        ("BR", "seat", "pt", "=Itamaraty"),
        ("CL", "seat", "es", "=LA MONEDA"),
        ("EC", "seat", "en", "=Carondelet"),
        ("CO", "agency", "es", "=Migración Colombia"),
        ("CL", "agency", "es", "=PDI"),
        ("UN", "body", "es", "=ACNUR"),
        ("OAS", "body", "pt", "=CIDH"),
        ("NO", "name", "es", "=Noruega"),
        ("PE", "people", "es", "peruan{o|a|os|as}"),
    ],
)
def test_what_the_press_writes_is_there(actors: Actors, actor: str, kind: str, lang: str, pattern: str) -> None:
    assert pattern in _patterns(actors, actor, kind, lang)


def test_no_unguarded_name_stands_for_two_actors(actors: Actors) -> None:
    owner: dict[tuple[str, str], str] = {}
    for term in actors.terms:
        if term.kind in ("unless", "people") or term.guarded:
            continue
        for pattern in term.patterns():
            for lang in term.langs:
                assert owner.setdefault((pattern, lang), term.actor) == term.actor, pattern


@pytest.mark.parametrize(
    ("actor", "word"), [("GE", "=Georgia"), ("JO", "=Jordan"), ("TD", "=Chad"), ("TR", "=Turkey"), ("CL", "=Santiago")]
)
def test_names_that_mean_other_things_are_guarded(actors: Actors, actor: str, word: str) -> None:
    found = [term for term in actors.terms if term.actor == actor and term.pattern == word]
    assert found and all(term.guarded for term in found)


def test_armed_groups_are_no_actors(actors: Actors) -> None:
    words = {without_accents(term.pattern.lstrip("=")).lower() for term in actors.terms}
    assert not words & {"farc", "eln", "tren de aragua", "pcc", "comando vermelho", "los choneros"}


def test_exact_names_are_also_looked_for_without_accents_and_in_capitals() -> None:
    assert Term("ES", "name", "es", "=España").patterns() == ("=España", "=Espana", "=ESPAÑA", "=ESPANA")
    assert Term("CL", "people", "es", "chilen{o|a}").patterns() == ("chilen{o|a}",)


# --- office-holders -----------------------------------------------------------------------------------------

WHO = [
    ("CL", "president", "2021-01-01", "Sebastián Piñera"),
    ("CL", "president", "2026-03-10", "Gabriel Boric"),
    ("CL", "president", "2026-03-11", "José Antonio Kast"),
    ("AR", "president", "2016-06-01", "Mauricio Macri"),
    ("AR", "president", "2024-06-01", "Javier Milei"),
    ("BR", "president", "2020-01-01", "Jair Bolsonaro"),
    ("BO", "president", "2025-11-09", "Rodrigo Paz"),
    ("CO", "president", "2019-01-01", "Iván Duque"),
    ("EC", "president", "2024-01-01", "Daniel Noboa"),
    ("PE", "president", "2025-11-01", "José Jerí"),
    ("PE", "president", "2026-09-01", "Keiko Fujimori"),
    ("PY", "president", "2024-01-01", "Santiago Peña"),
    ("UY", "president", "2025-03-01", "Yamandú Orsi"),
    ("VE", "president", "2026-02-01", "Delcy Rodríguez"),
    ("GY", "president", "2026-01-01", "Irfaan Ali"),
    ("SR", "president", "2026-01-01", "Jennifer Geerlings-Simons"),
    ("CL", "foreign-minister", "2024-01-01", "Alberto van Klaveren"),
]


@pytest.mark.parametrize(("country", "role", "day", "name"), WHO)
def test_who_held_the_office_on_a_day(actors: Actors, country: str, role: str, day: str, name: str) -> None:
    when = date.fromisoformat(day)
    held = [h.name for h in actors.holders if (h.country, h.role) == (country, role) and h.holds(when)]
    assert held == [name]


def test_every_row_names_a_page_that_was_opened(actors: Actors) -> None:
    assert len(actors.holders) > 500
    for row in actors.holders:
        assert row.source and all(address.startswith("http") for address in row.source.split()), row.name


@pytest.mark.parametrize("state", SOUTH_AMERICA)
def test_one_president_at_a_time(actors: Actors, state: str) -> None:
    rows = sorted((h for h in actors.holders if (h.country, h.role) == (state, "president")), key=lambda row: row.since)
    assert rows
    for before, after in pairwise(rows):
        assert before.until is not None and before.until <= after.since, f"{before.name} and {after.name} overlap"
    assert rows[-1].holds(TODAY), f"nobody is president of {state}"


def test_no_alias_belongs_to_two_states_on_one_day(actors: Actors) -> None:
    by_alias: dict[str, list[OfficeHolder]] = {}
    for row in actors.holders:
        for alias in row.aliases:
            by_alias.setdefault(alias, []).append(row)
    shared = {
        (alias, one.country, other.country)
        for alias, rows in by_alias.items()
        for one in rows
        for other in rows
        if one.country < other.country and _overlap(one, other)
    }
    assert shared == set()


def _overlap(one: OfficeHolder, other: OfficeHolder) -> bool:
    return max(one.since, other.since) < min(one.until or date.max, other.until or date.max)


def test_the_report_on_the_shipped_rows(actors: Actors) -> None:
    report = office_holder_report(actors.holders, TODAY)
    assert report.rows == len(actors.holders)
    assert report.unsure_share < 0.4
    assert not [row for row in report.expired if row.country in SOUTH_AMERICA]


def _row(
    role: str, since: str, until: str | None = None, unsure: bool = False, seen: str | None = None
) -> OfficeHolder:
    end = date.fromisoformat(until) if until else None
    last = date.fromisoformat(seen) if seen else None
    return OfficeHolder("A", ("A",), "CL", role, date.fromisoformat(since), end, "https://x", unsure, last)


def test_the_report_lists_unsure_stale_and_vacant() -> None:
    rows = [
        _row("president", "2018-03-11", "2022-03-11"),
        _row("foreign-minister", "2019-01-01"),
        _row("mining-minister", "2019-01-01", seen="2026-01-01"),
        _row("president-elect", "2024-12-01", unsure=True),
        _row("monarch", "1990-01-01"),
    ]
    report = office_holder_report(rows, TODAY)
    assert [row.role for row in report.expired] == ["foreign-minister", "president-elect"]
    assert report.unsure == (rows[3],)
    assert report.unsure_share == 0.2
    assert report.vacant == (("CL", "president"),)
    assert list(report_lines(report)) == [
        "Office-holders: 5 rows, 1 of them unsure (20.0%).",
        "  stale: , line 0: A, CL foreign-minister, last known 2019-01-01",
        "  stale: , line 0: A, CL president-elect, last known 2024-12-01",
        "  nobody today: CL president",
    ]


def test_the_report_on_no_rows() -> None:
    assert office_holder_report([], TODAY).unsure_share == 0.0


# --- wrong files --------------------------------------------------------------------------------------------

GOOD = {
    "states.yaml": "CL:\n  es:\n    names: |\n      Chile\n",
    "titles.yaml": "joins:\n"
    + "".join(f"  {lang}: |\n    <title> <demonym>\n" for lang in LANGS)
    + "roles:\n  president:\n    es: |\n      presidente\n",
    "office-holders/cl.yaml": (
        "sources:\n  page: https://example.org\nholders:\n  CL:\n    president: |\n"
        "      Ana Soto | =Soto | 2022-03-11 | | page\n"
    ),
}


def _write(folder: Path, **changed: str) -> Path:
    (folder / "office-holders").mkdir()
    for name, text in GOOD.items():
        key = name.partition(".")[0].replace("office-holders/cl", "holders")
        (folder / name).write_text(changed.get(key, text), encoding="utf-8")
    return folder


def test_the_smallest_good_folder_loads(tmp_path: Path) -> None:
    actors = load(_write(tmp_path))
    assert actors.holders[0].aliases == ("Ana Soto", "=Soto", "=SOTO")
    assert actors.holders[0].holds(date(2022, 3, 11)) and not actors.holders[0].holds(date(2022, 3, 10))


@pytest.mark.parametrize(
    ("key", "old", "new", "where", "says"),
    [
        ("states", "CL:", "Chile:", "states.yaml, line 2", "`Chile` is no id"),
        ("states", "names:", "name:", "CL.es.name", "unknown key"),
        ("states", "Chile", "?", "states.yaml, line 4", "has a mark but no words"),
        ("titles", "president:", "presidnt:", "roles.presidnt", "unknown role"),
        ("titles", "<title> <demonym>", "<demonym>", "titles.yaml, line 3", "a join holds <title>"),
        ("holders", " | page", "", "cl.yaml, line 6", "expected `name | also | since | until | source`"),
        ("holders", "| page", "| elsewhere", "cl.yaml, line 6", "`elsewhere` is not among this file's sources (page)"),
        ("holders", "2022-03-11 |", "2022-03 |", "cl.yaml, line 6", "with less known write `2022-03?`"),
        ("holders", "2022-03-11 |", "11.3.2022? |", "cl.yaml, line 6", "expected YYYY-MM-DD"),
        ("holders", "11 | |", "11 | 2021-01-01 |", "cl.yaml, line 6", "must begin before it ends"),
        ("holders", "CL:", "XX:", "holders.XX", "`XX` is no actor"),
        ("holders", "president:", "queen:", "holders.CL.queen", "is no role of titles.yaml"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, key: str, old: str, new: str, where: str, says: str) -> None:
    name = {"states": "states.yaml", "titles": "titles.yaml", "holders": "office-holders/cl.yaml"}[key]
    folder = _write(tmp_path, **{key: GOOD[name].replace(old, new, 1)})
    with pytest.raises(RuleFileError) as caught:
        load(folder)
    assert where in str(caught.value) and says in str(caught.value)


def test_a_file_that_nobody_reads_is_an_error(tmp_path: Path) -> None:
    folder = _write(tmp_path)
    (folder / "countries.yaml").write_text("CL: {}\n", encoding="utf-8")
    with pytest.raises(RuleFileError, match="a file of this name is not read"):
        load(folder)


def test_norway_without_quotes_is_norway(tmp_path: Path) -> None:
    folder = _write(tmp_path, states="NO:\n  es:\n    names: |\n      Noruega\nCL:\n  es:\n    names: |\n      Chile\n")
    assert "NO" in load(folder).ids


def test_a_date_that_is_not_certain_is_unsure(tmp_path: Path) -> None:
    folder = _write(
        tmp_path, holders=GOOD["office-holders/cl.yaml"].replace("2022-03-11 | |", "2022-03? | >2026-01-02 |")
    )
    row = load(folder).holders[0]
    assert row.unsure and row.since == date(2022, 3, 1)
    assert row.until is None and row.confirmed == date(2026, 1, 2)
