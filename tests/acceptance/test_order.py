"""Two versions of a thousand articles, four workers, four partitions, kills: what a subscriber sees of their order."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import redis

from services.log.base import Record
from services.log.connect import connect
from services.model.article import Article, content_digest
from services.model.codec import encode
from services.model.tagged import Evidence, Tagged, TaggedArticle, TopicTag
from services.pipeline import TAGGED, topics
from services.settings import load
from tests.conftest import until

ARTICLES = 1000
WORDS = {1: "alfa", 2: "beta"}
SUBSCRIPTIONS = """
subscriptions:
  - {id: alfa, areas: [mining], words: [alfa], targets: [console]}
  - {id: beta, areas: [mining], words: [beta], targets: [console]}
"""


def tagged(number: int, version: int) -> TaggedArticle:
    """Version 1 speaks of alfa and version 2 of beta, so each version alerts a subscription of its own."""
    title, text = f"Informe {number} sobre minería ilegal", f"La minería ilegal, dice la palabra {WORDS[version]}."
    article = Article(
        id=f"{number:024x}",
        version=version,
        digest=content_digest(title, text),
        url=f"http://example.org/{number}",
        title=title,
        text=text,
        feed="http://example.org/feed",
        outlet="example",
        seen=1.0,
    )
    evidence = Evidence("text", 3, 17, text[3:17], "illegal-mining/es")
    topic = TopicTag(id="illegal-mining", area="mining", confidence=0.9, band="firm", evidence=(evidence,))
    tags = Tagged(id=article.id, lang="es", topics=(topic,), actors=(), relations=(), dyads=(), blocked=())
    return TaggedArticle(article=article, tags=tags, rules_version="test", tagged_at=1.0)


@pytest.mark.parametrize("adapter", ["valkey", "kafka"])
def test_no_subscriber_sees_an_older_version_after_a_newer_one(
    adapter: str, request: pytest.FixtureRequest, valkey: str, repository: Path, tmp_path: Path
) -> None:
    url = request.getfixturevalue(adapter)
    store = redis.Redis.from_url(valkey, decode_responses=True)
    store.flushall()
    config = tmp_path / "config"
    shutil.copytree(repository / "config", config, ignore=shutil.ignore_patterns("feeds.opml", "actors"))
    (config / "subscriptions.yaml").write_text(SUBSCRIPTIONS)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ATALAYA_")} | {
        "ATALAYA_SETTINGS": str(config / "atalaya.toml"),
        "ATALAYA_LOG": url,
        "ATALAYA_STORE": valkey,
    }
    log = connect(url, lease=6.0)
    log.prepare(topics(load(environ=environment)))
    lives: list[subprocess.Popen[bytes]] = []

    def start(number: int) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "services", "run", "match", "--number", str(number), "--metrics-port", "0"]
        with (tmp_path / f"{number}.log").open("ab") as output:
            life = subprocess.Popen(command, cwd=repository, env=environment, stdout=output, stderr=output)
        lives.append(life)
        return life

    chance = random.Random(3)
    workers = {number: start(number) for number in range(4)}
    try:
        for version in (1, 2):
            for first in range(0, ARTICLES, 100):
                batch = [tagged(number, version) for number in range(first, first + 100)]
                log.append(TAGGED, [Record(each.id, encode(each)) for each in batch])
                if first % 300 == 0:
                    expected = (version - 1) * ARTICLES + first // 2
                    until(lambda wanted=expected: store.xlen("atalaya:alerts") >= wanted, 60, "the workers at work")
                    victim = chance.randrange(4)
                    workers[victim].kill()
                    workers[victim].wait()
                    workers[victim] = start(victim)
        until(lambda: store.xlen("atalaya:alerts") >= 2 * ARTICLES, 120, "all alerts")
        until(lambda: log.lag(TAGGED, "atalaya.match") == 0, 60, "everything committed")
    finally:
        for life in lives:
            if life.poll() is None:
                life.send_signal(signal.SIGTERM)
        for life in lives:
            life.wait(30)
        log.close()
    seen: dict[str, list[str]] = {}
    for _, fields in store.xrange("atalaya:alerts"):
        seen.setdefault(fields["url"], []).append(fields["subscription"])
    store.close()
    assert len(lives) >= 4 + 8
    assert len(seen) == ARTICLES
    assert {tuple(order) for order in seen.values()} == {("alfa", "beta")}
