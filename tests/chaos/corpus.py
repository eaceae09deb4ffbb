"""The corpus of a chaos run, and the alerts that it must give rise to: pure, computed from nothing else.

Each article is one of a few plain sentences with names and numbers of its own; which subscriptions it concerns
follows from the sentence chosen. Some articles are edited in a later wave: most edits change nothing for anybody,
some make an article concern a subscription for the first time. Some are copied, with tracking parameters, into
a second feed: copies concern nobody.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import NamedTuple

_PAIRS = [
    ("Perú", "Ecuador"),
    ("Colombia", "Venezuela"),
    ("Brasil", "Bolivia"),
    ("Chile", "Argentina"),
    ("Paraguay", "Uruguay"),
]
SENTENCES = {
    "mining": "{a} y {b} firmaron un acuerdo contra la minería ilegal de oro en la frontera. "
    "Los ministros de ambos países dijeron que la minería ilegal será perseguida en el tramo {n}.",
    "security": "{a} y {b} acordaron un plan conjunto contra el crimen organizado y el narcotráfico. "
    "Las policías de los dos países compartirán inteligencia sobre el narcotráfico en el sector {n}.",
    "migration": "{a} y {b} firmaron un acuerdo sobre migración irregular y deportación de migrantes. "
    "El paso fronterizo {n} tendrá un registro común de los migrantes.",
    "nothing": "La orquesta de la plaza {n} ofreció un concierto gratuito ante cientos de vecinos. "
    "El programa incluyó valses y marineras.",
}
_TITLES = {
    "mining": "{a} y {b} acuerdan combatir la minería ilegal, informe {n}",
    "security": "{a} y {b} acuerdan plan contra el crimen organizado, informe {n}",
    "migration": "{a} y {b} firman acuerdo sobre migración irregular, informe {n}",
    "nothing": "Concierto gratuito en la plaza {n}",
}
SUBSCRIPTIONS = {"chaos-mining": {"mining"}, "chaos-security": {"security"}, "chaos-all": set(SENTENCES) - {"nothing"}}
"""Subscription → the kinds of article that concern it."""


class Entry(NamedTuple):
    """One item of one feed, as it looks from a wave on."""

    wave: int
    number: int
    link: str
    title: str
    text: str


class Corpus(NamedTuple):
    """`feeds[f]`: the entries of feed f, oldest first; `expected`: (subscription, article's canonical address)."""

    feeds: list[list[Entry]]
    expected: set[tuple[str, str]]
    articles: int
    waves: int


def make(articles: int, feeds: int, waves: int, seed: int, base: str) -> Corpus:
    """`base`: where the server listens, "http://127.0.0.1:PORT"."""
    chance = random.Random(seed)
    shown: list[list[Entry]] = [[] for _ in range(feeds)]
    expected: set[tuple[str, str]] = set()
    kinds = list(SENTENCES)
    for number in range(articles):
        feed = number % feeds
        wave = chance.randrange(waves)
        link = f"{base}/nota/{number}"
        kind = chance.choices(kinds, weights=[2, 2, 2, 4])[0]
        shown[feed].append(entry(wave, number, link, kind, chance))
        final = kind
        if wave < waves - 1 and chance.random() < 0.05:
            final = kind if kind != "nothing" else chance.choice(kinds[:3])
            shown[feed].append(entry(chance.randrange(wave + 1, waves), number, link, final, chance))
        if chance.random() < 0.03:
            copy = entry(waves - 1, number, f"{link}?utm_source=chaos&utm_medium=rss", final, chance)
            shown[(feed + 1) % feeds].append(copy)
        expected |= {(name, link) for name, wanted in SUBSCRIPTIONS.items() if {kind, final} & wanted}
    return Corpus(shown, expected, articles, waves)


def current(entries: Sequence[Entry], wave: int) -> list[Entry]:
    """What the feed shows in a wave: the newest look of each item that is out."""
    out: dict[str, Entry] = {}
    for entry in sorted((each for each in entries if each.wave <= wave), key=lambda each: each.wave):
        out[entry.link] = entry
    return list(out.values())


def entry(wave: int, number: int, link: str, kind: str, chance: random.Random) -> Entry:
    """One item of this kind (a key of `SENTENCES`), with names and numbers drawn from `chance`."""
    a, b = chance.choice(_PAIRS)
    words = {"a": a, "b": b, "n": f"{number}-{chance.randrange(10**6)}"}
    return Entry(wave, number, link, _TITLES[kind].format(**words), SENTENCES[kind].format(**words))
