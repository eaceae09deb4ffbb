"""The speed of scanning, against what one would write first and against the bare engine, and of whole tagging.

    scan                  5,000 inflected terms (60,000 literals), raw text in, spans of the original out
    scan_patterns_x10     what ten times the patterns cost, in times of the cost of one
    tag_stream            full tagging of a day's items as they come
    tag_on_topic          full tagging of whole articles about the areas

The baseline is NFKD without marks plus one `re` alternation, compiled beforehand, longest first. The limit is hyperscan
alone: the same literals, all texts folded beforehand and laid end to end in one buffer, matches counted and dropped.
Terms are verbs of the checked-in tables, so that texts hold some, and invented stems with real endings.
"""

from __future__ import annotations

import random
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from services.bench.row import Row
from services.bench.text import TextMaker
from services.bench.timing import in_turns, rate_of_core
from services.model.article import Article
from services.tag.engine import Hyperscan, find
from services.tag.lexicon import Lexicon, Match, Rule
from services.tag.tagger import Tagger
from services.tag.text import Field, fold
from services.tag.verbs import VerbTables

_TERMS = 5_000
_FEW = 1_000  # and ten times as many, for scan_patterns_x10
_FORMS = 12
_TEXTS = 300
_BASELINE_TEXTS = 4
_ROUNDS = 4
_ENDINGS = ("o", "a", "os", "as", "ó", "ará", "aron", "ando", "ado", "ación", "aciones", "ável")


def rows(corpus: Sequence[Article] | None = None, config: Path = Path("config")) -> list[Row]:
    """All four; `corpus` takes the place of the generated articles."""
    texts = [article.text for article in corpus or TextMaker(seed=3).on_topic(_TEXTS)][:_TEXTS]
    return [_scan(texts), _scan_x10(texts), *_tagging(corpus, config)]


def terms(count: int) -> list[list[str]]:
    """Inflected terms: up to twelve written forms each; the same ones every time."""
    tables = VerbTables.load()
    verbs = [
        list(tables.forms(lang, lemma))[:_FORMS] for lang in ("es", "pt") for lemma in tables.lemmas(lang)
    ]
    chance = random.Random(5)  # noqa: S311 - chance for a benchmark, not for secrets
    chance.shuffle(verbs)
    made = verbs[: count // 10]
    while len(made) < count:
        stem = "".join(chance.choice("bcdfglmnprstv") + chance.choice("aeiou") for _ in range(3))
        made.append([stem + ending for ending in _ENDINGS])
    return made


def lexicon_of(found: Sequence[Sequence[str]]) -> Lexicon:
    """One rule for each term."""
    rules = [Rule("bench", f"t{n}", "{" + "|".join(forms) + "}", ("es",)) for n, forms in enumerate(found)]
    return Lexicon.compile(rules, VerbTables({}), None, "hyperscan")


def obvious(found: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """The alternation that one would write first."""
    forms = sorted({bare(form) for term in found for form in term}, key=lambda form: (-len(form), form))
    return re.compile(r"\b(?:" + "|".join(map(re.escape, forms)) + r")\b")


def bare(text: str) -> str:
    """NFKD, marks dropped, lower case."""
    return "".join(
        char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char)
    ).lower()


def _scan(texts: Sequence[str]) -> Row:
    found = terms(_TERMS)
    lexicon, expression = lexicon_of(found), obvious(found)
    raw = Hyperscan(lexicon.literals("es"))
    buffer = b"".join(b" " + fold(text).replace(b"\0", b" ") + b" " for text in texts)
    few = texts[:_BASELINE_TEXTS]
    ways = {
        "ours": rate_of_core(len(texts), lambda: _spans(lexicon, texts)),
        "obvious": rate_of_core(
            len(few), lambda: [[m.span() for m in expression.finditer(bare(t))] for t in few]
        ),
        "raw": rate_of_core(len(texts), lambda: find(raw, buffer)),
    }
    turns = in_turns(ways, _ROUNDS)
    size = sum(map(len, texts)) / len(texts) / 1000
    note = f"{_TERMS:,} terms, {len(lexicon.literals('es')):,} literals, texts of {size:.1f} kB; limit: hyperscan alone"
    baseline, limit = turns.compared("ours", "obvious"), turns.compared("ours", "raw")
    return Row("scan", turns["ours"], "texts/s/core", baseline, limit, note=note)


def _scan_x10(texts: Sequence[str]) -> Row:
    many = terms(10 * _FEW)
    one, ten = lexicon_of(many[:_FEW]), lexicon_of(many)
    ways = {
        "one": rate_of_core(len(texts), lambda: _spans(one, texts)),
        "ten": rate_of_core(len(texts), lambda: _spans(ten, texts)),
    }
    turns = in_turns(ways, _ROUNDS)
    cost = turns.compared("ten", "one") / turns["ten"]
    note = f"{len(one.literals('es')):,} and {len(ten.literals('es')):,} literals; ten times is what a loop would cost"
    return Row("scan_patterns_x10", cost, "times the cost", 10.0, 1.0, less_is_better=True, note=note)


def _spans(lexicon: Lexicon, texts: Sequence[str]) -> list[list[Match]]:
    """What ours is timed with: from the raw text to spans of the original."""
    found = []
    for text in texts:
        field = Field("text", text)
        matches = list(lexicon.scan(field, "es", accented=True))
        if field.offsets is not None:  # else the spans are the original's already
            matches = [Match(m.rule, *field.origin(m.start, m.end)) for m in matches]
        found.append(matches)
    return found


def _tagging(corpus: Sequence[Article] | None, config: Path) -> list[Row]:
    with tempfile.TemporaryDirectory() as cache:
        tagger = Tagger.load(config, Path(cache), try_examples=False)
    day = list(corpus or TextMaker(seed=4).stream(3_000))
    about = [article for article in corpus or TextMaker(seed=6).on_topic(300) if tagger.tag(article).topics]
    about = [article for article in about if len(article.text) > 2_500] or about
    ways = {
        "day": rate_of_core(len(day), lambda: [tagger.tag(article) for article in day]),
        "about": rate_of_core(len(about), lambda: [tagger.tag(article) for article in about]),
    }
    turns = in_turns(ways, _ROUNDS)
    return [
        Row("tag_stream", turns["day"], "articles/s/core", note=f"{len(day):,} articles, {_size(day)}"),
        Row(
            "tag_on_topic", turns["about"], "articles/s/core", note=f"{len(about):,} articles, {_size(about)}"
        ),
    ]


def _size(articles: Sequence[Article]) -> str:
    return f"mean {sum(len(article.text) for article in articles) / max(1, len(articles)) / 1000:.1f} kB"
