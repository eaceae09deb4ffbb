"""The lexicon: every pattern of every rule, compiled once, found in one pass over folded text.

The interface (stable; build on it):

    rules = [Rule(group="cue", id="kinds/agree/es/~acordar", pattern="~acordar", langs=("es",), payload=anything)]
    lexicon = Lexicon.compile(rules, verbs, cache_dir)      # RuleError names the pattern that can't be read
    matches = lexicon.scan(field, "es", accented=doc.accented)   # field: services.tag.text.Field
    for match in matches:
        match.rule      the Rule itself, with its group, id and payload
        match.start, match.end      span in field.view (whole words; a gap pattern spans from first to last part)
    matches.of("cue")               those of one group alone, which is cheaper than to sort them out
    field.evidence(match.start, match.end, match.rule.id)   # offsets of the original, text == slice

`langs` is the languages in which a rule is looked for, ("es", "pt", "en") for all. `payload` is the caller's own
and never looked at here. Matches come sorted by (start, -end); overlapping ones are all reported.
`accented`: whether the article as a whole is written with accents (`Document.accented`); then verb forms (`~`)
must carry theirs, except in words all in capitals.
Marks: see `services.tag.patterns`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from services.tag.engine import EngineName
from services.tag.matches import LANGS, NO_MATCHES, Match, Matches, Rule
from services.tag.patterns import Pattern, PatternError, VerbForms, parse
from services.tag.scanner import Scanner
from services.tag.text import Field

__all__ = ["LANGS", "Lexicon", "Match", "Matches", "Rule", "RuleError"]


class RuleError(ValueError):
    """A rule that cannot be compiled; the message names it and says what would be right."""

    def __init__(self, rule: Rule, problem: str) -> None:
        super().__init__(f"{rule.id}: {problem}")
        self.rule, self.problem = rule, problem


class Lexicon:
    """All rules, ready to scan. Immutable; one per process (hyperscan's scratch space is not shared by threads)."""

    def __init__(self, scanners: Mapping[str, Scanner], digest: str) -> None:
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
        scanners = {lang: Scanner(known[lang], cache_dir, engine) for lang in LANGS}
        return cls(scanners, digest.hexdigest()[:16])

    def scan(self, field: Field, lang: str, *, accented: bool) -> Matches:
        """Every match of every rule of this language, sorted by (start, -end). None for an unknown language."""
        scanner = self._scanners.get(lang)
        return scanner.scan(field, strict=accented) if scanner else NO_MATCHES

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
