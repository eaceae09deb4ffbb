"""What every literal that an engine looks for means: the rules it completes, and those that it is a part of.

Owns the table from literals to rules, made once when the rules are loaded. Does not look for anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from services.tag.matches import Rule
from services.tag.patterns import Literal, Part, Pattern

Forms = tuple[tuple[int, frozenset[str]], ...]  # (word index, its written forms) of the verbs in a literal
Named = tuple[str, int]  # the group and the number of a rule


class Special(NamedTuple):
    """A use of a literal that asks for more than its place."""

    stretch: int
    open_end: bool
    verbs: Forms
    rules: tuple[Named, ...]  # that it completes
    chained: bool  # whether chains want to know of it


class Further(NamedTuple):
    """What a literal may mean besides the rules that it completes wherever it stands."""

    exact: Mapping[str, tuple[Named, ...]]  # that it completes where it is written so
    chained: tuple[int, ...]  # stretches of chains
    special: tuple[Special, ...]


class Uses(NamedTuple):
    """What a literal found means."""

    length: int
    rules: tuple[Named, ...]  # that it completes
    further: Further | None


class Chain(NamedTuple):
    """A rule with gaps."""

    group: str
    number: int
    stretches: tuple[int, ...]
    parts: tuple[Part, ...]
    sought: frozenset[int]  # the stretches that the engine looks for


COMMON = frozenset(
    # es, pt, en: words that nearly every article of news holds
    "a al con contra da das de del do dos durante e el em en la las los no na nos por que se si su um un una y o os ao "
    "com para pelo pela ter tem to of in on at for from with after before by the and is has governo gobierno "
    "government presidente president pais paises people estado empresa politica personas pessoas".split()
)
_FEW = 12
"""Literals of a stretch that can be looked for one by one, at most."""


def is_common(part: Part) -> bool:
    """Whether a stretch holds so frequent a word that the engine had better not report it.

    Such words (`con` in `~firmar ...3 con`) were two fifths of all that the engine found in news, and are nearly never
    part of a match: they are looked for only where the rest of their pattern stands in the field.
    """
    plain = not part.open_end and not any(literal.verbs for literal in part.literals)
    return plain and len(part.literals) <= _FEW and any(literal.text in COMMON for literal in part.literals)


class Index:
    """The rules of one language by the literals that they are made of."""

    def __init__(self, rules: Sequence[tuple[Rule, Pattern]]) -> None:
        self.parts: list[Part] = []  # by stretch
        self.chains: dict[int, list[Chain]] = defaultdict(list)  # by the first stretch that the engine looks for
        self._known: dict[tuple[frozenset[Literal], bool], int] = {}
        self._whole: dict[int, list[Named]] = defaultdict(list)  # by stretch: rules that are nothing else
        self._exact: dict[int, dict[str, list[Named]]] = defaultdict(lambda: defaultdict(list))
        self._chained: set[int] = set()
        for number, (rule, pattern) in enumerate(rules):
            self._add((rule.group, number), pattern)

    def _add(self, rule: Named, pattern: Pattern) -> None:
        stretches = tuple(self._stretch(part) for part in pattern.parts)
        if pattern.exact is not None:
            self._exact[stretches[0]][pattern.exact.strip(_EDGES)].append(rule)
        elif len(stretches) == 1:
            self._whole[stretches[0]].append(rule)
        else:
            rare = [each for each, part in zip(stretches, pattern.parts, strict=True) if not is_common(part)]
            sought = rare or list(stretches)
            self._chained.update(sought)
            self.chains[sought[0]].append(Chain(*rule, stretches, pattern.parts, frozenset(sought)))

    def _stretch(self, part: Part) -> int:
        key = frozenset(part.literals), part.open_end
        if key not in self._known:
            self._known[key] = len(self.parts)
            self.parts.append(part)
        return self._known[key]

    def uses(self) -> dict[bytes, Uses]:
        """Every literal to look for, and what it means."""
        found: dict[bytes, list[Special]] = defaultdict(list)
        for stretch, part in enumerate(self.parts):
            chained, whole = stretch in self._chained, tuple(self._whole[stretch])
            if not (chained or whole or stretch in self._exact):
                continue
            for text, verbs in _forms(part).items():
                literal = f" {text}" if part.open_end else f" {text} "
                found[literal.encode("ascii")].append(Special(stretch, part.open_end, verbs, whole, chained))
        return {literal: self._split(literal, uses) for literal, uses in found.items()}

    def _split(self, literal: bytes, uses: Sequence[Special]) -> Uses:
        plain = [use for use in uses if not use.open_end and not use.verbs]
        exact = {
            written: tuple(rules)
            for use in plain
            for written, rules in self._exact.get(use.stretch, {}).items()
        }
        further = Further(
            exact,
            tuple(use.stretch for use in plain if use.chained),
            tuple(use for use in uses if use.open_end or use.verbs),
        )
        rules = tuple(rule for use in plain for rule in use.rules)
        return Uses(len(literal), rules, further if any(further) else None)


_EDGES = " .,;:!?\"'«»“”‘’()[]"


def _forms(part: Part) -> dict[str, Forms]:
    """The literals of a stretch with the written forms of their verbs; none where a plain word is as good."""
    forms: dict[str, dict[int, set[str]]] = {}
    plain = {literal.text for literal in part.literals if not literal.verbs}
    for literal in part.literals:
        slot = forms.setdefault(literal.text, {})
        for word, written in () if literal.text in plain else literal.verbs:
            slot.setdefault(word, set()).add(written)
    return {text: tuple((word, frozenset(written)) for word, written in verbs.items()) for text, verbs in forms.items()}
