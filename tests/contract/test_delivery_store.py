"""What every adapter of the delivery store promises: one claimer at a time, endpoints apart, a log of attempts."""

from __future__ import annotations

import pytest
import redis

from services.model.delivery import Attempt, Delivery, Settlement, endpoint_id
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.deliveries import Limits
from tests.tagged_samples import alert, finding

LIMITS = Limits(cap=2, failures=3, hold=60.0)
GOOD, BAD = "https://good.example/", "https://bad.example/"


@pytest.fixture
def store(store_url: str):
    found = connect(store_url, Settings())
    yield found
    found.close()


def claim(store: Store, now: float, who: str = "me", limit: int = 100, limits: Limits = LIMITS) -> list[Delivery]:
    return store.deliveries.claim(who, now, limit, 30.0, limits)


def settle(store: Store, row: Delivery, verdict: str, now: float, who: str = "me", **more: object) -> bool:
    detail = "200" if verdict == "delivered" else "500"
    attempt = None
    if verdict != "released":
        attempt = Attempt(number=row.attempts + 1, at=now, delivered=verdict == "delivered", detail=detail)
    done = Settlement(id=row.id, verdict=verdict, at=now, attempt=attempt, **more)  # type: ignore[arg-type]
    return store.deliveries.settle(who, [done], LIMITS)[0]


def test_a_claim_is_alone_until_its_lease_ends(store: Store) -> None:
    """Then another has it, and the first one's word no longer counts."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0, "first")
    assert claim(store, 1029.0, "second") == []
    (again,) = claim(store, 1031.0, "second")
    assert again.id == row.id and again.alert == alert("a")
    assert not settle(store, row, "dead", 1032.0, "first")
    assert settle(store, again, "delivered", 1033.0, "second")
    found = store.deliveries.get(row.id)
    assert found is not None and found.state == "delivered"
    assert [each.detail for each in found.log] == ["500", "200"]


def test_delivered_is_the_end(store: Store) -> None:
    """Nothing is claimed again; the log stays."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    assert settle(store, row, "delivered", 1001.0)
    assert not settle(store, row, "delivered", 1002.0)
    assert claim(store, 99_999.0) == []
    assert store.deliveries.endpoints() == []


def test_a_failed_one_waits_for_its_time(store: Store) -> None:
    """Attempts are counted."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    assert settle(store, row, "again", 1001.0, due=1005.0)
    assert claim(store, 1004.0) == []
    (row,) = claim(store, 1006.0)
    assert row.attempts == 1


def test_a_released_claim_is_due_at_once_and_no_attempt(store: Store) -> None:
    """What a worker gives back when it stops."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    assert settle(store, row, "released", 1001.0, due=1001.0)
    (again,) = claim(store, 1001.0, "other")
    assert again.attempts == 0 and again.log == ()


def test_an_endpoint_takes_no_more_than_its_share(store: Store) -> None:
    """However much waits for it, and however old it is, others get their turn."""
    store.alerts.raise_all([finding(str(i), addresses=(BAD,)) for i in range(50)], 1000.0)
    store.alerts.raise_all([finding("x", addresses=(GOOD,))], 1001.0)
    claimed = claim(store, 1002.0, limit=4)
    assert sorted(row.address for row in claimed) == [BAD, BAD, GOOD]
    assert claim(store, 1003.0) == []
    bad = next(row for row in claimed if row.address == BAD)
    settle(store, bad, "delivered", 1003.0)
    assert [row.address for row in claim(store, 1003.0)] == [BAD]


def test_an_endpoint_that_fails_is_probed_with_one_and_then_held(store: Store) -> None:
    """After `failures` in a row nothing is sent to it for `hold` seconds; a success lifts all limits."""
    store.alerts.raise_all([finding(str(i), addresses=(BAD,)) for i in range(10)], 1000.0)
    now = 1000.0
    first, second = claim(store, now)
    settle(store, first, "again", now, due=now + 500)
    assert claim(store, now) == []  # one is still in flight, and one is all it gets now
    settle(store, second, "again", now, due=now + 500)
    (third,) = claim(store, now)
    settle(store, third, "again", now, due=now + 500)
    assert claim(store, now + 59) == []
    (probe,) = claim(store, now + 61)
    settle(store, probe, "delivered", now + 62)
    assert len(claim(store, now + 62)) == 2


def test_new_alerts_do_not_wake_a_held_endpoint(store: Store) -> None:
    """A hold asked for by the receiver (Retry-After) is kept."""
    store.alerts.raise_all([finding("a", addresses=(BAD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    settle(store, row, "again", 1000.0, due=1100.0, hold_until=1100.0)
    store.alerts.raise_all([finding("b", addresses=(BAD,))], 1001.0)
    assert claim(store, 1099.0) == []
    assert len(claim(store, 1101.0)) == 1


def test_a_paused_endpoint_waits_until_it_is_resumed(store: Store) -> None:
    """Nothing is lost meanwhile; the reason is told."""
    store.alerts.raise_all([finding("a", addresses=(BAD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    settle(store, row, "again", 1000.0, due=1000.0, gone=True)
    store.alerts.raise_all([finding("b", addresses=(BAD,))], 1001.0)
    assert claim(store, 9000.0) == []
    (endpoint,) = store.deliveries.endpoints()
    assert (endpoint.address, endpoint.waiting, endpoint.paused) == (BAD, 2, "500")
    assert store.deliveries.resume(endpoint.id, 9001.0)
    assert len(claim(store, 9001.0)) == 2
    assert not store.deliveries.resume(endpoint_id("webhook", GOOD), 9001.0)


def test_resuming_makes_what_waits_due(store: Store) -> None:
    """The schedule of each is cut short."""
    store.alerts.raise_all([finding("a", addresses=(BAD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    settle(store, row, "again", 1000.0, due=50_000.0)
    assert store.deliveries.resume(row.endpoint, 1010.0)
    assert len(claim(store, 1010.0)) == 1


def test_a_dead_delivery_can_be_made_again(store: Store) -> None:
    """It is listed, keeps its alert, and starts its schedule anew; a delivered one too."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    assert not store.deliveries.redeliver(row.id, 1000.0)
    settle(store, row, "dead", 1001.0)
    assert [each.id for each in store.deliveries.recent("dead")] == [row.id]
    assert store.deliveries.redeliver(row.id, 1002.0)
    (row,) = claim(store, 1002.0)
    assert row.attempts == 0 and row.alert == alert("a")
    settle(store, row, "delivered", 1003.0)
    assert store.deliveries.recent("dead") == []
    assert store.deliveries.redeliver(row.id, 1004.0)
    (row,) = claim(store, 1004.0)
    assert row.alert == alert("a")
    assert not store.deliveries.redeliver("unknown", 1004.0)


def test_the_log_of_attempts_is_bounded(store: Store) -> None:
    """The last twenty."""
    store.alerts.raise_all([finding("a", addresses=(GOOD,))], 1000.0)
    for i in range(25):
        now = 1000.0 + 100 * i
        (row,) = claim(store, now)
        settle(store, row, "again", now, due=now)
    found = store.deliveries.get(row.id)
    assert found is not None
    assert [each.number for each in found.log] == list(range(6, 26))


def test_claims_of_two_workers_do_not_overlap(store: Store) -> None:
    """And together are everything."""
    rows = [finding(str(i), addresses=(f"https://{i}.example/",)) for i in range(40)]
    store.alerts.raise_all(rows, 1000.0)
    one, two = claim(store, 1000.0, "one", 25), claim(store, 1000.0, "two", 25)
    assert len({row.id for row in one} | {row.id for row in two}) == len(one) + len(two) == 40


def test_ended_rows_are_kept_for_a_while(redis_url: str) -> None:
    """A delivered one for a day, a dead one as long as the settings say."""
    settings = Settings()
    store = connect(redis_url, settings)
    store.alerts.raise_all([finding(str(i), addresses=(GOOD,)) for i in range(2)], 1000.0)
    good, bad = claim(store, 1000.0)
    settle(store, good, "delivered", 1001.0)
    settle(store, bad, "dead", 1001.0)
    with redis.Redis.from_url(redis_url) as client:
        for row, seconds in ((good, 86_400), (bad, settings.deliver.keep_hours * 3600)):
            for key in ("delivery", "attempts"):
                assert seconds - 60 < client.ttl(f"atalaya:{key}:{row.id}") <= seconds
    store.close()


def test_an_address_that_is_sent_nothing_for_a_year_is_forgotten(redis_url: str) -> None:
    """What is known of it ends by itself; each alert prolongs it."""
    store = connect(redis_url, Settings())
    store.alerts.raise_all([finding("1", addresses=(GOOD,))], 1000.0)
    (row,) = claim(store, 1000.0)
    settle(store, row, "again", 1001.0)
    with redis.Redis.from_url(redis_url) as client:
        (key,) = client.keys("atalaya:endpoint:*")
        assert client.ttl(key) > 365 * 86_400
        client.expire(key, 60)
        store.alerts.raise_all([finding("2", addresses=(GOOD,))], 1002.0)
        assert client.ttl(key) > 365 * 86_400
        assert client.hget(key, "failures") == b"1"
    store.close()


def test_a_full_server_still_settles(redis_url: str) -> None:
    """Else what was sent would be sent again and again."""
    store = connect(redis_url, Settings())
    store.alerts.raise_all([finding(str(i), addresses=(GOOD,)) for i in range(3)], 1000.0)
    first, second = claim(store, 1000.0)
    with redis.Redis.from_url(redis_url) as client:
        limit = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        try:
            assert settle(store, first, "delivered", 1001.0)
            assert len(claim(store, 1001.0)) == 1
            assert settle(store, second, "again", 1001.0, due=1100.0)
        finally:
            client.config_set("maxmemory", limit)
    store.close()
