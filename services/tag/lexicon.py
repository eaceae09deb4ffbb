"""The lexicon: every pattern of every rule, compiled once, found in one pass over folded text.

The interface (stable; build on it):

    rules = [Rule(group="cue", id="kinds/agree/es/~acordar", pattern="~acordar", langs=("es",), payload=anything)]
    lexicon = Lexicon.compile(rules, verbs, cache_dir)      # RuleError names the pattern that can't be read
    for match in lexicon.scan(field, "es", accented=doc.accented):   # field: services.tag.text.Field
        match.rule      the Rule itself, with its group, id and payload
        match.start, match.end      span in field.view (whole words; a gap pattern spans from first to last part)
    field.evidence(match.start, match.end, match.rule.id)   # offsets of the original, text == slice

`langs` is the languages in which a rule is looked for, ("es", "pt", "en") for all. `payload` is the caller's own
and never looked at here. Matches come sorted by (start, -end); overlapping ones are all reported.
`accented`: whether the article as a whole is written with accents (`Document.accented`); then verb forms (`~`)
must carry theirs, except in words all in capitals.
Marks: see `services.tag.patterns`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from services.tag.engine import Engine, EngineName, build
from services.tag.patterns import Part, Pattern, PatternError, VerbForms, parse
from services.tag.text import Field

LANGS = ("es", "pt", "en")


class RuleError(ValueError):
    """A rule that cannot be compiled; the message names it and says what would be right."""


class Rule(NamedTuple):
    """One pattern of one rule file."""

    group: str
    id: str
    pattern: str
    langs: tuple[str, ...] = LANGS
    payload: Any = None
    lists: Mapping[str, Sequence[str]] = {}


class Match(NamedTuple):
    """A rule found in a field; the span is of `field.view`."""

    rule: Rule
    start: int
    end: int


class _Use(NamedTuple):
    """What one literal is good for."""

    rule: int
    part: int
    open_end: bool
    simple: bool  # the whole of its rule: nothing more to check
    verbs: tuple[tuple[int, frozenset[str]], ...]


class _Scanner:
    """The rules of one language."""

    def __init__(self, rules: Sequence[tuple[Rule, Pattern]], cache_dir: Path | None, engine: EngineName) -> None:
        self.rules = rules
        uses: dict[bytes, list[_Use]] = {}
        for number, (_, pattern) in enumerate(rules):
            for index, part in enumerate(pattern.parts):
                _add_uses(uses, number, index, part, simple=len(pattern.parts) == 1 and pattern.exact is None)
        self.literals = sorted(uses)
        self.uses = [uses[literal] for literal in self.literals]
        self.lengths = [len(literal) for literal in self.literals]
        self.engine: Engine = build(self.literals, cache_dir, engine)

    def scan(self, field: Field, strict: bool) -> list[Match]:
        padded = b" " + field.folded + b" "
        matches: set[tuple[int, int, int]] = set()  # start, -end, rule: sorts as promised
        parts: dict[int, list[list[tuple[int, int]]]] = {}
        for index, stop in self.engine.find(padded):
            start = stop - self.lengths[index]  # in the view: the literal's leading space is the padding's
            for use in self.uses[index]:
                end = padded.find(b" ", stop) - 1 if use.open_end else stop - 2
                if use.verbs and not _written(field, start, end, use.verbs, strict):
                    continue
                if use.simple:
                    matches.add((start, -end, use.rule))
                else:
                    slots = parts.get(use.rule)
                    if slots is None:
                        slots = parts[use.rule] = [[] for _ in self.rules[use.rule][1].parts]
                    slots[use.part].append((start, end))
        for number, found in parts.items():
            matches.update(self._resolve(field, number, found))
        return [Match(self.rules[number][0], start, -end) for start, end, number in sorted(matches)]

    def _resolve(self, field: Field, number: int, found: list[list[tuple[int, int]]]) -> Iterable[tuple[int, int, int]]:
        pattern = self.rules[number][1]
        if pattern.exact is not None:
            wanted = pattern.exact.strip(_EDGES)
            return [(s, -e, number) for s, e in found[0] if field.view[s:e] == wanted]
        if not all(found):
            return []
        slots = [sorted(set(spans)) for spans in found]
        chains = ((start, _chain(field, slots, pattern.parts, 1, end)) for start, end in slots[0])
        return [(start, -last, number) for start, last in chains if last is not None]


_EDGES = " .,;:!?\"'«»“”‘’()[]"
_BREAK = ("!", "?", ";", "\n", ". ")


def _add_uses(uses: dict[bytes, list[_Use]], number: int, index: int, part: Part, simple: bool) -> None:
    forms: dict[str, dict[int, set[str]]] = {}
    for literal in part.literals:
        slot = forms.setdefault(literal.text, {})
        for word, written in literal.verbs:
            slot.setdefault(word, set()).add(written)
    for text, verbs in forms.items():
        key = f" {text}" if part.open_end else f" {text} "
        frozen = tuple((word, frozenset(written)) for word, written in verbs.items())
        uses.setdefault(key.encode("ascii"), []).append(_Use(number, index, part.open_end, simple, frozen))


def _written(field: Field, start: int, end: int, verbs: tuple[tuple[int, frozenset[str]], ...], strict: bool) -> bool:
    """Whether the verb forms stand there with their accents (or may do without: headlines, accent-less text)."""
    words = field.folded[start:end].split(b" ")
    for index, forms in verbs:
        at = start + sum(len(word) + 1 for word in words[:index])
        word = field.view[at : at + len(words[index])]
        if word.lower() in forms:
            continue
        if not word.isascii() or (strict and not (word.isupper() and len(word) > 1)):
            return False
    return True


def _chain(
    field: Field, slots: list[list[tuple[int, int]]], parts: Sequence[Part], number: int, end: int
) -> int | None:
    """The end of the first way to complete a gap pattern after `end`, or None."""
    if number == len(parts):
        return end
    spans, gap = slots[number], parts[number].gap
    for at in range(bisect_left(spans, (end, -1)), len(spans)):
        start, stop = spans[at]
        if not _near(field, end, start, gap):
            return None
        last = _chain(field, slots, parts, number + 1, stop)
        if last is not None:
            return last
    return None


def _near(field: Field, end: int, start: int, gap: int) -> bool:
    """At most `gap` words between, no end of a sentence; with no gap, one separator only."""
    if gap == 0:
        return start == end + 1
    if start - end > 30 * (gap + 1) or len(field.folded[end:start].split()) > gap:
        return False
    between = field.view[end:start]
    return not any(mark in between for mark in _BREAK)


class Lexicon:
    """All rules, ready to scan. Immutable; one per process (hyperscan's scratch space is not shared by threads)."""

    def __init__(self, scanners: Mapping[str, _Scanner], digest: str) -> None:
        self._scanners = scanners
        self.digest = digest

    @classmethod
    def compile(
        cls,
        rules: Iterable[Rule],
        verbs: VerbForms,
        cache_dir: Path | None = None,
        engine: EngineName = "auto",
    ) -> Lexicon:
        """Expand and compile. Raises `RuleError` with the id of the rule that cannot be read."""
        known: dict[str, list[tuple[Rule, Pattern]]] = defaultdict(list)
        digest = sha256()
        for rule in rules:
            digest.update(repr((rule.group, rule.id, rule.pattern, rule.langs)).encode("utf-8", "replace"))
            for lang in rule.langs:
                known[lang].append((rule, _read(rule, lang, verbs)))
        scanners = {lang: _Scanner(known[lang], cache_dir, engine) for lang in LANGS}
        return cls(scanners, digest.hexdigest()[:16])

    def scan(self, field: Field, lang: str, *, accented: bool) -> list[Match]:
        """Every match of every rule of this language, sorted by (start, -end). None for an unknown language."""
        scanner = self._scanners.get(lang)
        return scanner.scan(field, strict=accented) if scanner else []

    @property
    def engine(self) -> str:
        """The name of the engine in use."""
        return next((s.engine.name for s in self._scanners.values() if s.literals), "nothing")

    def literals(self, lang: str) -> Sequence[bytes]:
        """The literals looked for in a language, as the engine sees them (for benchmarks)."""
        return self._scanners[lang].literals


def _read(rule: Rule, lang: str, verbs: VerbForms) -> Pattern:
    try:
        return parse(rule.pattern, lang, verbs, rule.lists)
    except PatternError as error:
        raise RuleError(f"{rule.id}: {error}") from error
