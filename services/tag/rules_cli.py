"""The tools behind `atalaya rules`: check, try, diff, examples.

Each function does the work and says it on the given console; the status to exit with comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table

from services.model.tagged import Tagged
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
    tagger = _loaded(config_dir, cache_dir, console)
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
    tagger = _loaded(config_dir, cache_dir, console)
    if tagger is None:
        return 1
    guess = language_of(title, text, lang)
    if not guess.supported:
        console.print(f"The language is `{guess.lang}`; only {', '.join(LANGS)} are tagged. Give --lang to insist.")
        return 1
    console.print(explain(tagger, text, guess.lang, title))
    return 0


class Change(NamedTuple):
    """An article whose tags differ between two sets of rules."""

    article: Line
    gained: tuple[str, ...]
    lost: tuple[str, ...]


def diff(
    old_dir: Path, new_dir: Path, articles: Iterable[bytes | str], cache_dir: Path | None, console: Console
) -> int:
    """List the articles that gain or lose a topic or a dyad when NEW replaces OLD."""
    old, new = _loaded(old_dir, cache_dir, console), _loaded(new_dir, cache_dir, console)
    if old is None or new is None:
        return 1
    total, gains, losses = 0, Counter[str](), Counter[str]()
    for change in changes(old, new, (read_line(line) for line in articles if line.strip())):
        total += 1
        gains.update(change.gained)
        losses.update(change.lost)
        console.print(f"[bold]{change.article.title or change.article.text[:80]}[/bold] [dim]{change.article.id}[/dim]")
        console.print(
            "   " + " ".join([f"[green]+{x}[/]" for x in change.gained] + [f"[red]-{x}[/]" for x in change.lost])
        )
    console.print(f"{total} articles change: {_counted(gains) or 'no gains'}; {_counted(losses) or 'no losses'}.")
    return 0


def changes(old: Tagger, new: Tagger, articles: Iterable[Line]) -> Iterator[Change]:
    """The articles whose topics or dyads differ, in order."""
    for article in articles:
        before, after = _labels(old.tag(article)), _labels(new.tag(article))
        if before != after:
            yield Change(article, tuple(sorted(after - before)), tuple(sorted(before - after)))


def _labels(tagged: Tagged) -> frozenset[str]:
    dyads = (f"{'-'.join(dyad.pair)}:{dyad.area}:{dyad.stance}" for dyad in tagged.dyads)
    return frozenset((*(topic.id for topic in tagged.topics), *dyads))


def _counted(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counter.most_common(12))


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


def add_example(config_dir: Path, topic: str, lang: str, text: str, *, wanted: bool) -> Path:
    """Write a sentence into a topic's file as an example, or as a counter-example. `RuleFileError` when it can't."""
    path = config_dir / "topics" / f"{topic}.yaml"
    if not path.exists():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml")))
        raise RuleFileError(path, 1, "id", f"no such topic; there are: {known}")
    lines = path.read_text(encoding="utf-8").splitlines()
    key = "  examples: |" if wanted else "  counter: |"
    try:
        start = lines.index(f"{lang}:")
        at = lines.index(key, start)
    except ValueError:
        raise RuleFileError(
            path, 1, f"{lang}.{key.strip(' :|')}", "no such block to add to; write it by hand"
        ) from None
    lines.insert(at + 1, "    " + " ".join(text.split()))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _loaded(config_dir: Path, cache_dir: Path | None, console: Console) -> Tagger | None:
    try:
        return Tagger.load(config_dir, cache_dir)
    except (RuleFileError, RuleError) as error:
        console.print(f"[red]{error}[/]", soft_wrap=True)
        return None


def confidence_of(tagger: Tagger, text: str, lang: str, area: str) -> float:
    """The confidence that a text has an area (for tests and notebooks)."""
    reading = tagger.read("", text, lang)
    return topic_score.score(reading.document, [hit for hit in reading.topics.hits if hit.area == area]).confidence
