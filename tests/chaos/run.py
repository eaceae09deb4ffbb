"""One chaos run on one log, and its report."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import redis

from tests.broker import Broker
from tests.chaos.corpus import Corpus, make
from tests.chaos.service import Service
from tests.chaos.sites import Newspaper, Receiver

SECRET = "whsec_Y2hhb3MtcnVuLXNlY3JldC0zMi1ieXRlcy1sb25nISE="


class Plan(NamedTuple):
    """How much chaos."""

    articles: int = 10_000
    feeds: int = 100
    waves: int = 6
    kills: int = 36
    every: float = 3.0  # seconds between kills, on average
    patience: float = 240.0  # seconds without progress after which the run is judged as it stands
    seed: int = 1


def chaos(plan: Plan, folder: Path, broker: Broker | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Runs it; the report. `broker`: a started Kafka for the log, or None for the embedded log."""
    began = time.monotonic()
    newspaper, receiver = Newspaper(), Receiver(SECRET, plan.seed)
    service = Service(
        folder, broker.url if broker else "embedded", newspaper.address, receiver.address, SECRET, plan.feeds
    )
    corpus = make(plan.articles, plan.feeds, plan.waves, plan.seed, f"http://{newspaper.address}")
    newspaper.publish(corpus)
    service.start()
    try:
        kills = _rage(plan, service, newspaper, broker, say)
        newspaper.wave = plan.waves - 1
        receiver.behave = True
        _settle(plan, service, receiver, corpus, say)
        report = _count(service, receiver, corpus)
        status = service.stop()
    finally:
        if service.alive():
            service.stop()
        newspaper.close()
        receiver.close()
    kinds = Counter(kills)
    return {
        "articles": corpus.articles,
        "kills": len(kills) - kinds["broker"] - kinds["valkey"],
        "killed": dict(sorted(kinds.items())),
        "broker_kills": kinds["broker"],
        "store_kills": kinds["valkey"],
        "alerts_expected": len(corpus.expected),
        **report,
        "webhooks_refused": receiver.refused,
        "exit_status": status,
        "seconds": round(time.monotonic() - began, 1),
    }


def _rage(
    plan: Plan, service: Service, newspaper: Newspaper, broker: Broker | None, say: Callable[[str], None]
) -> list[str]:
    """Publishes wave after wave and kills meanwhile; what was killed."""
    chance = random.Random(plan.seed)
    killed: list[str] = []
    store_at, broker_at = plan.kills // 3, plan.kills // 2
    _wait_for_work(service)
    for number in range(plan.kills):
        newspaper.wave = number * plan.waves // plan.kills
        time.sleep(chance.uniform(0.5, 1.5) * plan.every)  # the moment of a kill is chance, not a condition
        killed.append(service.kill_one(chance))
        if killed[-1] == "up":
            service.start()
        if number == store_at and service.kill_store():
            killed.append("valkey")
        if number == broker_at and broker is not None:
            broker.kill()
            broker.start()
            killed.append("broker")
        say(f"kill {number + 1} of {plan.kills}: {killed[-1]}; wave {newspaper.wave}")
    return killed


def _wait_for_work(service: Service) -> None:
    """Until the first alert is there: kills before that would only test the start."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and service.alive():
        try:
            with redis.Redis.from_url(service.store, socket_timeout=5) as client:
                if client.xlen("atalaya:alerts"):
                    return
        except redis.exceptions.ConnectionError:
            pass
        time.sleep(0.2)
    raise AssertionError(f"no alert within two minutes; see {service.folder / 'up.log'}")


def _settle(plan: Plan, service: Service, receiver: Receiver, corpus: Corpus, say: Callable[[str], None]) -> None:
    """Until every expected alert has reached the receiver, or nothing moves any more."""
    best, moved = -1, time.monotonic()
    while time.monotonic() - moved < plan.patience:
        got = len(set(receiver.about.values()) & corpus.expected)
        if got > best:
            best, moved = got, time.monotonic()
            say(f"{got} of {len(corpus.expected)} delivered")
        if got == len(corpus.expected):
            return
        time.sleep(1.0)


def _count(service: Service, receiver: Receiver, corpus: Corpus) -> dict[str, Any]:
    """Alerts in Redis and webhooks received, against what the corpus must give rise to."""
    with redis.Redis.from_url(service.store, decode_responses=True) as client:
        entries = client.xrange("atalaya:alerts")
    ids: Counter[str] = Counter()
    about: Counter[tuple[str, str]] = Counter()
    for _, fields in entries:
        alert = json.loads(fields["json"])
        ids[alert["id"]] += 1
        about[alert["subscription"], alert["url"]] += 1
    received = set(receiver.about.values())
    return {
        "alerts": sum(ids.values()),
        "lost": len(corpus.expected - set(about)),
        "unexpected": len(set(about) - corpus.expected),
        "doubled": sum(count - 1 for count in ids.values()) + sum(count - 1 for count in about.values()),
        "webhooks_missing": len(corpus.expected - received),
        "webhook_ids_per_alert": round(len(receiver.about) / max(1, len(received)), 4),
        "webhook_repeats": sum(count - 1 for count in receiver.accepted.values()),
        "webhooks_forged": receiver.forged,
    }
