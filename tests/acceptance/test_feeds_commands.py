"""`atalaya feeds …` on a configuration of its own, with real sockets."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from services.model.article import article_id
from services.model.feed import Feed
from services.model.feed_state import FeedState, Seen
from services.poll import canonical, feeds_cli
from services.poll.coverage import coverage
from services.poll.opml import OpmlError, read_opml, write_opml
from services.poll.pack import Watch, configured
from services.settings import HttpSettings, Newsroom, Settings
from services.store.connect import connect
from services.store.feeds import Settled
from services.store.traces import Trace
from tests.hostile.behaviours import feed as feed_answer
from tests.hostile.behaviours import typed
from tests.hostile.feeds import numbered
from tests.hostile.server import HostileServer, answer, redirect


def a_feed(url: str, country: str = "PE") -> Feed:
    """As the pack would describe it."""
    return Feed(
        url=url,
        home=url.rpartition("/")[0],
        title="Diario",
        country=country,
        language="es",
        outlet="diario",
        family="diario",
        provenance="a test",
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A configuration folder with one feed in its pack."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "feeds.opml").write_bytes(write_opml([a_feed("https://pack.example/rss")], "Pack", 0.0))
    return Settings(config=config, data=tmp_path / "data", newsroom=Newsroom(enabled=False))


def addresses(settings: Settings) -> list[str]:
    """Of all configured feeds."""
    return [each.url for each in configured(settings)]


def test_add_and_remove(settings: Settings) -> None:
    """Beside the pack, which stays as it is; each fault says what would be right."""
    pack = (settings.config / "feeds.opml").read_bytes()
    assert "added" in feeds_cli.add(settings, a_feed("https://mio.example/rss"))
    assert addresses(settings) == ["https://mio.example/rss", "https://pack.example/rss"]
    with pytest.raises(feeds_cli.FeedsError, match="already"):
        feeds_cli.add(settings, a_feed("https://mio.example/rss"))
    with pytest.raises(feeds_cli.FeedsError, match="pause"):
        feeds_cli.remove(settings, "https://pack.example/rss")
    with pytest.raises(feeds_cli.FeedsError, match="not polled"):
        feeds_cli.remove(settings, "https://nadie.example/rss")
    with pytest.raises((feeds_cli.FeedsError, OpmlError)):
        feeds_cli.add(settings, a_feed("ftp://mio.example/rss"))
    with pytest.raises(OpmlError, match="country"):
        feeds_cli.add(settings, a_feed("https://otro.example/rss", "Perú"))
    assert "removed" in feeds_cli.remove(settings, "https://mio.example/rss")
    assert addresses(settings) == ["https://pack.example/rss"]
    assert (settings.config / "feeds.opml").read_bytes() == pack


def test_running_pollers_take_changes_up(settings: Settings) -> None:
    """Looked at every few seconds; a broken file changes nothing."""
    now = [0.0]
    watch = Watch(settings, lambda: now[0])
    assert watch() is None
    feeds_cli.add(settings, a_feed("https://mio.example/rss"))
    now[0] = 6.0
    assert [each.url for each in watch() or ()] == addresses(settings)
    now[0] = 12.0
    assert watch() is None
    (settings.config / "feeds.local.opml").write_text("<opml>", encoding="utf-8")
    now[0] = 18.0
    assert watch() is None


def test_import_and_export(settings: Settings, tmp_path: Path) -> None:
    """A foreign export comes in, what is known is skipped, everything goes out again."""
    file = tmp_path / "reader.opml"
    file.write_text(
        '<opml version="1.0"><head/><body><outline text="Carpeta">'
        '<outline text="Uno" type="rss" xmlUrl="https://uno.example/rss"/>'
        '<outline text="Pack" type="rss" xmlUrl="https://pack.example/rss"/></outline></body></opml>',
        encoding="utf-8",
    )
    assert feeds_cli.import_file(settings, file, "UY").startswith("1 added, 1 known")
    out = read_opml(feeds_cli.export(settings), "export", strict=False)
    assert {(each.url, each.country) for each in out} == {
        ("https://uno.example/rss", "UY"),
        ("https://pack.example/rss", "PE"),
    }


def test_check_reports_each_feed(settings: Settings) -> None:
    """State, reason, entries and the newest date, as a table while it works and as data."""
    routes = {
        "/ok": [feed_answer(numbered(1, 5))],
        "/html": [typed("<html><body>hola</body></html>", "text/html")],
        "/moved": [redirect(301, "/ok")],
        "/missing": [answer(404)],
        "/robots.txt": [answer(200, "User-agent: *\nDisallow: /closed", {"Content-Type": "text/plain"})],
        "/closed": [feed_answer(numbered(1, 5))],
    }
    with HostileServer(routes) as server:
        names = ("ok", "html", "moved", "missing", "closed")
        feeds = [a_feed(f"{server.base}/{name}") for name in names]
        (settings.config / "feeds.opml").write_bytes(write_opml(feeds, "Pack", 0.0))
        open_settings = msgspec.structs.replace(
            settings, http=HttpSettings(allow_private=(f"127.0.0.1:{server.port}",), per_host=9)
        )
        console = Console(record=True, width=200)
        assert feeds_cli.run_check(open_settings, (), True, console) == 1
        found = {each["feed"].rpartition("/")[2]: each for each in json.loads(console.export_text())}
        states = {name: found[name]["state"] for name in names}
        assert states == {
            "ok": "ok", "html": "not-a-feed", "moved": "moved", "missing": "unreachable", "closed": "refused",
        }  # fmt: skip
        assert (found["ok"]["entries"], found["ok"]["status"]) == (5, 200)
        assert found["missing"]["detail"] == "HTTP 404"
        paths = [each.path for each in server.requests]
        assert "/closed" not in paths, "robots.txt is read before a feed is asked for"
        assert paths.count("/robots.txt") == 1
        console = Console(record=True, width=200)
        assert feeds_cli.run_check(open_settings, [f"{server.base}/ok"], False, console) == 0
        assert "1 of 1 feeds are well" in console.export_text()


def test_check_without_a_network_ends_soon_with_reasons(settings: Settings) -> None:
    """Names that do not resolve, addresses that are not reached: a reason each, and no hang."""
    feeds = [a_feed(f"https://no-{number}.invalid/rss") for number in range(60)]
    (settings.config / "feeds.opml").write_bytes(write_opml(feeds, "Pack", 0.0))
    console = Console(record=True, width=200)
    began = time.monotonic()
    assert feeds_cli.run_check(settings, (), True, console) == 1
    assert time.monotonic() - began < 60
    reports = json.loads(console.export_text())
    assert len(reports) == 60
    assert all(
        each["state"] == "unreachable" and each["detail"].startswith(("dns", "timeout_connect")) for each in reports
    )


def test_list_coverage_pause_and_why() -> None:
    """What the store knows, in words and as data."""
    store = connect("memory://", Settings())
    feed = a_feed("https://diario.example/rss")
    now = time.time()
    store.feeds.sync([feed], now)
    lease = store.feeds.lease(now, 1, 60, 0)[0]
    link = "https://diario.example/nota?utm_source=rss"
    ident = article_id(canonical.identity(link))
    seen = {ident: Seen(feed.url, 3, "d", now, now)}
    state = FeedState(health="ok", since=now, succeeded=now, checked=now, rate=5.0, usual=6.0, interval=900.0)
    store.feeds.settle(lease, Settled(state, now + 900, True, seen), 86_400.0)
    store.traces.add([Trace(article=ident, stage="tag", reason="no_topic", at=now)])

    rows = feeds_cli.listing(store.feeds.statuses(), now)
    assert [(row["health"], row["entries_a_day"], row["usual_a_day"]) for row in rows] == [("ok", 5.0, 6.0)]
    assert feeds_cli.listing(store.feeds.statuses(), now, health="gone") == []
    console = Console(record=True, width=200)
    feeds_cli.show_listing(rows, now, console)
    feeds_cli.show_coverage([], now, console)
    store.sights.put(
        list(coverage(((each.feed, each.state, each.paused) for each in store.feeds.statuses()), now).values())
    )
    covered = feeds_cli.coverage_rows(store.sights.all(), now)
    feeds_cli.show_coverage(covered, now, console)
    assert covered[0]["quiet"] == "quiet because nothing happened"
    assert [row["quiet"] for row in feeds_cli.coverage_rows(store.sights.all(), now + 3600)] == ["quiet because blind"]
    shown = console.export_text()
    assert "15 min" in shown and "no poller has told yet" in shown and "as the pollers told" in shown

    told = feeds_cli.why(store, link)
    assert "version 3" in told
    assert "no_topic" in told
    assert "ok since" in feeds_cli.why(store, feed.url)
    assert "as long as memory reaches" in feeds_cli.why(store, "https://diario.example/otra")

    assert "paused" in feeds_cli.pause(store, feed.url, True)
    assert feeds_cli.listing(store.feeds.statuses(), now)[0]["health"] == "paused"
    assert "resumed" in feeds_cli.pause(store, feed.url, False)
    with pytest.raises(feeds_cli.FeedsError, match="feeds list"):
        feeds_cli.pause(store, "https://nadie.example/rss", True)
