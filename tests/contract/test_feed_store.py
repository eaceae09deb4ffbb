"""The promises of the feed store, held by every adapter."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import msgspec
import pytest
import redis
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.feeds import NEVER, FeedStore, Leased, Settled

T0 = 1_790_000_000.0
DAY = 86_400.0


def a_feed(number: int, host: str = "", sample: bool = False) -> Feed:
    """A feed of a host of its own, unless one is named."""
    where = host or f"outlet-{number}.example"
    return Feed(
        url=f"https://{where}/feed-{number}.xml",
        title=f"Feed {number}",
        country="CL",
        language="es",
        outlet=f"outlet-{number}",
        family=f"family-{number}",
        sample=sample,
    )


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """The adapter under test."""
    opened = connect(store_url, Settings())
    yield opened
    opened.close()


@pytest.fixture
def feeds(store: Store) -> FeedStore:
    """Its feeds."""
    return store.feeds


def urls(feeds: FeedStore) -> list[str]:
    """Every stored feed's URL."""
    return [each.feed.url for each in feeds.statuses()]


def test_sync_makes_the_sets_equal_and_keeps_state(feeds: FeedStore) -> None:
    """New feeds are due at once, lost ones end, the others keep state and due time."""
    feeds.sync([a_feed(1), a_feed(2)], T0)
    one = feeds.lease(T0, 1, 60, 0)[0]
    assert feeds.settle(one, Settled(FeedState(health="ok", checked=T0), T0 + 900), DAY)
    kept, lost = (a_feed(1), a_feed(2)) if one.feed.url == a_feed(1).url else (a_feed(2), a_feed(1))
    feeds.sync([kept, a_feed(3)], T0 + 5)
    assert sorted(urls(feeds)) == sorted([kept.url, a_feed(3).url])
    assert lost.url not in urls(feeds)
    status = next(each for each in feeds.statuses() if each.feed.url == kept.url)
    assert (status.state.health, status.due) == ("ok", T0 + 900)
    assert [each.feed.url for each in feeds.lease(T0 + 5, 9, 60, 0)] == [a_feed(3).url]


def test_a_changed_description_replaces_the_old_one(feeds: FeedStore) -> None:
    """The pack's words are the truth; polling state is not touched by them."""
    feeds.sync([a_feed(1)], T0)
    feeds.sync([msgspec.structs.replace(a_feed(1), title="Another title")], T0)
    assert feeds.statuses()[0].feed.title == "Another title"


def test_a_leased_feed_is_not_given_twice(feeds: FeedStore) -> None:
    """Until its lease has run out."""
    feeds.sync([a_feed(1), a_feed(2)], T0)
    assert len(feeds.lease(T0, 10, 60, 0)) == 2
    assert feeds.lease(T0 + 59, 10, 60, 0) == []
    assert len(feeds.lease(T0 + 60, 10, 60, 0)) == 2


def test_the_longest_overdue_comes_first(feeds: FeedStore) -> None:
    """Order is by due time; the limit holds."""
    feeds.sync([a_feed(1), a_feed(2), a_feed(3)], T0)
    for offset, each in enumerate(feeds.lease(T0, 3, 60, 0)):
        feeds.settle(each, Settled(FeedState(), T0 + 100 - offset), DAY)
    taken = feeds.lease(T0 + 200, 2, 60, 0)
    assert [each.due for each in taken] == [T0 + 98, T0 + 99]


def test_an_expired_lease_settles_nothing_once_another_has_it(feeds: FeedStore) -> None:
    """The later lease wins, whoever finishes first; nothing of the earlier one is stored."""
    feeds.sync([a_feed(1)], T0)
    slow = feeds.lease(T0, 1, 60, 0)[0]
    quick = feeds.lease(T0 + 61, 1, 60, 0)[0]
    memory = {"a" * 24: Seen(slow.feed.url, 1, "d", T0, T0)}
    assert not feeds.settle(slow, Settled(FeedState(detail="slow"), T0 + 900, True, memory), DAY)
    assert feeds.recall(["a" * 24]) == [None]
    assert feeds.settle(quick, Settled(FeedState(detail="quick"), T0 + 961, True), DAY)
    assert feeds.statuses()[0].state.detail == "quick"


def test_a_renewed_lease_lives_on_and_a_settled_one_is_not_renewed(feeds: FeedStore) -> None:
    """Renewal after settling must not move the due time."""
    feeds.sync([a_feed(1)], T0)
    lease = feeds.lease(T0, 1, 60, 0)[0]
    feeds.renew([lease], T0 + 440, 60)
    assert feeds.lease(T0 + 499, 1, 60, 0) == []
    assert feeds.settle(lease, Settled(FeedState(), T0 + 600), DAY)
    feeds.renew([lease], T0 + 4940, 60)
    assert feeds.statuses()[0].due == T0 + 600
    assert not feeds.settle(lease, Settled(FeedState(detail="again"), T0 + 700), DAY)


def test_a_lease_lasts_as_long_as_the_interval(feeds: FeedStore) -> None:
    """Within limits: a feed whose poller died is not asked a second time within its interval."""
    feeds.sync([a_feed(1), a_feed(2), a_feed(3)], T0)
    for each, interval in zip(feeds.lease(T0, 3, 600, 0), (3.0, 400.0, 9000.0), strict=True):
        feeds.settle(each, Settled(FeedState(interval=interval), T0 + 100, True), DAY)
    leased = feeds.lease(T0 + 100, 3, 600, 0)
    ends = {
        each.state.interval: status.due for each in leased for status in feeds.statuses() if status.feed == each.feed
    }
    assert ends == {3.0: T0 + 130, 400.0: T0 + 500, 9000.0: T0 + 700}
    feeds.renew(leased, T0 + 110, 0.0)
    assert len(feeds.lease(T0 + 110, 3, 600, 0)) == 3, "given back"


def test_what_may_have_been_appended_is_told_to_the_next_holder(feeds: FeedStore) -> None:
    """Notes add up over unsettled and failed fetches; one whose entries were read clears them."""
    feeds.sync([a_feed(1)], T0)
    first = feeds.lease(T0, 1, 60, 0)[0]
    assert feeds.note(first, {"a": Noted(1, "x"), "b": Noted(1, "y")})
    second = feeds.lease(T0 + 60, 1, 60, 0)[0]
    assert second.noted == {"a": Noted(1, "x"), "b": Noted(1, "y")}
    assert not feeds.note(first, {"a": Noted(9, "z")}), "the lease was lost"
    assert feeds.note(second, {"a": Noted(2, "z")})
    feeds.settle(second, Settled(FeedState(), T0 + 100), DAY)
    third = feeds.lease(T0 + 100, 1, 60, 0)[0]
    assert third.noted == {"a": Noted(2, "z"), "b": Noted(1, "y")}
    feeds.settle(third, Settled(FeedState(), T0 + 200, read=True), DAY)
    assert feeds.lease(T0 + 200, 1, 60, 0)[0].noted == {}


def test_requests_to_one_host_are_spaced(feeds: FeedStore) -> None:
    """Two feeds of one host start at least the spacing apart, and each waiting feed has a moment of its own."""
    feeds.sync([a_feed(number, "one.example") for number in range(5)] + [a_feed(9)], T0)
    starts: list[float] = []
    now = T0
    while now < T0 + 60:
        starts += [now for each in feeds.lease(now, 10, 300, 5.0) if "one.example" in each.feed.url]
        now += 0.5
    assert len(starts) == 5
    assert all(later - earlier >= 5.0 for earlier, later in itertools.pairwise(starts))
    assert starts[-1] <= T0 + 25


def test_sample_feeds_are_not_spaced(feeds: FeedStore) -> None:
    """They are our own."""
    feeds.sync([a_feed(number, "127.0.0.1:8490", sample=True) for number in range(5)], T0)
    assert len(feeds.lease(T0, 10, 60, 5.0)) == 5


def test_a_host_that_asks_for_rest_gets_it(feeds: FeedStore) -> None:
    """Retry-After of one feed holds for all feeds of its host."""
    feeds.sync([a_feed(1, "tired.example"), a_feed(2, "tired.example")], T0)
    first = feeds.lease(T0, 10, 60, 1.0)[0]
    feeds.settle(first, Settled(FeedState(), T0 + 400, pause_host_until=T0 + 300), DAY)
    assert feeds.lease(T0 + 299, 10, 60, 1.0) == []
    assert len(feeds.lease(T0 + 300, 10, 60, 1.0)) == 1


def test_tidying_forgets_no_host_that_is_not_free(feeds: FeedStore) -> None:
    """What lies ahead of a host stays, for feeds and for pages."""
    feeds.sync([a_feed(1, "tired.example"), a_feed(2, "tired.example"), a_feed(3, "tired.example")], T0)
    first = feeds.lease(T0, 10, 60, 5.0)[0]
    feeds.settle(first, Settled(FeedState(), T0 + 400, pause_host_until=T0 + 300), DAY)
    feeds.sync([a_feed(number, "tired.example") for number in (1, 2, 3)] + [a_feed(4, "busy.example")], T0)
    feeds.hold(["busy.example"], T0 + 500)
    feeds.tidy(T0 + 100)
    assert feeds.lease(T0 + 299, 10, 60, 5.0) == []
    assert [each.host for each in feeds.lease(T0 + 300, 10, 60, 5.0)] == ["tired.example"]
    feeds.tidy(T0 + 499)
    assert "busy.example" not in [each.host for each in feeds.lease(T0 + 499, 10, 60, 5.0)]


def test_hosts_that_a_wandering_feed_leaves_behind_are_forgotten(redis_url: str) -> None:
    """Each of its answers comes from a host that nobody has seen."""
    store = connect(redis_url, Settings())
    store.feeds.sync([a_feed(1)], T0)
    for turn in range(50):
        now = T0 + turn * 100
        (lease,) = store.feeds.lease(now, 1, 60, 5.0)
        store.feeds.settle(lease, Settled(FeedState(), now + 100, host=f"edge-{turn}.example"), DAY)
    with redis.Redis.from_url(redis_url) as client:
        assert client.hlen("atalaya:feeds:next") == 50
        store.feeds.tidy(T0 + 50 * 100)
        assert client.hlen("atalaya:feeds:next") == 0
    store.close()


def test_spacing_follows_a_feed_to_its_new_host(feeds: FeedStore) -> None:
    """Feeds whose answers come from one host share its spacing."""
    feeds.sync([a_feed(1), a_feed(2)], T0)
    for each in feeds.lease(T0, 10, 60, 5.0):
        feeds.settle(each, Settled(FeedState(), T0 + 10, host="shared.example"), DAY)
    assert len(feeds.lease(T0 + 10, 10, 60, 5.0)) == 1


def test_a_host_is_asked_by_one_at_a_time(feeds: FeedStore) -> None:
    """The spacing counts from the moment that who has asked names; a poller that died loses the host after a while."""
    feeds.sync([a_feed(number, "one.example") for number in range(3)], T0)
    (first,) = feeds.lease(T0, 9, 300, 5.0, 30.0)
    assert first.host == "one.example"
    assert all(feeds.lease(T0 + second, 9, 300, 5.0, 30.0) == [] for second in range(1, 20))
    feeds.free({first.host: T0 + 25.5})
    assert feeds.lease(T0 + 25, 9, 300, 5.0, 30.0) == []
    (second,) = feeds.lease(T0 + 25.5, 9, 300, 5.0, 30.0)
    assert second.feed != first.feed
    feeds.hold([second.host], T0 + 40)
    assert feeds.lease(T0 + 39.9, 9, 300, 5.0, 30.0) == []
    starts = [at for at in range(40, 60) if feeds.lease(T0 + at, 9, 300, 5.0, 30.0)]
    assert starts and starts[0] <= 41


def test_a_feed_whose_host_is_slow_keeps_its_turn(feeds: FeedStore) -> None:
    """Answers take longer than the spacing: everybody has a turn all the same, none has two before."""
    feeds.sync([a_feed(number, "slow.example") for number in range(6)], T0)
    asked: list[str] = []
    now = T0
    while now < T0 + 120:
        for leased in feeds.lease(now, 9, 1000, 5.0, 60.0):
            asked.append(leased.feed.url)
            now += 8.0
            feeds.free({leased.host: now + 5.0})
        now += 0.25
    assert sorted(asked) == sorted(a_feed(number, "slow.example").url for number in range(6))


def test_a_hub_makes_a_feed_due_and_its_promise_is_kept(feeds: FeedStore) -> None:
    """Neither while the feed is leased or paused, nor later than it is due anyway."""
    feeds.sync([a_feed(1)], T0)
    url = a_feed(1).url
    lease = feeds.lease(T0, 1, 60, 0)[0]
    assert lease.pushed_until == 0.0
    feeds.nudge(url, T0 + 1)
    assert feeds.lease(T0 + 1, 1, 60, 0) == []
    feeds.settle(lease, Settled(FeedState(detail="x"), T0 + 900), DAY)
    feeds.push(url, T0 + 5000)
    feeds.nudge(url, T0 + 950)
    assert feeds.statuses()[0].due == T0 + 900
    feeds.nudge(url, T0 + 10)
    assert feeds.lease(T0 + 10, 1, 60, 0)[0].pushed_until == T0 + 5000
    state = feeds.state(url)
    assert state is not None
    assert state.detail == "x"
    assert feeds.state("https://unknown.example/") is None
    feeds.pause(url, True, T0 + 20)
    feeds.nudge(url, T0 + 30)
    assert feeds.statuses()[0].due == NEVER


def test_an_article_belongs_to_the_feed_that_brought_it(feeds: FeedStore) -> None:
    """Another feed's memory does not replace it; the owner's does."""
    feeds.sync([a_feed(1), a_feed(2)], T0)
    leases = {each.feed.url: each for each in feeds.lease(T0, 2, 60, 0)}
    one, two = a_feed(1).url, a_feed(2).url
    feeds.settle(leases[one], Settled(FeedState(), T0 + 1, True, {"x": Seen(one, 1, "d1", T0, T0)}), DAY)
    feeds.settle(leases[two], Settled(FeedState(), T0 + 9, True, {"x": Seen(two, 1, "d2", T0, T0)}), DAY)
    assert feeds.recall(["x", "y"]) == [Seen(one, 1, "d1", T0, T0), None]
    again = feeds.lease(T0 + 1, 1, 60, 0)[0]
    feeds.settle(again, Settled(FeedState(), T0 + 9, True, {"x": Seen(one, 2, "d3", T0, T0 + 1)}), DAY)
    assert feeds.recall(["x"]) == [Seen(one, 2, "d3", T0, T0 + 1)]


def test_paused_feeds_are_not_due_until_resumed(feeds: FeedStore) -> None:
    """Pausing survives a fetch that was under way and a later sync."""
    feeds.sync([a_feed(1)], T0)
    running = feeds.lease(T0, 1, 60, 0)[0]
    assert feeds.pause(a_feed(1).url, True, T0)
    feeds.settle(running, Settled(FeedState(), T0 + 5), DAY)
    feeds.sync([a_feed(1)], T0 + 10)
    assert feeds.lease(T0 + 1e6, 1, 60, 0) == []
    assert feeds.statuses()[0].paused
    assert feeds.statuses()[0].due == NEVER
    assert feeds.pause(a_feed(1).url, False, T0 + 20)
    assert len(feeds.lease(T0 + 20, 1, 60, 0)) == 1
    assert not feeds.pause("https://unknown.example/", True, T0)


def test_a_removed_feed_settles_nothing(feeds: FeedStore) -> None:
    """A fetch that was under way when the feed left the pack leaves no trace."""
    feeds.sync([a_feed(1)], T0)
    running = feeds.lease(T0, 1, 60, 0)[0]
    feeds.sync([], T0)
    assert not feeds.settle(running, Settled(FeedState(), T0 + 5), DAY)
    assert feeds.statuses() == []
    feeds.sync([a_feed(1)], T0 + 1)
    feeds.lease(T0 + 1, 1, 60, 0)
    assert not feeds.settle(running, Settled(FeedState(), T0 + 5), DAY), "the feed is back, with another holder"


def test_many_entries_settle_at_once(feeds: FeedStore) -> None:
    """Five thousand memories in one settling."""
    feeds.sync([a_feed(1)], T0)
    lease = feeds.lease(T0, 1, 60, 0)[0]
    memory = {f"{number:024x}": Seen(lease.feed.url, 1, "d", T0, T0) for number in range(5000)}
    assert feeds.settle(lease, Settled(FeedState(), T0 + 5, True, memory), DAY)
    assert all(feeds.recall(list(memory)))


EXAMPLES = itertools.count()
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("lease"), st.integers(0, 2), st.integers(1, 3)),
        st.tuples(st.just("settle"), st.integers(0, 2), st.integers(1, 100)),
        st.tuples(st.just("crash"), st.integers(0, 2), st.just(0)),
        st.tuples(st.just("wait"), st.just(0), st.integers(1, 80)),
    ),
    max_size=40,
)


@given(steps=STEPS)
@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_feed_has_two_holders_and_none_is_lost(store: Store, steps: list[tuple[str, int, int]]) -> None:
    """Three pollers lease, settle, crash and wait in any order: one holder a feed, none out of reach for ever."""
    # Hosts and articles outlive a sync: every example starts after all earlier ones.
    feeds, now = store.feeds, T0 + 10_000 * next(EXAMPLES)
    feeds.sync([], now)
    feeds.sync([a_feed(number) for number in range(4)], now)
    held: dict[int, list[Leased]] = {0: [], 1: [], 2: []}
    ends: dict[str, float] = {}
    for what, poller, number in steps:
        if what == "wait":
            now += number
        elif what == "crash":
            held[poller] = []
        elif what == "lease":
            for lease in feeds.lease(now, number, 50, 0):
                assert ends.get(lease.feed.url, 0.0) <= now, "leased while another lease was running"
                ends[lease.feed.url] = now + 50
                held[poller].append(lease)
        elif held[poller]:
            lease = held[poller].pop()
            if feeds.settle(lease, Settled(FeedState(checked=now), now + number), DAY):
                ends[lease.feed.url] = now + number
    assert len(feeds.lease(now + 1000, 10, 50, 0)) == 4


def test_sample_feeds_come_first_at_every_start(feeds: FeedStore) -> None:
    """However long the others are overdue: a new edition must not wait for feeds that nobody answers for."""
    real, sample = a_feed(1), a_feed(2, sample=True)
    feeds.sync([real, sample], T0)
    for leased in feeds.lease(T0, 10, 60.0, 0.0):
        feeds.settle(leased, Settled(FeedState(), T0 + 3600.0), 60.0)
    feeds.sync([real, sample], T0 + 86_400.0)
    assert [each.feed.url for each in feeds.lease(T0 + 86_400.0, 1, 60.0, 0.0)] == [sample.url]


def test_what_is_under_way_goes_on_while_the_server_is_full(redis_url: str) -> None:
    """Leases are renewed, hosts kept and freed: a poller that waits for room holds what it has."""
    store = connect(redis_url, Settings())
    store.feeds.sync([a_feed(1), a_feed(2)], T0)
    held = store.feeds.lease(T0, 9, 60, 5.0, 30.0)
    with redis.Redis.from_url(redis_url) as client:
        limit = client.config_get("maxmemory")["maxmemory"]
        client.config_set("maxmemory", 1)
        try:
            store.feeds.renew(held, T0 + 50, 60)
            store.feeds.hold([held[0].host], T0 + 400)
            store.feeds.free({held[1].host: T0 + 60})
        finally:
            client.config_set("maxmemory", limit)
    assert store.feeds.lease(T0 + 100, 9, 60, 5.0) == []
    assert [each.feed for each in store.feeds.lease(T0 + 300, 9, 60, 5.0)] == [held[1].feed]
    store.close()
