"""A dead letter's id comes from stage and origin: the same failure again is the same letter, another item another."""

from __future__ import annotations

from services.deliver.retry import Sent
from services.log.base import Delivered
from services.model.delivery import Delivery
from services.model.feed import Feed
from services.model.feed_state import FeedState
from services.poll.source import Fetched
from services.store.feeds import Leased
from services.worker import dead_letter


def letter_id(stage: str, item: object, now: float = 1.0) -> str:
    return dead_letter(stage, item, "ValueError: x", "stack", 3, now).id


def fetched(url: str, at: float = 1.0) -> Fetched:
    feed = Feed(url=url, title="t", country="CL", language="es", outlet="o", family="o")
    return Fetched(Leased(feed, FeedState(), 1, 0.0), url, False, at)


def test_a_record_is_named_by_its_place_on_the_log() -> None:
    record = Delivered("atalaya.articles", 2, "17-3", "key", b"value")
    assert letter_id("tag", record) == letter_id("tag", record, now=9.0) == "tag-articles-2-17-3"
    kept = dead_letter("tag", record, "r", "s", 1, 1.0)
    assert (kept.topic, kept.partition, kept.offset, kept.key, kept.value) == record


def test_a_fetch_is_named_by_its_feed() -> None:
    assert letter_id("poll", fetched("http://a.example/rss")) == letter_id("poll", fetched("http://a.example/rss", 2.0))
    assert letter_id("poll", fetched("http://a.example/rss")) != letter_id("poll", fetched("http://b.example/rss"))
    assert dead_letter("poll", fetched("http://a.example/rss"), "r", "s", 1, 1.0).key == "http://a.example/rss"


def test_a_send_is_named_by_its_delivery() -> None:
    delivery = Delivery(
        id="d1", subscription="s", endpoint="e", kind="webhook", address="http://r.example", alert=None, alert_id="a"
    )
    kept = dead_letter("deliver", Sent(delivery, None, 1.0), "r", "s", 1, 1.0)
    assert (kept.id, kept.topic) == ("deliver--0-d1", "")


def test_what_it_keeps_is_bounded() -> None:
    kept = dead_letter("poll", "x" * 1_000_000, "r" * 10_000, "s" * 100_000, 1, 1.0)
    assert len(kept.reason) == 2000 and len(kept.stack) == 8000 and len(kept.value) <= 65_536
