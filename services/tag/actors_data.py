"""Who can act: states, bodies, seats of power, agencies, titles and dated office-holders, read from rule files.

    actors = load(Path("config/actors"))        # RuleFileError: file, line, field and what would be right
    for term in actors.terms: ...               # every name, demonym, capital, seat and agency
        for pattern in term.patterns(): ...     # in the marks of services.tag.patterns
    actors.titles, actors.holders               # offices and who holds them when

Owns the format of ``config/actors`` and its checks. Does not search text and does not know the date: who was in
office is asked with ``OfficeHolder.holds(day)``, what has gone stale with ``office_holder_report`` (see
``services.tag.office_holders``). All values are frozen.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from services.tag.actors_terms import Term, Title, read_terms, read_titles
from services.tag.office_holders import OfficeHolder, read_holders
from services.tag.rulefile import Node, files, read

__all__ = ["Actors", "OfficeHolder", "Term", "Title", "load"]

_FILES = ("states", "bodies", "seats", "agencies")


class Actors(Struct, frozen=True):
    """Everything that ``config/actors`` says."""

    terms: tuple[Term, ...]
    titles: tuple[Title, ...]
    joins: dict[str, tuple[str, ...]]
    """Per language, how a title and a state come together: ``<title> <demonym>``, ``<title> de <state>``."""
    holders: tuple[OfficeHolder, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Every actor's id: ISO 3166 alpha-2, or a body's own id (``EU``, ``MERCOSUR``)."""
        return frozenset(term.actor for term in self.terms)

    def of(self, kind: str) -> Iterator[Term]:
        """The terms of one kind: name, people, capital, body, seat, agency, unless."""
        return (term for term in self.terms if term.kind == kind)

    def by_title(self, role: str) -> Iterator[Title]:
        """The titles of one role."""
        return (title for title in self.titles if title.role == role)


def load(folder: Path) -> Actors:
    """Read the folder. Raises ``RuleFileError`` for the first thing that is wrong."""
    terms = tuple(term for path in files(folder) if _stem(path) in _FILES for term in read_terms(read(path)))
    titles, joins = read_titles(read(folder / "titles.yaml"))
    known = frozenset(term.actor for term in terms)
    roles = frozenset(title.role for title in titles)
    for path in files(folder):
        if _stem(path) not in (*_FILES, "titles"):
            raise _unknown(read(path))
    holders = tuple(
        holder for path in files(folder / "office-holders") for holder in read_holders(read(path), known, roles)
    )
    return Actors(terms=terms, titles=titles, joins=joins, holders=holders)


def _stem(path: Path) -> str:
    """``states-world.yaml`` is a file of states like ``states.yaml``."""
    return path.stem.partition("-")[0]


def _unknown(node: Node) -> Exception:
    names = ", ".join(f"{name}.yaml or {name}-*.yaml" for name in _FILES)
    return node.fail(f"a file of this name is not read; rename it to titles.yaml, {names}")
