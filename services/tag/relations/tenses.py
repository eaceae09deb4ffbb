"""The tense of a verb form, looked up in the tables that `~verb` patterns come from.

Owns the lookup. A form that may be several tenses gives the first in the order below: news is told in the past.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from services.tag.verbs import DATA

ORDER = ("past", "participle", "future", "conditional", "imperfect", "present", "gerund", "infinitive", "subjunctive")


@lru_cache(maxsize=1)
def tables(folder: Path = DATA) -> Mapping[str, Mapping[str, str]]:
    """Per language: lower-case written form → tense."""
    return {lang: _read(folder / f"verbs-{lang}.tsv", lang) for lang in ("es", "pt", "en")}


def _read(path: Path, lang: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("#") or len(cells) < 4:
            continue
        tense = cells[2] if cells[3] != "subjunctive" else "subjunctive"
        known = found.get(cells[1])
        if known is None or _rank(tense) < _rank(known):
            found[cells[1]] = tense
    return found


def _rank(tense: str) -> int:
    return ORDER.index(tense) if tense in ORDER else len(ORDER)


@lru_cache(maxsize=8_192)  # the press has few verbs
def tense_of(lang: str, written: str) -> str:
    """The tense of the first word of a cue, "" when it is no verb of the tables."""
    first = written.lower().split(" ", 1)[0]
    return tables().get(lang, {}).get(first, "")
