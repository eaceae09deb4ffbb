"""What every adapter of the alert store promises: each alert once, with its deliveries, or not at all."""

from __future__ import annotations

import msgspec
import pytest
import redis

from services.model.alert import Alert
from services.settings import Settings
from services.store.base import Store, StoreFull
from services.store.connect import connect
from services.store.deliveries import Limits
from services.store.redis.alerts import RedisAlerts
from tests.conftest import until
from tests.tagged_samples import alert, finding, tagged

LIMITS = Limits()


@pytest.fixture
def store(store_url: str):
    found = connect(store_url, Settings())
    yield found
    found.close()


def test_an_alert_is_raised_once(store: Store) -> None:
    """Raising it again, alone or with others, adds nothing: no stream entry, no delivery."""
    first = store.alerts.raise_all([finding("a", ("s1", "s2"))], 1000.0)
    again = store.alerts.raise_all([finding("a", ("s1", "s2", "s3")), finding("a", ("s1",))], 1001.0)
    assert set(first[0].new) == {alert("a", "s1").id, alert("a", "s2").id}
    assert [each.new for each in again] == [(alert("a", "s3").id,), ()]
    assert [each.subscription for each in store.alerts.recent()] == ["s3", "s2", "s1"]
    assert sum(endpoint.waiting for endpoint in store.deliveries.endpoints()) == 3


def test_an_alert_comes_back_whole(store: Store) -> None:
    """By its id, equal in every field."""
    store.alerts.raise_all([finding("ñandú", ("s1",))], 1000.0)
    assert store.alerts.get(alert("ñandú", "s1").story, alert("ñandú", "s1").id) == alert("ñandú", "s1")
    assert store.alerts.get("unknown", "unknown") is None


def test_an_older_version_after_a_newer_one_raises_nothing(store: Store) -> None:
    """Also when the newer one raised nothing itself; the same version again may raise."""
    store.alerts.raise_all([finding("a", (), version=3)], 1000.0)
    late, same = store.alerts.raise_all([finding("a", ("s1",), version=2), finding("a", ("s1",), version=3)], 1001.0)
    assert late.stale and late.new == ()
    assert not same.stale and same.new == (alert("a", "s1").id,)


def test_versions_of_one_batch_are_taken_in_their_order(store: Store) -> None:
    """The first raises, the edit does not repeat it."""
    raised = store.alerts.raise_all([finding("a", version=1), finding("a", version=2)], 1000.0)
    assert [len(each.new) for each in raised] == [1, 0]


def test_deliveries_are_due_with_their_alert(store: Store) -> None:
    """One per target, holding the alert."""
    store.alerts.raise_all([finding("a", addresses=("https://r.example/1", "https://r.example/2"))], 1000.0)
    claimed = store.deliveries.claim("me", 1000.0, 10, 60.0, LIMITS)
    assert {each.address for each in claimed} == {"https://r.example/1", "https://r.example/2"}
    assert {each.alert for each in claimed} == {alert("a")}


def test_remembered_articles_come_back(store: Store) -> None:
    """The newest version of a call, the newest article first."""
    old, new, other = tagged("a", 1), tagged("a", 2), tagged("b")
    store.alerts.remember([new, old], 1000.0)
    store.alerts.remember([other], 1001.0)
    assert store.alerts.remembered(new.id) == new
    assert store.alerts.remembered("unknown") is None
    assert store.alerts.all_remembered() == [other, new]


def test_the_stream_is_trimmed(store_url: str) -> None:
    """To about `alerts.keep`; what was trimmed is still recognised as raised."""
    store = connect(store_url, msgspec.convert({"alerts": {"keep": 100}}, Settings))
    findings = [finding(str(i), addresses=()) for i in range(500)]
    store.alerts.raise_all(findings, 1000.0)
    assert 100 <= len(store.alerts.recent(1000)) <= 300
    assert store.alerts.get(alert("0").story, alert("0").id) is None
    assert store.alerts.raise_all(findings[:1], 1001.0)[0].new == ()


def test_each_name_is_published_once(redis_url: str) -> None:
    """One message per area and country, one per area and pair, each with the alert as JSON."""
    store = connect(redis_url, Settings())
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as listener:
        listener.psubscribe("atalaya.alerts.mining.*")
        until(lambda: listener.get_message(timeout=1), what="the subscription")
        store.alerts.raise_all([finding("a"), finding("a")], 1000.0)
        store.alerts.raise_all([finding("b", addresses=())], 1000.0)
        heard = [until(lambda: listener.get_message(timeout=1), what="an alert") for _ in range(6)]
        assert listener.get_message(timeout=0.2) is None
    names = [each["channel"].decode() for each in heard]  # type: ignore[index]
    assert names[:3] == ["atalaya.alerts.mining.CL", "atalaya.alerts.mining.PE", "atalaya.alerts.mining.CL-PE"]
    assert msgspec.json.decode(heard[0]["data"], type=Alert) == alert("a")  # type: ignore[index]


def test_no_more_articles_are_remembered_than_fit(redis_url: str) -> None:
    """The oldest go, and leave no key behind."""
    with redis.Redis.from_url(redis_url) as client:
        store = RedisAlerts(client, keep=10, dedupe=10.0, rows=10.0, explain=1000.0, most_remembered=5)
        for i in range(12):
            store.remember([tagged(str(i))], 1000.0 + i)
        assert store.all_remembered() == [tagged(str(i)) for i in (11, 10, 9, 8, 7)]
        assert len(list(client.scan_iter("atalaya:article:*"))) == 5


def test_very_many_alerts_of_one_article(redis_url: str) -> None:
    """More than a script's stack takes at once."""
    store = connect(redis_url, Settings())
    many = finding("a", tuple(str(i) for i in range(12_000)), addresses=())
    assert len(store.alerts.raise_all([many], 1000.0)[0].new) == 12_000
    more = finding("a", tuple(str(i) for i in range(12_001)), addresses=())
    assert store.alerts.raise_all([more], 1000.0)[0].new == (alert("a", "12000").id,)
    store.close()


def test_a_script_flush_loses_nothing(redis_url: str) -> None:
    """As after a restart of the server: the script is loaded again."""
    store = connect(redis_url, Settings())
    store.alerts.raise_all([finding("a")], 1000.0)
    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
    assert len(store.alerts.raise_all([finding("b")], 1000.0)[0].new) == 1


def test_a_full_server_raises_nothing_of_a_finding(redis_url: str) -> None:
    """`StoreFull`, no trace of the alert; with room again it is raised."""
    store = connect(redis_url, Settings())
    store.alerts.raise_all([finding("before")], 1000.0)
    with redis.Redis.from_url(redis_url) as client:
        limit = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        with pytest.raises(StoreFull):
            store.alerts.raise_all([finding("a")], 1000.0)
        client.config_set("maxmemory", limit)
    assert store.alerts.get(alert("a").story, alert("a").id) is None
    assert len(store.alerts.recent()) == 1
    assert len(store.alerts.raise_all([finding("a")], 1000.0)[0].new) == 1


def test_repeats_are_remembered_longer_than_the_log_keeps_records(redis_url: str) -> None:
    """The relation of the two settings, as it arrives at the server."""
    settings = Settings()
    store = connect(redis_url, settings)
    store.alerts.raise_all([finding("a", version=2)], 1000.0)
    with redis.Redis.from_url(redis_url) as client:
        horizon = settings.topics.keep_hours * 3600
        assert client.ttl(f"atalaya:raised:{alert('a').story}") > horizon
        assert client.ttl(f"atalaya:article-version:{alert('a').article}") > horizon


def test_a_completed_alert_is_found_and_the_stream_stays(store: Store) -> None:
    """What was sent is not changed; completing twice, or what the stream no longer holds, is harmless."""
    store.alerts.raise_all([finding("a", ("s1", "s2"))], 1000.0)
    sent = alert("a", "s1")
    page = msgspec.structs.replace(sent, text_from="page", digest="page")
    store.alerts.complete([])
    store.alerts.complete([page])
    store.alerts.complete([page])
    assert store.alerts.get(sent.story, sent.id) == page
    assert store.alerts.get(sent.story, alert("a", "s2").id) == alert("a", "s2")
    assert sent in store.alerts.recent() and page not in store.alerts.recent()
    assert store.alerts.raise_all([finding("a", ("s1",))], 1001.0)[0].new == ()
