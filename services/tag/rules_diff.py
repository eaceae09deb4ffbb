"""What changes when one set of rules replaces another: articles that gain or lose a topic, a dyad or a band.

Owns the comparison and how it is shown. Does not: find articles, load rules.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.model.tagged import Tagged
from services.tag.tagger import Readable, Tagger


class Change(NamedTuple):
    """An article whose tags differ between two sets of rules; weak tags are left out, as `atalaya tag` does."""

    id: str
    title: str
    url: str
    gained: tuple[str, ...]  # topic ids, and dyads as PAIR:area:stance
    lost: tuple[str, ...]
    moved: tuple[tuple[str, str, str], ...]  # topic, band before, band after


class Comparison(NamedTuple):
    """All changes, and of how many articles."""

    articles: int
    changes: Sequence[Change]

    def counts(self) -> list[tuple[str, int, int, int]]:
        """(what, articles that gain it, lose it, see it in another band), the most frequent first."""
        gained = Counter(name for change in self.changes for name in change.gained)
        lost = Counter(name for change in self.changes for name in change.lost)
        moved = Counter(name for change in self.changes for name, _, _ in change.moved)
        total = gained + lost + moved
        return [(name, gained[name], lost[name], moved[name]) for name in sorted(total, key=lambda x: (-total[x], x))]


def compare(old: Tagger, new: Tagger, articles: Iterable[Readable]) -> Comparison:
    """Tags every article twice. Of several versions of one article (one id) the last counts."""
    found: dict[str, Change | None] = {}
    for article in articles:
        found.pop(article.id, None)
        found[article.id] = change_of(article, old.tag(article), new.tag(article))
    return Comparison(len(found), [change for change in found.values() if change])


def change_of(article: Readable, old: Tagged, new: Tagged) -> Change | None:
    """None when the tags are the same."""
    before, after = _labels(old), _labels(new)
    gained, lost = sorted(after.keys() - before.keys()), sorted(before.keys() - after.keys())
    both = sorted(before.keys() & after.keys())
    moved = tuple((name, before[name], after[name]) for name in both if before[name] != after[name])
    if not (gained or lost or moved):
        return None
    title = " ".join((article.title or article.text[:100]).split())
    return Change(article.id, title, getattr(article, "url", ""), tuple(gained), tuple(lost), moved)


def _labels(tagged: Tagged) -> dict[str, str]:
    """Topic or dyad → its band; a dyad has none."""
    dyads = {f"{'-'.join(dyad.pair)}:{dyad.area}:{dyad.stance}": "" for dyad in tagged.dyads}
    return {topic.id: topic.band for topic in tagged.topics} | dyads


def show(comparison: Comparison, notes: Iterable[str], console: Console) -> None:
    """Two tables: every article that changes, and how often each thing is gained and lost."""
    if comparison.changes:
        table = Table("article", "gained", "lost", "band", show_lines=True)
        for change in comparison.changes:
            table.add_row(*_row(change))
        console.print(table)
        counts = Table("", "gained", "lost", "band", box=None)
        for name, *numbers in comparison.counts():
            counts.add_row(name, *(str(number) if number else "" for number in numbers))
        console.print(counts)
    for note in notes:
        console.print(note, soft_wrap=True, highlight=False)
    console.print(f"{len(comparison.changes)} of {comparison.articles} articles change.", highlight=False)


def _row(change: Change) -> Iterator[Text]:
    yield Text.assemble((change.title, "bold"), "\n", (change.url or change.id, "dim"))
    yield Text("\n".join(f"+{name}" for name in change.gained), "green")
    yield Text("\n".join(f"-{name}" for name in change.lost), "red")
    yield Text("\n".join(f"{name}: {before} → {after}" for name, before, after in change.moved), "yellow")


def as_json(comparison: Comparison, **more: Any) -> str:
    """The same for programs, one object; `more` are further fields of it."""
    changes = [
        change._asdict()
        | {"moved": [dict(zip(("topic", "before", "after"), each, strict=True)) for each in change.moved]}
        for change in comparison.changes
    ]
    names = ("what", "gained", "lost", "moved")
    counts = [dict(zip(names, row, strict=True)) for row in comparison.counts()]
    return json.dumps({"articles": comparison.articles, "changes": changes, "counts": counts, **more})
