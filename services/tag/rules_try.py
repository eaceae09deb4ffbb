"""What `atalaya rules try` shows: a sentence with its matches in colour, and why it was tagged as it was.

Owns the words of the explanation. Does not: decide anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from services.model.tagged import AREAS, LIKELY, Tagged, band_of
from services.tag import topic_score
from services.tag.hits import Hit
from services.tag.tag_cli import Line
from services.tag.tagger import Reading, Tagger
from services.tag.text import Field

_STYLE = {
    "security": "bold white on red",
    "migration": "bold black on yellow",
    "mining": "bold white on blue",
}
_WEAK = {"security": "red", "migration": "yellow", "mining": "blue"}
_BAND = {"firm": "bold green", "likely": "green", "weak": "dim"}


def explain(tagger: Tagger, text: str, lang: str, title: str = "") -> RenderableType:
    """Everything the rules see in a text, ready for a rich console."""
    reading = tagger.read(title, text, lang)
    tagged = tagger.tag(Line("try", title, text, lang), 0.0)
    return Group(*_parts(reading, tagged))


def _parts(reading: Reading, tagged: Tagged) -> Iterator[RenderableType]:
    for field in reading.document.fields:
        if field.view:
            yield _coloured(field, reading.topics.hits)
    yield Text()
    yield from _areas(reading)
    yield _evidence(tagged)
    if tagged.blocked:
        yield _blocked(tagged)
    if tagged.relations:
        yield _relations(tagged)
    if not tagged.topics:
        yield Text("No topic: nothing here matches a topic's pattern.", style="bold")


def _coloured(field: Field, hits: Sequence[Hit]) -> Text:
    shown = Text(field.view)
    for hit in sorted(hits, key=lambda hit: hit.strength == "strong"):
        if hit.field is field:
            styles = _STYLE if hit.strength == "strong" else _WEAK
            shown.stylize("dim strike" if hit.strength == "against" else styles[hit.area], hit.start, hit.end)
    return shown


def _areas(reading: Reading) -> Iterator[RenderableType]:
    """The sum behind each area's confidence, term by term."""
    for area in AREAS:
        hits = [hit for hit in reading.topics.hits if hit.area == area]
        score = topic_score.score(reading.document, hits)
        if not score.why:
            continue
        band = band_of(score.confidence)
        terms = "  ".join(f"{name} {value:+.2f}" for name, value in score.why)
        line = Text.assemble((f"{area} {score.confidence:.2f} ({band})", _BAND[band]), "  = ", (terms, "dim"))
        if score.confidence < LIKELY:
            line.append("  below .6: not in the default output")
        yield line


def _evidence(tagged: Tagged) -> Table:
    table = Table("topic", "confidence", "found", "rule", title="Topics", title_justify="left", box=None)
    for topic in tagged.topics:
        for place, item in enumerate(topic.evidence):
            name = topic.id if place == 0 else ""
            figure = f"{topic.confidence:.2f} {topic.band}" if place == 0 else ""
            table.add_row(name, figure, f"“{item.text}”", item.rule)
    return table


def _blocked(tagged: Tagged) -> Table:
    table = Table("topic", "set aside", "by", title="Blocked", title_justify="left", box=None)
    for item in tagged.blocked:
        table.add_row(item.topic, f"“{item.text}”", item.rule)
    return table


def _relations(tagged: Tagged) -> Table:
    table = Table("relation", "who", "confidence", "why", title="Relations", title_justify="left", box=None)
    for relation in tagged.relations:
        flags = [name for name in ("negated", "hypothetical", "quoted") if getattr(relation, name)]
        what = " ".join([relation.kind, f"({relation.tense})", *flags])
        who = f"{', '.join(relation.actors)} → {', '.join(relation.recipients)}"
        table.add_row(what, who, f"{relation.confidence:.2f}", "; ".join(relation.why))
    return table
