"""Measure relations on labelled sentences: found, and on the right side.

    python -m services.tag.build.relation_sentences SENTENCES.jsonl [--errors]

A line is {"lang", "text", "src", "tgt", "penta", "root"}: the source and target of an event as written in the
sentence, and its class in PLOVER (penta 1 and 2 cooperation, 3 and 4 conflict). Counted are the English sentences
whose source and target each name a state or its government, two different ones; what names one is asked of the
actor rules themselves. A sentence is found when some relation stands between the two states, at any confidence;
the sign is that of the surest. A meeting or a request is neutral with us and counts on the side of cooperation,
as it does for dyads, except that a request is also right where the class is REQUEST (PLOVER sets it among the
conflicts). What is said not to be agreed on counts as conflict. Prints counts; opens nothing but
its input and the rules.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from services.model.tagged import RelationTag
from services.tag import actors
from services.tag.relation_tags import analyse, tags
from services.tag.tagger import Tagger
from services.tag.text import Document

CONFIG = Path("config")


def states_in(tagger: Tagger, text: str) -> frozenset[str]:
    """The states that a phrase names as actors."""
    document = Document("", text, "en")
    matches = tagger.lexicon.scan(document.text, "en", accented=document.accented)
    return frozenset(
        country for m in actors.find(document.text, "en", matches, None) if m.acts for country in m.countries
    )


def usable(tagger: Tagger, lines: Iterable[str]) -> Iterator[tuple[Mapping[str, Any], frozenset[str], frozenset[str]]]:
    """The sentences that count, with the states of source and target."""
    for line in lines:
        item = json.loads(line)
        if item.get("lang") != "en" or "src" not in item:
            continue
        source, target = states_in(tagger, item["src"]), states_in(tagger, item["tgt"])
        if source and target and not source & target:
            yield item, source, target


def relations_of(tagger: Tagger, text: str) -> tuple[RelationTag, ...]:
    """All relations of a sentence, weak ones too."""
    reading = tagger.read("", text, "en")
    found = analyse(tagger.relations, reading.document, (reading.title, reading.text), reading.topics.hits, areas={})
    return tags(tagger.relations, found, 0.0)[1]


def verdict(item: Mapping[str, Any], between: Iterable[RelationTag]) -> str:
    """ "missed", "right" or "wrong"."""
    strongest = max(between, key=lambda relation: relation.confidence, default=None)
    if strongest is None:
        return "missed"
    if strongest.kind == "request" and item["root"] == "REQUEST":
        return "right"
    flipped = strongest.negated and strongest.sign != "conflict"
    sign = "conflict" if flipped or strongest.sign == "conflict" else "cooperation"
    return "right" if sign == ("cooperation" if item["penta"] in "12" else "conflict") else "wrong"


def main(arguments: list[str]) -> int:
    """Read the sentences and print the counts."""
    tagger = Tagger.load(CONFIG)
    count: Counter[str] = Counter()
    text = Path(arguments[0]).read_text(encoding="utf-8")
    for item, source, target in usable(tagger, text.splitlines()):
        found = relations_of(tagger, item["text"])
        between = [r for r in found if {*r.actors, *r.recipients} & source and {*r.actors, *r.recipients} & target]
        result = verdict(item, between)
        count[result] += 1
        if "--errors" in arguments and result != "right":
            kinds = ", ".join(f"{r.kind} {r.confidence:.2f}" for r in between)
            sides = f"{sorted(source)} {sorted(target)}"
            sys.stdout.write(f"{result:6} {item['root']:9} {sides} [{kinds}] {item['text']}\n")
    hit, total = count["right"] + count["wrong"], count.total()
    right = count["right"]
    sys.stdout.write(f"{total} sentences, found {hit} ({hit / max(total, 1):.3f}), ")
    sys.stdout.write(f"right {right} of those found ({right / max(hit, 1):.3f})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
