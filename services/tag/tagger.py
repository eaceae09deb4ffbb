"""The tagger: an article in, its tags out.

    tagger = Tagger.load(config_dir, cache_dir)      # RuleFileError or RuleError say what is wrong
    tagged = tagger.tag(article)

Owns the order of the steps: language, folding, one scan of each field, topics, relations. A set of rules is loaded
whole or not at all: every example in the rule files is tried first.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

from services.model.tagged import LIKELY, Tagged
from services.tag import hits as topic_hits
from services.tag import topic_score
from services.tag.engine import EngineName
from services.tag.hits import Found
from services.tag.implied_areas import with_implied
from services.tag.language import language_of
from services.tag.lexicon import Lexicon, Matches, Rule, RuleError
from services.tag.relation_tags import RelationRules, analyse, decide, try_samples
from services.tag.relation_tags import tags as relation_tags
from services.tag.rulefile import RuleFileError
from services.tag.text import Document
from services.tag.topics import Source, Topic
from services.tag.topics import load as load_topics
from services.tag.verbs import VerbTables


class Readable(Protocol):
    """What the tagger needs of an article (`services.model.article.Article` is one)."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def lang(self) -> str | None: ...
    @property
    def published(self) -> float | str | None: ...
    @property
    def outlet_country(self) -> str | None: ...


class Reading(NamedTuple):
    """An article scanned: what both topics and relations are read from."""

    document: Document
    title: Matches
    text: Matches
    topics: Found


class Tagger:
    """A set of rules at work. Immutable; one for each process."""

    def __init__(self, topics: Sequence[Topic], relations: RelationRules, lexicon: Lexicon, version: str) -> None:
        self.topics = topics
        self.relations = relations
        self.lexicon = lexicon
        self.version = version

    @classmethod
    def load(
        cls,
        config_dir: Path,
        cache_dir: Path | None = None,
        engine: EngineName = "auto",
        *,
        try_examples: bool = True,
    ) -> Tagger:
        """Read, compile and try the rules under `config_dir`; compiled patterns are kept in `cache_dir`.

        Raises `RuleFileError` (file, line, field) or `RuleError` (the pattern), both `ValueError`s.
        """
        topics = load_topics(config_dir)
        relations = RelationRules.load(config_dir, topics)
        rules = [rule for topic in topics for rule in topic.rules] + relations.lexicon_rules()
        lexicon = _compile(rules, cache_dir, engine)
        tagger = cls(topics, relations, lexicon, rules_version(config_dir))
        if try_examples:
            tagger.try_examples()
        return tagger

    def read(self, title: str, text: str, lang: str) -> Reading:
        """Scan an article and find its topic hits."""
        document = Document(title, text, lang)
        accented = document.accented
        in_title = self.lexicon.scan(document.title, lang, accented=accented)
        in_text = self.lexicon.scan(document.text, lang, accented=accented)
        return Reading(document, in_title, in_text, topic_hits.find(document, in_title, in_text))

    def tag(self, article: Readable, floor: float = LIKELY) -> Tagged:
        """The tags of an article at or above `floor` (0 for the weak ones too)."""
        guess = language_of(article.title, article.text, article.lang)
        if not guess.supported:
            return _empty(article.id, guess.lang, unsupported=True)
        reading = self.read(article.title, article.text, guess.lang)
        topics, areas = topic_score.judge(reading.document, reading.topics.hits, floor)
        found = analyse(
            self.relations,
            reading.document,
            (reading.title, reading.text),
            reading.topics.hits,
            areas,
            article.published,
            article.outlet_country,
        )
        decided = decide(self.relations, found)
        topics = with_implied(reading.document, reading.topics.hits, topics, found.drafts, decided)
        actors, relations, dyads = relation_tags(self.relations, found, floor, decided)
        return Tagged(
            id=article.id,
            lang=guess.lang,
            topics=topics,
            actors=actors,
            relations=relations,
            dyads=dyads,
            blocked=tuple(reading.topics.blocked),
        )

    def topics_of(self, text: str, lang: str) -> frozenset[str]:
        """The topics and the areas of a text without a title."""
        found = self.read("", text, lang)
        tags = topic_score.tags(found.document, found.topics.hits)
        return frozenset(name for tag in tags for name in (tag.id, tag.area))

    def try_examples(self) -> None:
        """Raise `RuleFileError` for the first example that fails."""
        try_samples(self.relations, self.read)
        for topic in self.topics:
            for example in topic.examples:
                found = self.topics_of(example.text, example.lang)
                if (topic.id in found) == example.wanted:
                    continue
                key = f"{example.lang}.{'examples' if example.wanted else 'counter'}"
                said = ", ".join(sorted(found)) or "no topic"
                problem = f"`{example.text}` {'lacks' if example.wanted else 'wrongly has'} {topic.id}"
                raise RuleFileError(
                    example.path, example.line, key, f"{problem}; it has: {said}. See `atalaya rules try`"
                )


def _compile(rules: Sequence[Rule], cache_dir: Path | None, engine: EngineName) -> Lexicon:
    """The lexicon of these rules; a topic's pattern that cannot be read is told with its file and line."""
    try:
        return Lexicon.compile(rules, VerbTables.load(), cache_dir, engine)
    except RuleError as error:
        source = error.rule.payload
        if isinstance(source, Source):
            field = f"{error.rule.langs[0]}.{source.strength}"
            raise RuleFileError(source.path, source.line, field, error.problem) from error
        raise


def _empty(article_id: str, lang: str, *, unsupported: bool = False) -> Tagged:
    return Tagged(
        id=article_id,
        lang=lang,
        topics=(),
        actors=(),
        relations=(),
        dyads=(),
        blocked=(),
        unsupported=unsupported,
    )


def rules_version(config_dir: Path) -> str:
    """A hash over the names and contents of the rule files; it changes when any of them does."""
    digest = sha256()
    for path in rule_paths(config_dir):
        digest.update(path.relative_to(config_dir).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def rule_paths(config_dir: Path) -> list[Path]:
    """Every file that the tagger's answers depend on."""
    return sorted(
        [
            *config_dir.glob("topics/*.yaml"),
            *config_dir.glob("areas/*.yaml"),
            *config_dir.glob("kinds*.yaml"),
            *config_dir.glob("actors/**/*.yaml"),
        ]
    )
