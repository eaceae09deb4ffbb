"""The tools behind `atalaya rules`: check, try, examples; what is compared by `rules_diff`.

Each function does the work and says it on the given console; the status to exit with comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from services.tag import topic_score
from services.tag.actors_data import load
from services.tag.language import language_of
from services.tag.lexicon import RuleError
from services.tag.office_holders import office_holder_report, report_lines
from services.tag.rulefile import LANGS, RuleFileError
from services.tag.rules_try import explain
from services.tag.tag_cli import Line, read_line
from services.tag.tagger import Tagger


def check(config_dir: Path, cache_dir: Path | None, console: Console, today: date | None = None) -> int:
    """Load the rules and try every example. Says what is wrong, or what there is; office-holders as of ``today``."""
    tagger = loaded(config_dir, cache_dir, console)
    if tagger is None:
        return 1
    table = Table("topic", "area", *(f"{lang} patterns" for lang in LANGS), "examples", box=None)
    for topic in tagger.topics:
        patterns = Counter(rule.langs[0] for rule in topic.rules)
        name = f"[italic]{topic.id} (shared)[/italic]" if topic.is_area else topic.id
        table.add_row(name, topic.area, *(str(patterns[lang]) for lang in LANGS), str(len(topic.examples)))
    console.print(table)
    literals = ", ".join(f"{lang} {len(tagger.lexicon.literals(lang)):,}" for lang in LANGS)
    console.print(f"All examples hold. Version {tagger.version}; engine {tagger.lexicon.engine}; literals: {literals}.")
    if today is not None:
        report = office_holder_report(load(config_dir / "actors").holders, today)
        console.print("\n".join(report_lines(report)), soft_wrap=True, highlight=False)
    return 0


def try_text(
    text: str,
    config_dir: Path,
    cache_dir: Path | None,
    console: Console,
    lang: str | None = None,
    title: str = "",
) -> int:
    """Show what the rules find in a text, and why."""
    tagger = loaded(config_dir, cache_dir, console)
    if tagger is None:
        return 1
    guess = language_of(title, text, lang)
    if not guess.supported:
        console.print(f"The language is `{guess.lang}`; only {', '.join(LANGS)} are tagged. Give --lang to insist.")
        return 1
    console.print(explain(tagger, text, guess.lang, title))
    return 0


def pair_of(old_dir: Path, new_dir: Path, cache_dir: Path | None, console: Console) -> tuple[Tagger, Tagger] | None:
    """Both sets of rules, each with its examples tried; None, and what is wrong on the console, when one is faulty."""
    old = loaded(old_dir, cache_dir, console)
    new = loaded(new_dir, cache_dir, console)
    return (old, new) if old and new else None


def articles_of(lines: Iterable[bytes | str], name: str) -> Iterator[Line]:
    """The articles of a file, one JSON object a line. Raises `ValueError` that names file and line."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield read_line(line)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{name}, line {number}: not an article: {error}") from error


def examples(config_dir: Path, console: Console, topic: str | None = None) -> int:
    """Print the examples of the rule files (or of one topic) and how each fares; 1 when one fails."""
    try:
        tagger = Tagger.load(config_dir, None, try_examples=False)
    except (RuleFileError, RuleError) as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        return 1
    failed = 0
    for each in tagger.topics:
        if topic not in (None, each.id):
            continue
        for example in each.examples:
            tags = tagger.topics_of(example.text, example.lang)
            held = (each.id in tags) == example.wanted
            failed += not held
            mark = "[green]holds[/]" if held else "[red]FAILS[/]"
            wanted = "is" if example.wanted else "is not"
            console.print(
                f"{mark}  {example.lang} {wanted} {each.id}: {example.text}  [dim]{', '.join(sorted(tags))}[/]"
            )
    return 1 if failed else 0


def loaded(config_dir: Path, cache_dir: Path | None, console: Console) -> Tagger | None:
    """The rules with their examples tried; None, and what is wrong on the console, when they are faulty."""
    try:
        return Tagger.load(config_dir, cache_dir)
    except (RuleFileError, RuleError) as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        return None


def confidence_of(tagger: Tagger, text: str, lang: str, area: str) -> float:
    """The confidence that a text has an area (for tests and notebooks)."""
    reading = tagger.read("", text, lang)
    return topic_score.score(reading.document, [hit for hit in reading.topics.hits if hit.area == area]).confidence
