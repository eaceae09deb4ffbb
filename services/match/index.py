"""All subscriptions at once: which of them an article matches, without looking at each.

One bit per subscription. For every condition the index holds, per value, the bits of those that accept it, and the
bits of those that do not ask; an article's answer is a handful of ANDs and ORs over big integers. The answer is
exact: the same as `evaluate.matches` for each subscription, which a property test holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

import numpy as np
import numpy.typing as npt

from services.match.facts import DyadFact, Facts
from services.match.words import PatternTable
from services.model.subscription import Subscription
from services.model.tagged import TopicTag

Positions = npt.NDArray[np.intp]


def _bits(positions: Positions, size: int) -> int:
    """An integer with these bits set."""
    mask = np.zeros(size, dtype=np.bool_)
    mask[positions] = True
    return int.from_bytes(np.packbits(mask, bitorder="little").tobytes(), "little")


def _positions(bits: int) -> list[int]:
    """The bits that are set, in order; only bytes that hold one are looked into."""
    data = np.frombuffer(bits.to_bytes((bits.bit_length() + 7) // 8, "little"), np.uint8)
    holding = np.flatnonzero(data != 0)
    at = np.flatnonzero(np.unpackbits(data[holding], bitorder="little").view(np.bool_))
    found: list[int] = (holding[at >> 3] * 8 + (at & 7)).tolist()
    return found


def _packed(positions: Sequence[int], size: int) -> int | Positions:
    """Bits, or a list where that is much smaller: a hundred thousand rare words as bits would take a gigabyte."""
    array = np.array(positions, dtype=np.intp)
    return _bits(array, size) if len(positions) * 1024 > size else array


def _united(dense: int, found: Iterable[int | Positions], scratch: npt.NDArray[np.bool_]) -> int:
    """All of them as bits. `scratch` is all False, and is left so: a fresh one costs more than all the rest."""
    short: list[Positions] = []
    for each in found:
        if isinstance(each, int):
            dense |= each
        else:
            short.append(each)
    if not short:
        return dense
    scratch[np.concatenate(short)] = True
    packed = np.packbits(scratch, bitorder="little")
    scratch.fill(False)
    return dense | int.from_bytes(packed.tobytes(), "little")


def _where(holds: Iterable[bool]) -> int:
    """The bits of those for which it holds."""
    flags = np.fromiter(holds, dtype=np.bool_)
    return int.from_bytes(np.packbits(flags, bitorder="little").tobytes(), "little")


class _AnyOf:
    """One of the asked values is there; holds for those that ask for none."""

    def __init__(self, asked: Sequence[Collection[str]]) -> None:
        self._scratch = np.zeros(len(asked), dtype=np.bool_)
        lists: dict[str, list[int]] = {}
        for position, values in enumerate(asked):
            for value in values:
                lists.setdefault(value, []).append(position)
        self._free = _where(not values for values in asked)
        self._by_value = {value: _packed(positions, len(asked)) for value, positions in lists.items()}

    def bits(self, values: Iterable[str]) -> int:
        """Who is satisfied by these values."""
        known = self._by_value
        if not known:
            return self._free
        return _united(self._free, [found for found in map(known.get, values) if found is not None], self._scratch)


class _AllOf:
    """Every asked value is there. Grouped by the set asked for, and filed under its first value."""

    def __init__(self, asked: Sequence[Collection[str]]) -> None:
        self._scratch = np.zeros(len(asked), dtype=np.bool_)
        lists: dict[frozenset[str], list[int]] = {}
        for position, values in enumerate(asked):
            lists.setdefault(frozenset(values), []).append(position)
        lists.pop(frozenset(), None)
        self._free = _where(not values for values in asked)
        self._by_first: dict[str, list[tuple[frozenset[str], int | Positions]]] = {}
        for values, positions in lists.items():
            self._by_first.setdefault(min(values), []).append((values, _packed(positions, len(asked))))

    def bits(self, values: Collection[str]) -> int:
        """Who is satisfied by these values."""
        if not self._by_first:
            return self._free
        near = (each for value in values for each in self._by_first.get(value, ()))
        return _united(self._free, [positions for wanted, positions in near if wanted.issubset(values)], self._scratch)


class _NoneOf:
    """No refused value is there."""

    def __init__(self, refused: Sequence[Collection[str]]) -> None:
        self._all = (1 << len(refused)) - 1
        self._some = any(refused)
        self._refusing = _AnyOf([values or ("\x00",) for values in refused])

    def bits(self, values: Iterable[str]) -> int:
        """Who refuses none of these values."""
        return self._all & ~self._refusing.bits(values) if self._some else self._all


class _AtLeast:
    """The threshold is reached. Few different thresholds are used."""

    def __init__(self, asked: Sequence[float]) -> None:
        lists: dict[float, list[int]] = {}
        for position, threshold in enumerate(asked):
            lists.setdefault(threshold, []).append(position)
        self._by_threshold = [
            (threshold, _bits(np.array(lists[threshold], dtype=np.intp), len(asked))) for threshold in sorted(lists)
        ]

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
    """Never changes: built anew when subscriptions do. Used by one thread at a time."""

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
        self._no_topic = _where(not each.asks_topic for each in own)
        self._no_relation = _where(not each.asks_relation for each in own)
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
