"""Verb forms for the mark `~verb`, read from tables that are checked in as data (`services/tag/data/verbs-*.tsv`).

Owns the reading of the tables. Does not conjugate: the forms were generated when the tables were built, and their
headers name source and licence. A line is `lemma TAB form TAB anything`; lines that begin with `#` are comments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from services.tag.patterns import PatternError

DATA = Path(__file__).parent / "data"
LANGS = ("es", "pt", "en")


class VerbTables:
    """The forms of each verb, by language."""

    def __init__(self, tables: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self._tables = tables

    @classmethod
    def load(cls, folder: Path = DATA) -> VerbTables:
        """Read `verbs-es.tsv`, `verbs-pt.tsv` and `verbs-en.tsv`; a missing table is an empty one."""
        return cls({lang: _read(folder / f"verbs-{lang}.tsv") for lang in LANGS})

    def forms(self, lang: str, lemma: str) -> Sequence[str]:
        """The forms of a verb, the lemma included. `PatternError` when there is no such verb."""
        table = self._tables.get(lang, {})
        if lemma in table:
            return table[lemma]
        near = get_close_matches(lemma, table, n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise PatternError(f"`~{lemma}`: no such verb in verbs-{lang}.tsv{hint}")


def _read(path: Path) -> dict[str, list[str]]:
    table: dict[str, list[str]] = {}
    if not path.exists():
        return table
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) < 2 or not cells[0] or not cells[1]:
            raise PatternError(f"{path.name}, line {number}: expected `lemma TAB form`, found `{line}`")
        forms = table.setdefault(cells[0], [cells[0]])
        if cells[1] not in forms:
            forms.append(cells[1])
    return table
