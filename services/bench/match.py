"""Benchmarks of matching and raising: `rows` measures them all.

Subscriptions are drawn at random with a fixed seed, as people write them: an area or a few topics, some countries,
often a pair, a stance or words.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import redis

from services.bench.row import Row
from services.bench.timing import in_turns, rate, rate_of_core
from services.match.evaluate import matches
from services.match.facts import Facts
from services.match.index import Index
from services.model.alert import Alert, Quote, Stamps, alert_id
from services.model.article import Article, article_id
from services.model.finding import Finding, NewAlert
from services.model.subscription import Sets, Subscription
from services.model.tagged import ActorTag, DyadTag, Evidence, RelationTag, Tagged, TaggedArticle, TopicTag
from services.settings import Settings
from services.store.connect import connect

COUNTRIES = ("AR", "BO", "BR", "CL", "CO", "EC", "GY", "PE", "PY", "SR", "UY", "VE", "US", "MX", "EU", "CN")
TOPICS = {
    "security": ("drug-trafficking", "border-security", "prisons-gangs", "organised-crime"),
    "migration": ("deportation", "humanitarian-corridor", "refugees-asylum", "regularisation-visas"),
    "mining": ("lithium", "copper", "gold", "illegal-mining"),
}
_SYLLABLES = ("mi", "co", "lú", "pa", "ner", "bra", "gal", "tro", "ción", "ña", "do", "ris")
_WORDS = tuple(a + b + c + d for a in _SYLLABLES for b in _SYLLABLES for c in _SYLLABLES for d in _SYLLABLES)
_ROUNDS = 5


def rows(url: str) -> list[Row]:
    """`alerts`, `subscriptions_100k`, `subscriptions_x10`. `url`: a Redis that may be emptied."""
    return [*subscriptions(), alerts(url)]


def subscriptions(count: int = 100_000) -> list[Row]:
    """Articles matched per second against `count` subscriptions: the index, against the loop over all of them.

    `subscriptions_x10` is how many times the time ten times the subscriptions take; for the loop it is ten.
    """
    chance = random.Random(20_261_122)  # noqa: S311 - reproducible, not secret
    asked = [_subscription(chance, i) for i in range(count)]
    records = [_tagged(chance, i) for i in range(200)]
    small, large = Index(asked[: count // 10]), Index(asked)
    hits = 0
    for number, record in enumerate(records):
        found = large.matching(Facts(record))
        hits += len(found)
        if number < 3 and found != _loop(asked, record):
            raise AssertionError("index and loop disagree")
    measured = in_turns(
        {
            "large": rate_of_core(len(records), lambda: [large.matching(Facts(record)) for record in records]),
            "small": rate_of_core(len(records), lambda: [small.matching(Facts(record)) for record in records]),
            "loop": rate_of_core(5, lambda: [_loop(asked, record) for record in records[:5]]),
        },
        _ROUNDS,
    )
    note = f"{count:,} subscriptions, {hits / len(records):.0f} hits an article, words included"
    cost = measured.compared("large", "small") / measured["large"]
    return [
        Row(
            "subscriptions_100k",
            measured["large"],
            "articles/s per core",
            measured.compared("large", "loop"),
            note=note,
        ),
        Row("subscriptions_x10", cost, "times the time", 10.0, 1.0, less_is_better=True, note=note),
    ]


def alerts(url: str, count: int = 20_000, each: int = 10) -> Row:
    """Alerts raised per second with dedupe: one script call per article with `each` alerts, a hundred articles per
    round trip. Baseline: one SET NX, XADD and three PUBLISH after another. Limit: bare pipelined XADD."""
    client: Any = redis.Redis.from_url(url)
    store = connect(url, Settings())
    findings = [_finding(i, each) for i in range(count // each)]

    def ours() -> None:
        for start in range(0, len(findings), 100):
            store.alerts.raise_all(findings[start : start + 100], 1.0)

    def emptied(done: int, job: Callable[[], object]) -> Callable[[], float]:
        def run() -> float:
            client.flushall()
            return rate(done, job)()

        return run

    few = findings[: len(findings) // 10]
    measured = in_turns(
        {
            "ours": emptied(count, ours),
            "plain": emptied(len(few) * each, lambda: _one_by_one(client, few)),
            "bare": emptied(count, lambda: _bare(client, findings)),
        },
        _ROUNDS,
    )
    store.close()
    client.close()
    note = f"{each} alerts an article, each published under three names"
    plain, bare = measured.compared("ours", "plain"), measured.compared("ours", "bare")
    return Row("alerts", measured["ours"], "alerts/s", plain, bare, note=note)


def _loop(asked: Sequence[Subscription], record: TaggedArticle) -> list[Subscription]:
    facts = Facts(record)
    return [each for each in asked if matches(each, facts)]


def _one_by_one(client: Any, findings: Sequence[Finding]) -> None:
    for finding in findings:
        for new in finding.alerts:
            if client.set(f"seen:{new.alert.id}", 1, nx=True, ex=1000):
                body = msgspec.json.encode(new.alert)
                client.xadd("alerts", {"id": new.alert.id, "json": body})
                for name in new.announce:
                    client.publish(name, body)


def _bare(client: Any, findings: Sequence[Finding]) -> None:
    for start in range(0, len(findings), 100):
        with client.pipeline(transaction=False) as pipe:
            for finding in findings[start : start + 100]:
                for new in finding.alerts:
                    pipe.xadd("alerts", {"id": new.alert.id, "json": msgspec.json.encode(new.alert)})
            pipe.execute()


def _word(chance: random.Random) -> str:
    """Few words are frequent and most are rare, as in any language."""
    return _WORDS[min(int(chance.paretovariate(0.25)), len(_WORDS)) - 1]


def _subscription(chance: random.Random, number: int) -> Subscription:
    """An area and a country at least; most ask for more. About two in a thousand match an article."""
    area = chance.choice(list(TOPICS))
    some = chance.random
    return Subscription(
        id=f"s{number}",
        areas=(area,),
        topics=(chance.choice(TOPICS[area]),) if some() < 0.7 else (),
        countries=Sets(any=tuple(chance.sample(COUNTRIES, chance.randint(1, 2)))),
        pairs=("-".join(sorted(chance.sample(COUNTRIES, 2))),) if some() < 0.5 else (),
        stances=(chance.choice(("propose", "cooperate", "reject")),) if some() < 0.5 else (),
        words=Sets(any=tuple(chance.sample(_WORDS[:2000], 2))) if some() < 0.7 else Sets(),
        languages=(chance.choice(("es", "pt", "en")),) if some() < 0.5 else (),
        min_confidence=chance.choice((0.6, 0.7, 0.8)),
    )


def _tagged(chance: random.Random, number: int) -> TaggedArticle:
    text = " ".join(_word(chance) for _ in range(600))
    evidence = (Evidence(field="text", start=0, end=4, text=text[:4], rule="r"),)
    area = chance.choice(list(TOPICS))
    topic = chance.choice(TOPICS[area])
    first, second = sorted(chance.sample(COUNTRIES, 2))
    confidence = chance.uniform(0.6, 1)
    article = Article(
        id=article_id(str(number)), version=1, digest="", url="u", title="t", text=text, feed="f", outlet="o", seen=0.0
    )
    relation = RelationTag(
        id="r1", kind="propose", sign="cooperation", actors=(first,), recipients=(second,), topics=(topic,),
        negated=False, tense="past", hypothetical=False, quoted=False, confidence=confidence, evidence=evidence, why=(),
    )  # fmt: skip
    tags = Tagged(
        id=article.id,
        lang="es",
        topics=(TopicTag(id=topic, area=area, confidence=confidence, band="firm", evidence=evidence),),  # type: ignore[arg-type]
        actors=tuple(ActorTag(country=each, how="state", evidence=evidence) for each in (first, second)),
        relations=(relation,),
        dyads=(DyadTag(pair=(first, second), area=area, stance="propose", confidence=confidence, relations=("r1",)),),  # type: ignore[arg-type]
        blocked=(),
    )
    return TaggedArticle(article=article, tags=tags, rules_version="", tagged_at=0.0)


def _finding(number: int, each: int) -> Finding:
    story = article_id(str(number))
    quote = Quote(field="text", start=0, end=160, text="palabra " * 20, marks=((0, 7),))
    made = tuple(
        Alert(
            id=alert_id(f"s{i}", story, "first"), subscription=f"s{i}", story=story, development="first", article=story,
            version=1, digest="d" * 16, title="Chile propone a Perú un corredor", url=f"https://example.org/{number}",
            outlet="El Faro", lang="es", areas=("migration",), topics=("humanitarian-corridor",),
            countries=("CL", "PE"), pairs=("CL-PE",), stance="propose", confidence=0.9, quotes=(quote,),
            stamps=Stamps(seen=1.0, tagged=2.0, matched=3.0),
        )
        for i in range(each)
    )  # fmt: skip
    names = ("migration.CL", "migration.PE", "migration.CL-PE")
    return Finding(story, 1, tuple(NewAlert(alert, names) for alert in made))
