"""All subscriptions at once: which of them an article matches, without looking at each.

One bit per subscription. For every condition the index holds, per value, the bits of those that accept it, and the
bits of those that do not ask; an article's answer is a handful of ANDs and ORs over big integers. The answer is
exact: the same as `evaluate.matches` for each subscription, which a property test holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

from services.match.facts import DyadFact, Facts
from services.match.words import PatternTable
from services.model.subscription import Subscription
from services.model.tagged import TopicTag

_SET_BYTE = re.compile(rb"[^\x00]", re.DOTALL)
_POSITIONS = tuple(tuple(bit for bit in range(8) if byte >> bit & 1) for byte in range(256))


def _bits(positions: Iterable[int], size: int) -> int:
    """An integer with these bits set, built in one pass."""
    buffer = bytearray(size // 8 + 1)
    for position in positions:
        buffer[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(buffer, "little")


def _positions(bits: int) -> list[int]:
    """The bits that are set, in order; empty bytes are skipped by the regular expression engine."""
    data = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
    return [(match.start() << 3) + bit for match in _SET_BYTE.finditer(data) for bit in _POSITIONS[data[match.start()]]]


class _Union:
    """Position lists that are united: long ones are kept as bits, short ones (a rare word) as they are."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._short: list[Sequence[int]] = []
        self._dense = 0

    def add(self, positions: int | Sequence[int]) -> None:
        if isinstance(positions, int):
            self._dense |= positions
        else:
            self._short.append(positions)

    def bits(self) -> int:
        if not self._short:
            return self._dense
        return self._dense | _bits((position for each in self._short for position in each), self._size)


def _packed(positions: Sequence[int], size: int) -> int | Sequence[int]:
    """Bits where they are the smaller form: a hundred thousand rare words as bits would take a gigabyte."""
    return _bits(positions, size) if len(positions) * 256 > size else tuple(positions)


class _AnyOf:
    """One of the asked values is there; holds for those that ask for none."""

    def __init__(self, asked: Sequence[Collection[str]]) -> None:
        self._size = len(asked)
        lists: dict[str, list[int]] = {}
        for position, values in enumerate(asked):
            for value in values:
                lists.setdefault(value, []).append(position)
        self._free = _bits((i for i, values in enumerate(asked) if not values), self._size)
        self._by_value = {value: _packed(positions, self._size) for value, positions in lists.items()}

    def bits(self, values: Iterable[str]) -> int:
        """Who is satisfied by these values."""
        if not self._by_value:
            return self._free
        found = _Union(self._size)
        found.add(self._free)
        for value in values:
            if positions := self._by_value.get(value):
                found.add(positions)
        return found.bits()


class _AllOf:
    """Every asked value is there. Grouped by the set asked for, and filed under its first value."""

    def __init__(self, asked: Sequence[Collection[str]]) -> None:
        self._size = len(asked)
        lists: dict[frozenset[str], list[int]] = {}
        for position, values in enumerate(asked):
            lists.setdefault(frozenset(values), []).append(position)
        self._free = _bits(lists.pop(frozenset(), ()), self._size)
        self._by_first: dict[str, list[tuple[frozenset[str], int | Sequence[int]]]] = {}
        for values, positions in lists.items():
            self._by_first.setdefault(min(values), []).append((values, _packed(positions, self._size)))

    def bits(self, values: Collection[str]) -> int:
        """Who is satisfied by these values."""
        if not self._by_first:
            return self._free
        found = _Union(self._size)
        found.add(self._free)
        for value in values:
            for wanted, positions in self._by_first.get(value, ()):
                if wanted.issubset(values):
                    found.add(positions)
        return found.bits()


class _NoneOf:
    """No refused value is there."""

    def __init__(self, refused: Sequence[Collection[str]]) -> None:
        self._all = (1 << len(refused)) - 1
        self._refusing = _AnyOf([values or ("\x00",) for values in refused])

    def bits(self, values: Iterable[str]) -> int:
        """Who refuses none of these values."""
        return self._all & ~self._refusing.bits(values)


class _AtLeast:
    """The threshold is reached. Few different thresholds are used."""

    def __init__(self, asked: Sequence[float]) -> None:
        lists: dict[float, list[int]] = {}
        for position, threshold in enumerate(asked):
            lists.setdefault(threshold, []).append(position)
        self._by_threshold = [(threshold, _bits(lists[threshold], len(asked))) for threshold in sorted(lists)]

    def bits(self, value: float) -> int:
        """Whose threshold this value reaches."""
        found = 0
        for threshold, bits in self._by_threshold:
            if threshold > value:
                break
            found |= bits
        return found


class _SetsIndex:
    """`any`, `all` and `none` of one field."""

    def __init__(self, subscriptions: Sequence[Subscription], field: str) -> None:
        sets = [getattr(subscription, field) for subscription in subscriptions]
        self._any = _AnyOf([each.any for each in sets])
        self._all = _AllOf([each.all for each in sets])
        self._none = _NoneOf([each.none for each in sets])

    def bits(self, values: Collection[str]) -> int:
        return self._any.bits(values) & self._all.bits(values) & self._none.bits(values)


class Index:
    """Immutable: built anew when subscriptions change."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self.subscriptions = tuple(each for each in subscriptions if each.enabled)
        own = self.subscriptions

        def field(get: Callable[[Subscription], Collection[str]]) -> _AnyOf:
            return _AnyOf([get(each) for each in own])

        self._languages = field(lambda each: each.languages)
        self._outlets = field(lambda each: each.outlet_countries)
        self._areas = field(lambda each: each.areas)
        self._topics = field(lambda each: each.topics)
        self._pairs = field(lambda each: each.pairs)
        self._stances = field(lambda each: each.stances)
        self._kinds = field(lambda each: each.kinds)
        self._countries_any = field(lambda each: each.countries.any)
        self._countries = _SetsIndex(own, "countries")
        self._words = _SetsIndex(own, "words")
        self._confidence = _AtLeast([each.min_confidence for each in own])
        self._no_topic = _bits((i for i, each in enumerate(own) if not each.asks_topic), len(own))
        self._no_relation = _bits((i for i, each in enumerate(own) if not each.asks_relation), len(own))
        self._patterns = PatternTable(
            [text for each in own for text in (*each.words.any, *each.words.all, *each.words.none)]
        )

    def matching(self, facts: Facts) -> list[Subscription]:
        """The subscriptions that the article matches, in their order."""
        record = facts.record
        found = self._topic_bits(facts.topics)
        found &= self._languages.bits((record.tags.lang,))
        found &= self._outlets.bits((record.article.outlet_country or "",))
        if found:
            found &= self._countries.bits(facts.countries)
        if found:
            found &= self._relation_bits(facts.dyads)
        if found and self._patterns:
            found &= self._words.bits(self._patterns.found(facts.words))
        return [self.subscriptions[position] for position in _positions(found)]

    def _topic_bits(self, topics: Sequence[TopicTag]) -> int:
        found = self._no_topic
        for topic in topics:
            found |= (
                self._areas.bits((topic.area,))
                & self._topics.bits((topic.id,))
                & self._confidence.bits(topic.confidence)
            )
        return found

    def _relation_bits(self, dyads: Sequence[DyadFact]) -> int:
        found = self._no_relation
        for dyad in dyads:
            found |= (
                self._confidence.bits(dyad.tag.confidence)
                & self._areas.bits((dyad.tag.area,))
                & self._stances.bits((dyad.tag.stance,))
                & self._pairs.bits(dyad.pair_forms)
                & self._kinds.bits(dyad.kinds)
                & self._topics.bits(dyad.topics)
                & self._countries_any.bits(dyad.tag.pair)
            )
        return found
