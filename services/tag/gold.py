"""Labelled articles and sentences: what a reader says should be found.

Owns the shape of the files under ``tests/data/accuracy/`` and the errors that a wrong line gives. It reads text that
somebody else has opened, so it is pure. It does not judge labels; ``docs/labelling.md`` says how they are given.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

AREAS: Final = ("security", "migration", "mining")
STANCES: Final = ("cooperate", "propose", "consult", "reject", "conflict")
LANGUAGES: Final = ("es", "pt", "en")
BODIES: Final = frozenset({"EU", "UN", "OAS", "IOM", "MERCOSUR", "CAN"})


class GoldError(ValueError):
    """A labelled line that cannot be used; the message names file, line and field and what would be right."""


@dataclass(frozen=True, slots=True, order=True)
class Dyad:
    """Two states, or a state and a body, that act on one another in one area. ``first`` sorts before ``second``."""

    first: str
    second: str
    area: str


@dataclass(frozen=True, slots=True)
class GoldArticle:
    """One labelled article. An area is ``None`` where readers may differ; each dyad has its admissible stances."""

    id: str
    lang: str
    title: str
    text: str
    case: str
    areas: Mapping[str, bool | None]
    dyads: Mapping[Dyad, frozenset[str]]
    optional: frozenset[Dyad]


@dataclass(frozen=True, slots=True)
class GoldSentence:
    """One sentence with one relation. ``expected`` maps each judged field to its admissible values."""

    id: str
    lang: str
    text: str
    states: frozenset[str]
    expected: Mapping[str, tuple[str | bool, ...]]


def read_articles(name: str, content: str) -> list[GoldArticle]:
    """The labelled articles of one JSON Lines file. ``name`` only serves messages. Raises ``GoldError``."""
    found = [_article(where, record) for where, record in _records(name, content)]
    _unique(name, [item.id for item in found])
    return found


def read_sentences(name: str, content: str) -> list[GoldSentence]:
    """The labelled sentences of one JSON Lines file. ``name`` only serves messages. Raises ``GoldError``."""
    found = [_sentence(where, record) for where, record in _records(name, content)]
    _unique(name, [item.id for item in found])
    return found


def _records(name: str, content: str) -> Iterator[tuple[str, dict[str, Any]]]:
    # Split on line feeds alone: a text may hold U+2028, which splitlines() takes for an end of line.
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            record = json.loads(line)
        except ValueError as error:
            raise GoldError(f"{where}: not a JSON object ({error})") from error
        if not isinstance(record, dict):
            raise GoldError(f"{where}: a JSON object is needed, not {type(record).__name__}")
        yield where, record


def _article(where: str, record: dict[str, Any]) -> GoldArticle:
    dyads = dict(_dyad(where, "dyads", item) for item in _list(where, record, "dyads"))
    optional = frozenset(_dyad(where, "dyads_optional", item)[0] for item in _list(where, record, "dyads_optional"))
    if both := optional & dyads.keys():
        raise GoldError(
            f"{where}, field dyads_optional: {sorted(both)[0]} is expected and optional; keep one of the two"
        )
    return GoldArticle(
        id=_text(where, record, "id"),
        lang=_choice(where, "lang", record.get("lang"), LANGUAGES),
        title=_text(where, record, "title"),
        text=_text(where, record, "text"),
        case=_text(where, record, "kind_of_case"),
        areas=_areas(where, record.get("areas")),
        dyads=dyads,
        optional=optional,
    )


def _sentence(where: str, record: dict[str, Any]) -> GoldSentence:
    expected = record.get("expected")
    if not isinstance(expected, dict) or not expected:
        raise GoldError(f'{where}, field expected: an object such as {{"kind": "reject"}} is needed')
    return GoldSentence(
        id=_text(where, record, "id"),
        lang=_choice(where, "lang", record.get("lang"), LANGUAGES),
        text=_text(where, record, "text"),
        states=frozenset((*_list(where, record, "actors"), *_list(where, record, "recipients"))),
        expected={field: tuple(value) if isinstance(value, list) else (value,) for field, value in expected.items()},
    )


def _dyad(where: str, field: str, item: Any) -> tuple[Dyad, frozenset[str]]:
    if not isinstance(item, dict):
        raise GoldError(f"{where}, field {field}: an object with pair, area and stance is needed, not {item!r}")
    pair = item.get("pair")
    if not isinstance(pair, list) or len(pair) != 2 or not all(_is_code(code) for code in pair):
        raise GoldError(f'{where}, field {field}.pair: two codes such as ["CL", "PE"] are needed, not {pair!r}')
    if not pair[0] < pair[1]:
        raise GoldError(f"{where}, field {field}.pair: {pair!r} is not in alphabetical order")
    area = _choice(where, f"{field}.area", item.get("area"), AREAS)
    given = item.get("stance")
    stances = given if isinstance(given, list) and given else [given]
    return Dyad(pair[0], pair[1], area), frozenset(_choice(where, f"{field}.stance", s, STANCES) for s in stances)


def _is_code(code: object) -> bool:
    return isinstance(code, str) and (code in BODIES or (len(code) == 2 and code.isascii() and code.isupper()))


def _areas(where: str, given: Any) -> dict[str, bool | None]:
    if not isinstance(given, dict) or set(given) != set(AREAS):
        raise GoldError(f"{where}, field areas: exactly {', '.join(AREAS)} are needed, not {given!r}")
    for area, value in given.items():
        if value not in (0, 1, None):
            raise GoldError(f"{where}, field areas.{area}: 0, 1 or null is needed, not {value!r}")
    return {area: None if value is None else bool(value) for area, value in given.items()}


def _text(where: str, record: dict[str, Any], field: str) -> str:
    value = record.get(field)
    if not isinstance(value, str) or not value.strip():
        raise GoldError(f"{where}, field {field}: a text that is not empty is needed, not {value!r}")
    return value


def _list(where: str, record: dict[str, Any], field: str) -> list[Any]:
    value = record.get(field)
    if not isinstance(value, list):
        raise GoldError(f"{where}, field {field}: a list is needed, not {value!r}")
    return value


def _choice(where: str, field: str, value: Any, allowed: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise GoldError(f"{where}, field {field}: one of {', '.join(allowed)} is needed, not {value!r}")
    return value


def _unique(name: str, ids: list[str]) -> None:
    seen: set[str] = set()
    for item in ids:
        if item in seen:
            raise GoldError(f"{name}: the id {item!r} occurs twice; every id must be given once")
        seen.add(item)
