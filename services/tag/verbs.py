"""Verb forms for the mark `~verb`, read from tables that are checked in as data (`services/tag/data/verbs-*.tsv`).

Owns the reading of the tables. Does not conjugate: the forms were generated when the tables were built, and their
headers name source and licence. A line is `lemma TAB form TAB` and then tense, mood and the like, which are
not looked at here; the heading and lines that begin with `#` are skipped.
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

    def lemmas(self, lang: str) -> Sequence[str]:
        """The verbs of a language."""
        return list(self._tables.get(lang, {}))

    def forms(self, lang: str, lemma: str) -> Sequence[str]:
        """The forms of a verb, the lemma included. `PatternError` when there is no such verb."""
        table = self._tables.get(lang, {})
        if lemma in table:
            return table[lemma]
        near = get_close_matches(lemma, table, n=3)
        hint = f"; near: {', '.join(near)}" if near else ""
        raise PatternError(f"`~{lemma}`: no such verb in verbs-{lang}.tsv{hint}")


def _read(path: Path) -> dict[str, list[str]]:
    table: dict[str, dict[str, None]] = {}
    if not path.exists():
        return {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith(("#", "lemma\t")):
            continue
        lemma, _, rest = line.partition("\t")
        form = rest.partition("\t")[0]
        if not lemma or not form:
            raise PatternError(f"{path.name}, line {number}: expected `lemma TAB form TAB ...`, found `{line}`")
        table.setdefault(lemma, {lemma: None})[form] = None
    return {lemma: list(forms) for lemma, forms in table.items()}
