"""`make accuracy`: score the tagger on the project's own labelled set and write `docs/accuracy.md`.

    python -m services.tag.accuracy_report            # writes docs/accuracy.md
    python -m services.tag.accuracy_report --accept   # and takes the figures as the new baseline

The baseline (`tests/data/accuracy/baseline.json`) holds each figure with the lower end of its interval; `make test`
fails when a figure falls below that end (`tests/unit/test_accuracy_baseline.py`). Owns the list of figures and the
page. The arithmetic is `services.tag.accuracy`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.tag import accuracy
from services.tag.accuracy import Estimate, Row
from services.tag.gold import AREAS, GoldArticle, read_articles, read_sentences
from services.tag.tagger import Tagger

CONFIG = Path("config")
LABELS = Path("tests/data/accuracy")
BASELINE = LABELS / "baseline.json"
PAGE = Path("docs/accuracy.md")
SETS: Mapping[str, tuple[str, ...]] = {
    "articles": ("articles.jsonl",),
    "neighbours, read by the rule writers": ("neighbours-seen.jsonl",),
    "neighbours, never read": ("neighbours-unseen.jsonl",),
    "wire reports, by a rule writer": ("wire.jsonl",),
    "the tour": ("tour/article.jsonl", "tour/wires.jsonl", "tour/loose.jsonl"),
    "other tours, told loosely": ("tour/others.jsonl",),
}
Figure = Callable[[Sequence[Row]], float]


class Input(NamedTuple):
    """An article as the tagger reads it (`services.tag.tagger.Readable`)."""

    id: str
    title: str
    text: str
    lang: str | None
    published: str | None
    outlet_country: str | None


class Report(NamedTuple):
    """All figures: by set, then by name; and the sentences with flags, right of all."""

    figures: Mapping[str, Mapping[str, Estimate]]
    flags: tuple[int, int]
    sizes: Mapping[str, int]


def measure(tagger: Tagger, labels: Path = LABELS) -> Report:
    """Tag every labelled text and compare."""
    figures: dict[str, dict[str, Estimate]] = {}
    sizes: dict[str, int] = {}
    for name, files in SETS.items():
        rows = [row for file in files for row in _rows(tagger, labels / file)]
        sizes[name] = len(rows)
        figures[name] = {label: accuracy.estimate(rows, figure) for label, figure in _figures().items()}
    return Report(figures, _flags(tagger, labels / "flags.jsonl"), sizes)


def _rows(tagger: Tagger, path: Path) -> list[Row]:
    content = path.read_text(encoding="utf-8")
    gold = read_articles(path.name, content)
    raw = {item["id"]: item for item in (json.loads(line) for line in content.split("\n") if line.strip())}
    return accuracy.compare_all(gold, (_tags(tagger, article, raw[article.id]) for article in gold))


def _tags(tagger: Tagger, article: GoldArticle, raw: Mapping[str, Any]) -> Mapping[str, Any]:
    read = Input(article.id, article.title, article.text, article.lang, raw.get("published"), raw.get("outlet_country"))
    found: Mapping[str, Any] = msgspec.to_builtins(tagger.tag(read))
    return found


def _figures() -> dict[str, Figure]:
    found: dict[str, Figure] = {}
    for area in AREAS:
        found[f"{area} F1"] = _area(area)
    found["dyad precision"] = lambda rows: accuracy.dyad_counts(rows).precision
    found["dyad recall"] = lambda rows: accuracy.dyad_counts(rows).recall
    found["dyad F1"] = lambda rows: accuracy.dyad_counts(rows).f1
    found["dyad F1, South American pairs"] = lambda rows: accuracy.dyad_counts(rows, accuracy.within_south_america).f1
    found["refusals F1"] = lambda rows: accuracy.stance_counts(rows, "reject").f1
    found["stance exact"] = accuracy.stance_exact
    found["sign right"] = accuracy.sign_right
    found["evidence valid"] = accuracy.evidence_validity
    return found


def _area(area: str) -> Figure:
    return lambda rows: accuracy.area_counts(rows, area).f1


def _flags(tagger: Tagger, path: Path) -> tuple[int, int]:
    """Sentences whose relation has the expected kind and flags; weak relations are looked at too."""
    gold = read_sentences(path.name, path.read_text(encoding="utf-8"))
    right = 0
    for sentence in gold:
        tags = msgspec.to_builtins(tagger.tag(Input(sentence.id, "", sentence.text, sentence.lang, None, None), 0.0))
        right += not accuracy.wrong_fields(sentence, tags)
    return right, len(gold)


def baseline_of(report: Report) -> dict[str, Any]:
    """The figures to hold on to, as they are written to the baseline file."""
    figures = {
        name: {label: asdict(found) for label, found in of.items() if found.value == found.value}
        for name, of in report.figures.items()
    }
    return {"figures": figures, "flags": report.flags[0]}


def fallen(report: Report, baseline: Mapping[str, Any]) -> list[str]:
    """What has fallen below its interval since the baseline was taken, one line each."""
    lines: list[str] = []
    for name, figures in baseline["figures"].items():
        for label, old in figures.items():
            now = report.figures[name][label].value
            if not now >= old["low"]:
                lines.append(f"{name}: {label} is {now:.3f}; it was {old['value']:.3f}, at least {old['low']:.3f}")
    if report.flags[0] < baseline["flags"]:
        lines.append(f"flags: {report.flags[0]} right; it was {baseline['flags']}")
    return lines


def page(report: Report) -> str:
    """`docs/accuracy.md`."""
    tables = (line for name in report.figures for line in _table(report, name))
    return "\n".join([*_HEAD, *tables, *_tail(report)]) + "\n"


_HEAD = (
    "# Accuracy",
    "",
    "Written by `make accuracy`; do not edit. Every text was written and labelled for this project, by people who",
    "wrote none of the rules ([how they were labelled](labelling.md)), but for the other tours, the wire reports and",
    "half of the flags, which the writers of their rules wrote beforehand. Scored is what `atalaya tag` gives by",
    "default: confidence 0.6 and above. In brackets the 95 % bootstrap interval over articles.",
    "",
    "Read the figures with care. The weights of the score are fitted on labels that include the sets below but for the",
    "other tours and the neighbours that were never read; only the last tell how new texts fare. All are",
    "short and well made; press articles are longer, name more states in passing, and do worse: on a few hundred of",
    "them about six in ten dyads were found and about six in ten of those found were right. A stance is harder still:",
    "careful human readers agree on it less often than on whether there is a relation at all.",
    "",
)


def _table(report: Report, name: str) -> Iterable[str]:
    yield f"## {name[0].upper()}{name[1:]} ({report.sizes[name]} texts)"
    yield ""
    yield "| figure | value | interval |"
    yield "| --- | ---: | --- |"
    for label, found in report.figures[name].items():
        if found.value == found.value:
            yield f"| {label} | {found.value:.3f} | [{found.low:.3f}, {found.high:.3f}] |"
    yield ""


def _tail(report: Report) -> Iterable[str]:
    right, total = report.flags
    yield "## Flags"
    yield ""
    yield 'Sentences such as "no descartó rechazar", "negou ter rejeitado" and "could reject", with the expected'
    yield f"kind, negation, tense, modality and quotation: {right} of {total}."


def main(arguments: list[str]) -> int:
    """Measure and write the page; with `--accept` the baseline too."""
    report = measure(Tagger.load(CONFIG, try_examples=False))
    PAGE.write_text(page(report), encoding="utf-8")
    if "--accept" in arguments:
        BASELINE.write_text(json.dumps(baseline_of(report), indent=1, sort_keys=True) + "\n", encoding="utf-8")
    for line in fallen(report, json.loads(BASELINE.read_text(encoding="utf-8"))) if BASELINE.exists() else ():
        sys.stderr.write(line + "\n")
    sys.stdout.write(f"wrote {PAGE}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
