"""A real poller and real answers: which silence means blindness, as every reader of it is told."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client import REGISTRY

from services.dead_letter_box import DeadLetterBox
from services.health import HealthServer, sights_page
from services.log.memory import MemoryLog
from services.model.feed import Feed
from services.model.sight import NOTHING_HAPPENED, QUIET_BLIND, QUIET_PARTLY_BLIND, Sight, quiet
from services.pipeline import ARTICLES, topics
from services.poll import feeds_cli
from services.poll.build import build
from services.settings import HttpSettings, Newsroom, Settings
from services.store.connect import connect
from services.telemetry import now
from services.worker import Worker
from tests.conftest import until
from tests.hostile.behaviours import feed, typed
from tests.hostile.feeds import rss
from tests.hostile.server import HostileServer, answer

ANSWERS = {
    "CL": {"uno": feed(rss([])), "dos": feed(rss([]))},  # they answer, and have nothing to say
    "PE": {"tres": answer(500), "cuatro": typed("<html>Lo sentimos</html>", "text/html")},
    "EC": {"cinco": feed(rss([])), "seis": answer(503)},
}
"""Country → family → how its one feed answers."""


@pytest.fixture
def sights(valkey: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Sight]]:
    """What a poller has told once it had asked every feed, as another process reads it."""
    import redis

    monkeypatch.setattr("services.poll.source._MEASURE", 0.1)
    with redis.Redis.from_url(valkey) as client:
        client.flushall()
    settings = Settings(
        store=valkey, newsroom=Newsroom(enabled=False), http=HttpSettings(host_seconds=0.0, per_host=10)
    )
    store, reader, log, stop = connect(valkey, settings), connect(valkey, settings), MemoryLog(), threading.Event()
    log.prepare(topics(settings))
    with HostileServer() as server:
        feeds = []
        for country, families in ANSWERS.items():
            for family, behaviour in families.items():
                server.routes[f"/{family}/rss.xml"] = [behaviour]
                url = f"{server.base}/{family}/rss.xml"
                feeds.append(Feed(url=url, title=family, country=country, language="es", outlet=family, family=family))
        source, stage = build(settings, store, feeds, (f"{server.host}:{server.port}",))
        worker = Worker(
            "poll",
            source,
            stage,
            appender=log,
            writes=ARTICLES,
            dead=DeadLetterBox(log, store.dead_letters),
            traces=store.traces,
            settings=settings.workers,
            stop=stop,
        )
        thread = threading.Thread(target=worker.run)
        thread.start()
        try:
            until(lambda: _all_asked(reader.sights.all()), 30, "every feed was asked, and a poller has told")
            yield reader.sights.all()
        finally:
            stop.set()
            thread.join(10)
            source.close()
            store.close()
            reader.close()


def _all_asked(found: dict[str, Sight]) -> bool:
    return len(found) == len(ANSWERS) and not any("new" in each.health for each in found.values())


def test_silence_where_feeds_answer_is_silence_and_where_none_does_it_is_blindness(sights: dict[str, Sight]) -> None:
    """No article came from anywhere."""
    words = {country: quiet(sights, [country], now()) for country in sights}
    assert words == {"CL": NOTHING_HAPPENED, "EC": QUIET_PARTLY_BLIND, "PE": QUIET_BLIND}
    assert quiet(sights, ["CL", "PE"], now()) == quiet(sights, [], now()) == QUIET_PARTLY_BLIND
    assert quiet(sights, ["PE", "SR"], now()) == QUIET_BLIND
    assert (sights["CL"].last_entry, sights["PE"].last_read) == (0.0, 0.0)


def test_the_command_the_metrics_and_the_health_page_say_the_same(sights: dict[str, Sight]) -> None:
    """Each reads the record, or is written with it."""
    states = {country: each.state for country, each in sights.items()}
    assert states == {"CL": "seeing", "EC": "partly blind", "PE": "blind"}
    rows = feeds_cli.coverage_rows(sights, now())
    assert {row["country"]: row["state"] for row in rows} == states
    for country, state in states.items():
        labels = {"country": country, "state": state}
        assert REGISTRY.get_sample_value("atalaya_country_sight", labels) == 1.0
    shown = _Fixed(sights)
    server = HealthServer("127.0.0.1", 0, lambda: "", {"/health/sights": lambda: sights_page(shown, now)})
    with urllib.request.urlopen(f"http://{server.address}/health/sights", timeout=5) as page:
        told = json.loads(page.read())
    server.close()
    assert {country: each["state"] for country, each in told.items()} == states
    assert told["PE"]["quiet"] == QUIET_BLIND


class _Fixed:
    """A store that was read before."""

    def __init__(self, found: dict[str, Sight]) -> None:
        self._found = found

    def put(self, sights: object) -> None:
        """Nobody writes here."""

    def all(self) -> dict[str, Sight]:
        """As read."""
        return self._found
