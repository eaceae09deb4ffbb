"""Writes the verb tables of ``services/tag/data``: ``python -m services.tag.build.verbs [--check]``.

Owns the format of ``verbs-LANG.tsv`` and reads ``verbs-LANG.txt`` beside this file. Run at build time only; the
tables are checked in, and a test holds that they are what this module would write.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from services.tag.build import verbs_en, verbs_es, verbs_pt
from services.tag.build.forms import Form

LANGUAGES: dict[str, Callable[[str, str], list[Form]]] = {
    "es": verbs_es.forms,
    "pt": verbs_pt.forms,
    "en": verbs_en.forms,
}
COLUMNS = ("lemma", "form", "tense", "mood", "person", "number", "clitic")
_HERE = Path(__file__).parent
_DATA = _HERE.parent / "data"


def lemmas(text: str, name: str) -> Iterator[tuple[str, str]]:
    """The verbs of a list with their change of stem, each once, in alphabetical order.

    Raises ValueError with file and line when a verb is listed with two different changes.
    """
    seen: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        for word in line.partition("#")[0].split():
            lemma, _, change = word.partition("/")
            if lemma.endswith("+"):
                lemma, change = lemma[:-1], "+"
            if seen.setdefault(lemma, change) != change:
                raise ValueError(f"{name}:{number}: {lemma!r} was listed before with change {seen[lemma]!r}")
    yield from sorted(seen.items())


def table(lang: str, text: str) -> str:
    """The table of one language as tab-separated text with a header, sorted, no row twice."""
    name = f"verbs-{lang}.txt"
    rows = {_row(lemma, form) for lemma, change in lemmas(text, name) for form in _forms(lang, lemma, change)}
    return "".join("\t".join(row) + "\n" for row in [("# lemma", *COLUMNS[1:]), *sorted(rows)])


def _forms(lang: str, lemma: str, change: str) -> Iterator[Form]:
    """The forms of one verb; "repatriar/,í" has those of both ways (repatria, repatría)."""
    for way in change.split(","):
        yield from LANGUAGES[lang](lemma, way)


def _row(lemma: str, form: Form) -> tuple[str, ...]:
    return (lemma, form.word, form.tense, form.mood, form.person, form.number, form.clitic)


def main(arguments: list[str]) -> int:
    """Writes the tables, or with ``--check`` says which differ; the exit status is 1 when one differs."""
    stale = 0
    for lang in LANGUAGES:
        target = _DATA / f"verbs-{lang}.tsv"
        wanted = table(lang, (_HERE / f"verbs-{lang}.txt").read_text(encoding="utf-8"))
        if target.exists() and target.read_text(encoding="utf-8") == wanted:
            continue
        stale += 1
        if "--check" not in arguments:
            target.write_text(wanted, encoding="utf-8")
        sys.stderr.write(f"{target.name}: {'differs' if '--check' in arguments else 'written'}\n")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
