"""What a scan found in a field: matches by group, made when somebody asks for them.

A scan finds dozens of words in an article, and for most articles nobody asks for more than one group of them: offices
are only looked at beside a state, cues only where two states are named. So a match stays three numbers until then.

Owns their order and their making. Does not find them (`services.tag.scanner`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple, overload

import msgspec

LANGS = ("es", "pt", "en")


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


Triple = tuple[int, int, int]
"""Start, minus end, number of the rule: sorts as promised."""


class Matches(Sequence[Match]):
    """The matches of a field, sorted by (start, -end), overlapping ones included. As a sequence: of all groups."""

    __slots__ = ("_groups", "_rules")

    def __init__(self, rules: Sequence[Rule], groups: Mapping[str, list[Triple]]) -> None:
        self._rules = rules
        self._groups = groups

    def has(self, group: str) -> bool:
        """Whether the group has a match."""
        return bool(self._groups.get(group))

    def of(self, *groups: str) -> list[Match]:
        """The matches of these groups, in order."""
        found = sorted(chain.from_iterable(self._groups.get(group, ()) for group in groups))
        rules = self._rules
        return [Match(rules[number], start, -end) for start, end, number in found]

    @overload
    def __getitem__(self, index: int) -> Match: ...
    @overload
    def __getitem__(self, index: slice) -> list[Match]: ...
    def __getitem__(self, index: int | slice) -> Match | list[Match]:
        return self.of(*self._groups)[index]

    def __iter__(self) -> Iterator[Match]:
        return iter(self.of(*self._groups))

    def __len__(self) -> int:
        return sum(map(len, self._groups.values()))


NO_MATCHES = Matches((), {})
