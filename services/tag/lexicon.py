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
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from services.tag.engine import Engine, EngineName, build
from services.tag.patterns import Literal, Part, Pattern, PatternError, VerbForms, parse
from services.tag.text import Field

LANGS = ("es", "pt", "en")


class RuleError(ValueError):
    """A rule that cannot be compiled; the message names it and says what would be right."""

    def __init__(self, rule: Rule, problem: str) -> None:
        super().__init__(f"{rule.id}: {problem}")
        self.rule, self.problem = rule, problem


class Rule(NamedTuple):
    """One pattern of one rule file."""

    group: str
    id: str
    pattern: str
    langs: tuple[str, ...] = LANGS
    payload: Any = None
    lists: Mapping[str, Sequence[str]] = {}


class Match(msgspec.Struct, frozen=True, gc=False):
    """A rule found in a field; the span is of `field.view`. A struct, since it is made by the hundred an article."""

    rule: Rule
    start: int
    end: int


_Span = tuple[int, int]
_Forms = tuple[tuple[int, frozenset[str]], ...]  # (word index, its written forms) of the verbs in a literal


class _Special(NamedTuple):
    """A use of a literal that asks for more than its place."""

    stretch: int
    open_end: bool
    verbs: _Forms


_Uses = tuple[int, tuple[int, ...], tuple[int, ...], tuple[_Special, ...]]
"""What a literal found means: its length, rules that it completes, stretches that it is one of, and uses that ask for
more than its place."""


class _Scanner:
    """The rules of one language.

    A rule is a chain of stretches (one, unless it has gaps), a stretch is a set of literals; rules with the same
    stretch share it. One pass finds the literals, their spans are gathered by stretch, and rules are put together
    from stretches that were seen.
    """

    def __init__(self, rules: Sequence[tuple[Rule, Pattern]], cache_dir: Path | None, engine: EngineName) -> None:
        self.rules = rules
        self._chains: list[tuple[int, ...]] = []  # by rule: its stretches
        self._begun: list[list[int]] = []  # by stretch: the rules that begin with it
        uses: dict[bytes, list[_Special]] = {}
        known: dict[tuple[frozenset[Literal], bool], int] = {}
        for number, (_, pattern) in enumerate(rules):
            chain = tuple(self._stretch(part, known, uses) for part in pattern.parts)
            self._chains.append(chain)
            self._begun[chain[0]].append(number)
        self._inner = {stretch for chain in self._chains for stretch in chain[1:]}
        self.literals = sorted(uses)
        self._uses = [self._split(literal, uses[literal]) for literal in self.literals]
        self._bare = [rule for rule, _ in rules]
        self.engine: Engine = build(self.literals, cache_dir, engine)

    def _stretch(
        self, part: Part, known: dict[tuple[frozenset[Literal], bool], int], uses: dict[bytes, list[_Special]]
    ) -> int:
        key = frozenset(part.literals), part.open_end
        if key not in known:
            known[key] = len(self._begun)
            self._begun.append([])
            for text, verbs in _forms(part).items():
                literal = f" {text}" if part.open_end else f" {text} "
                uses.setdefault(literal.encode("ascii"), []).append(_Special(known[key], part.open_end, verbs))
        return known[key]

    def _split(self, literal: bytes, uses: Sequence[_Special]) -> _Uses:
        plain = [use.stretch for use in uses if not use.open_end and not use.verbs]
        whole = {stretch: [n for n in self._begun[stretch] if self._is_simple(n)] for stretch in plain}
        return (
            len(literal),
            tuple(number for stretch in plain for number in whole[stretch]),
            tuple(s for s in plain if s in self._inner or len(whole[s]) < len(self._begun[s])),
            tuple(use for use in uses if use.open_end or use.verbs),
        )

    def _is_simple(self, number: int) -> bool:
        pattern = self.rules[number][1]
        return len(pattern.parts) == 1 and pattern.exact is None

    def scan(self, field: Field, strict: bool) -> list[Match]:
        matches: list[tuple[int, int, int]] = []  # start, -end, rule: sorts as promised
        found = self._find(field, strict, matches)
        for stretch, spans in found.items():
            for number in self._begun[stretch]:
                if all(other in found for other in self._chains[number]):
                    matches += self._put_together(field, number, spans, found)
        if found:
            matches = list(set(matches))
        matches.sort()
        rules = self._bare
        return [Match(rules[number], start, -end) for start, end, number in matches]

    def _find(self, field: Field, strict: bool, matches: list[tuple[int, int, int]]) -> dict[int, list[_Span]]:
        """Adds the matches of rules that one literal completes; answers the spans of the other stretches, sorted."""
        padded = b" " + field.folded + b" "
        uses, found = self._uses, defaultdict[int, list[_Span]](list)

        def note(index: int, _from: int, stop: int, _flags: int, add: Callable[[tuple[int, int, int]], None]) -> None:
            length, whole, plain, special = uses[index]
            start = stop - length  # in the view: the literal's leading space is the padding's
            for number in whole:
                add((start, 2 - stop, number))
            for stretch in plain:
                found[stretch].append((start, stop - 2))
            for use in special:
                end = padded.find(b" ", stop) - 1 if use.open_end else stop - 2
                if not use.verbs or _written(field, start, end, use.verbs, strict):
                    found[use.stretch].append((start, end))

        self.engine.scan(padded, note, matches.append)
        for stretch, spans in found.items():
            if len(spans) > 1:
                found[stretch] = sorted(set(spans))
        return found

    def _put_together(
        self, field: Field, number: int, spans: list[_Span], found: Mapping[int, list[_Span]]
    ) -> Iterable[tuple[int, int, int]]:
        pattern = self.rules[number][1]
        if pattern.exact is not None:
            wanted = pattern.exact.strip(_EDGES)
            return [(s, -e, number) for s, e in spans if field.view[s:e] == wanted]
        if len(pattern.parts) == 1:
            return [(s, -e, number) for s, e in spans]
        slots = [found[stretch] for stretch in self._chains[number]]
        chains = ((start, _chain(field, slots, pattern.parts, 1, end)) for start, end in spans)
        return {(start, -last, number) for start, last in chains if last is not None}


_EDGES = " .,;:!?\"'«»“”‘’()[]"
_BREAK = ("!", "?", ";", "\n", ". ")


def _forms(part: Part) -> dict[str, _Forms]:
    """The literals of a stretch with the written forms of their verbs; none where a plain word is as good."""
    forms: dict[str, dict[int, set[str]]] = {}
    plain = {literal.text for literal in part.literals if not literal.verbs}
    for literal in part.literals:
        slot = forms.setdefault(literal.text, {})
        for word, written in () if literal.text in plain else literal.verbs:
            slot.setdefault(word, set()).add(written)
    return {text: tuple((word, frozenset(written)) for word, written in verbs.items()) for text, verbs in forms.items()}


def _written(field: Field, start: int, end: int, verbs: _Forms, strict: bool) -> bool:
    """Whether the verb forms stand there with their accents (or may do without: headlines, accent-less text)."""
    if len(verbs) == 1 and field.view[start:end] in verbs[0][1]:  # the whole is the verb, as nearly always
        return True
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
        raise RuleError(rule, str(error)) from error
