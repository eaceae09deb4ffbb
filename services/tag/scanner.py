"""The rules of one language, found in one pass over a field.

A rule is a chain of stretches (one, unless it has gaps), a stretch is a set of literals; rules with the same stretch
share it. The engine finds literals. Rules that one literal completes are noted at once; spans of other stretches are
gathered, and chains put together from those that were seen.

Owns the way from literals to matches. Does not read patterns (`services.tag.patterns`), nor search bytes
(`services.tag.engine`); what a literal means is worked out beforehand (`services.tag.literals`).
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from services.tag.engine import Engine, EngineName, build
from services.tag.literals import Chain, Forms, Index, Special
from services.tag.matches import NO_MATCHES, Matches, Rule, Triple
from services.tag.patterns import Part, Pattern
from services.tag.text import Field

Span = tuple[int, int]


class Scanner:
    """See the head of the file. Immutable."""

    def __init__(self, rules: Sequence[tuple[Rule, Pattern]], cache_dir: Path | None, engine: EngineName) -> None:
        index = Index(rules)
        self._rules = [rule for rule, _ in rules]
        self._parts = index.parts
        self._chains = index.chains
        uses = index.uses()
        self.literals = sorted(uses)
        self._uses = [uses[literal] for literal in self.literals]
        self.engine: Engine = build(self.literals, cache_dir, engine)

    def scan(self, field: Field, strict: bool) -> Matches:
        """Every match in the field. `strict`: verb forms must carry their accents."""
        padded = b" %b " % field.folded
        raw: list[tuple[int, int]] = []
        self.engine.scan(padded, _note, raw.append)
        if not raw:
            return NO_MATCHES
        groups: dict[str, list[Triple]] = defaultdict(list)
        seen: dict[int, list[Span]] = defaultdict(list)
        uses, view = self._uses, field.view
        for index, stop in raw:  # dozens an article: what it does is laid out flat, without calls
            length, rules, further = uses[index]
            start, end = stop - length, stop - 2  # in the view: the literal's leading space is the padding's
            for group, number in rules:
                groups[group].append((start, -end, number))
            if further is None:
                continue
            exact, chained, special = further
            if exact:
                for group, number in exact.get(view[start:end], ()):
                    groups[group].append((start, -end, number))
            for stretch in chained:
                seen[stretch].append((start, end))
            for use in special:
                _ask(use, field, padded, start, stop, strict, groups, seen)
        if seen:
            self._put_together(field, padded, seen, groups)
        return Matches(self._rules, groups)

    def _put_together(
        self, field: Field, padded: bytes, seen: dict[int, list[Span]], groups: dict[str, list[Triple]]
    ) -> None:
        """Adds the matches of chains whose stretches were all seen."""
        ready: dict[int, list[Span]] = {}  # sorted spans of the stretches that are needed; few are
        stretches = seen.keys()
        for first in stretches:
            for chain in self._chains.get(first, ()):
                if stretches >= chain.sought:
                    slots = [self._spans(stretch, padded, seen, ready) for stretch in chain.stretches]
                    if all(slots):
                        groups[chain.group] += _complete(field, chain, slots)

    def _spans(
        self, stretch: int, padded: bytes, seen: dict[int, list[Span]], ready: dict[int, list[Span]]
    ) -> list[Span]:
        if stretch not in ready:
            spans = seen[stretch] if stretch in seen else _look_for(self._parts[stretch], padded)
            ready[stretch] = sorted(set(spans))
        return ready[stretch]


def _note(index: int, _from: int, stop: int, _flags: int, add: Callable[[tuple[int, int]], None]) -> None:
    """The engine's handler. It is called for every literal found, so it does nothing but write it down."""
    add((index, stop))


def _ask(
    use: Special, field: Field, padded: bytes, start: int, stop: int, strict: bool,
    groups: dict[str, list[Triple]], seen: dict[int, list[Span]],
) -> None:  # fmt: skip
    """A literal that goes on to the end of its word, or holds verbs whose accents count."""
    end = padded.find(b" ", stop) - 1 if use.open_end else stop - 2
    if use.verbs and not _written(field, start, end, use.verbs, strict):
        return
    for group, number in use.rules:
        triple = (start, -end, number)
        if not use.open_end or triple not in groups[group]:  # `{oro|oros}*` finds the same word twice
            groups[group].append(triple)
    if use.chained:
        seen[use.stretch].append((start, end))


def _written(field: Field, start: int, end: int, verbs: Forms, strict: bool) -> bool:
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


def _look_for(part: Part, padded: bytes) -> list[Span]:
    """The spans of a stretch that the engine was spared."""
    found: list[Span] = []
    for literal in part.literals:
        wanted = f" {literal.text} ".encode("ascii")
        at = padded.find(wanted)
        while at >= 0:
            found.append((at, at + len(wanted) - 2))
            at = padded.find(wanted, at + 1)
    return found


_BREAK = ("!", "?", ";", "\n", ". ")


def _complete(field: Field, chain: Chain, slots: Sequence[Sequence[Span]]) -> set[Triple]:
    """The matches of a chain: from each place of its first stretch, the first way to complete it."""
    ends = ((start, _rest(field, slots, chain.parts, 1, end)) for start, end in slots[0])
    return {(start, -last, chain.number) for start, last in ends if last is not None}


def _rest(field: Field, slots: Sequence[Sequence[Span]], parts: Sequence[Part], number: int, end: int) -> int | None:
    """The end of the first way to complete a chain after `end`, or None."""
    if number == len(parts):
        return end
    spans, gap = slots[number], parts[number].gap
    for at in range(bisect_left(spans, (end, -1)), len(spans)):
        start, stop = spans[at]
        if not _near(field, end, start, gap):
            return None
        last = _rest(field, slots, parts, number + 1, stop)
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
