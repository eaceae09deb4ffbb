"""The obvious design, which the whole pipeline is compared with: what one would write first, in one process.

For each record: `json.loads`; NFKD without marks, in lower case; one `re` alternation for each topic and one for all
the words that say who does what (without those no subscription could be told which states an article is about);
one XADD and one PUBLISH for each alert; one commit. It looks for the same words as the tagger does: every written
form of every pattern, the expressions sorted by length and compiled beforehand, one set for each language. It is
spared verb accents, distances, sentences, scores, versions and dedupe, and it reads a hundred records at a time.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import redis

from services.log.streams_server import stream_entries
from services.model.article import Article
from services.model.codec import encode
from services.tag.lexicon import LANGS, Rule
from services.tag.patterns import parse
from services.tag.tagger import Tagger
from services.tag.verbs import VerbTables

STREAM = "bench:obvious"
ALERTS = "bench:obvious:alerts"


class ObviousDesign:
    """Reads articles from one stream and raises alerts on another."""

    def __init__(self, tagger: Tagger, url: str) -> None:
        self._client: Any = redis.Redis.from_url(url, legacy_responses=False)
        self._client.xgroup_create(STREAM, "bench", id="0", mkstream=True)
        self._topics = expressions(tagger)

    def fill(self, articles: Sequence[Article]) -> None:
        """Puts records into its stream."""
        with self._client.pipeline(transaction=False) as pipe:
            for article in articles:
                pipe.xadd(STREAM, {"v": encode(article)})
            pipe.execute()

    def run(self, count: int) -> int:
        """Handles this many records; how many alerts it raised."""
        alerts = 0
        while count > 0:
            answer = self._client.xreadgroup("bench", "bench", {STREAM: ">"}, count=min(count, 100))
            for _, entries in stream_entries(answer):
                for entry_id, fields in entries:
                    alerts += self._handle(fields[b"v"])
                    self._client.xack(STREAM, "bench", entry_id)
                count -= len(entries)
        return alerts

    def close(self) -> None:
        """Ends its connection."""
        self._client.close()

    def _handle(self, value: bytes) -> int:
        article = json.loads(value)["body"]
        folded = fold(article["title"] + "\n" + article["text"])
        found = {
            name: [match.span() for match in expression.finditer(folded)]
            for name, expression in self._topics[article["lang"]].items()
        }
        who = found.pop("")
        topics = [name for name, spans in found.items() if spans]
        if not topics or not who:
            return 0
        body = json.dumps({"article": article["id"], "title": article["title"], "topics": topics})
        self._client.xadd(ALERTS, {"json": body})
        self._client.publish("bench.alerts", body)
        return 1


def fold(text: str) -> str:
    """Accents and case away."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower()


def expressions(tagger: Tagger) -> Mapping[str, Mapping[str, re.Pattern[str]]]:
    """For each language: topic → its expression, and "" → the one of actors and of what they do."""
    verbs = VerbTables.load()
    groups: dict[str, Sequence[Rule]] = {topic.id: topic.rules for topic in tagger.topics}
    groups[""] = tagger.relations.lexicon_rules()
    return {lang: {name: expression(rules, lang, verbs) for name, rules in groups.items()} for lang in LANGS}


def expression(rules: Iterable[Rule], lang: str, verbs: VerbTables) -> re.Pattern[str]:
    """Every written form as one alternation of whole words; of a pattern with a gap, the forms of its first part."""
    forms = {
        literal.text
        for rule in rules
        if lang in rule.langs
        for literal in parse(rule.pattern, lang, verbs, rule.lists).parts[0].literals
    }
    ordered = sorted(forms, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, ordered))})\b" if ordered else r"(?!)")
