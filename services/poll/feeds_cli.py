"""What `atalaya feeds …` does: list, coverage, check, add, remove, pause, resume, why, import, export.

Functions take settings or a store and return text, or data for `--json`; `services.cli_feeds` holds the arguments.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urljoin

import msgspec
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from services.model.article import article_id
from services.model.feed import Feed
from services.model.sight import Sight, quiet, state_now
from services.poll import canonical
from services.poll.check import Checked, check
from services.poll.opml import read_opml, scan_opml, write_opml
from services.poll.pack import configured, local_file, read_local, write_local
from services.settings import Settings
from services.store.base import Store
from services.store.feeds import NEVER, Status
from services.telemetry import DROP_REASONS

_COLOURS = {
    "ok": "green",
    "unchanged": "green",
    "moved": "cyan",
    "new": "dim",
    "silent": "yellow",
    "throttled": "yellow",
}


class FeedsError(ValueError):
    """The command cannot be done; the text says why and what would be right."""


def listing(statuses: Iterable[Status], now: float, country: str = "", health: str = "") -> list[dict[str, object]]:
    """One row a feed, those in trouble first."""
    rows: list[dict[str, object]] = [
        {
            "url": each.feed.url,
            "outlet": each.feed.outlet,
            "country": each.feed.country,
            "health": "paused" if each.paused else each.state.health,
            "since": each.state.since or None,
            "detail": each.state.detail,
            "last_success": each.state.succeeded or None,
            "next_due": None if each.due >= NEVER else each.due,
            "entries_a_day": round(each.state.rate, 2),
            "usual_a_day": round(each.state.usual, 2),
            "interval": round(each.state.interval),
            "failures": each.state.failures,
            "gaps": each.state.gaps,
            "validators": "trusted" if each.state.trusted else "not trusted",
            "address": each.state.address or each.feed.url,
        }
        for each in statuses
        if country in ("", each.feed.country)
    ]
    rows = [row for row in rows if health in ("", row["health"])]
    return sorted(rows, key=lambda row: (row["health"] in ("ok", "unchanged"), str(row["country"]), str(row["url"])))


def show_listing(rows: Sequence[dict[str, object]], now: float, console: Console) -> None:
    """The rows as a table."""
    table = Table("country", "outlet", "health", "since", "entries/day", "usual", "next", "detail", box=None)
    for row in rows:
        table.add_row(
            str(row["country"]),
            str(row["outlet"]),
            Text(str(row["health"]), _COLOURS.get(str(row["health"]), "red")),
            _ago(row["since"], now),
            f"{row['entries_a_day']:g}",
            f"{row['usual_a_day']:g}",
            _ahead(row["next_due"], now),
            str(row["detail"]),
        )
    console.print(table)


def coverage_rows(sights: Mapping[str, Sight], now: float) -> list[dict[str, object]]:
    """What of each country's press is seen, as the pollers last told, and what silence there would mean."""
    return [
        {**msgspec.structs.asdict(each), "state": state_now(each, now), "quiet": quiet(sights, [country], now)}
        for country, each in sights.items()
    ]


def show_coverage(rows: Sequence[dict[str, object]], now: float, console: Console) -> None:
    """The rows as a table."""
    if not rows:
        console.print("no poller has told yet what it sees: it does so within a minute of its start")
        return
    told = min(float(str(row["at"])) for row in rows)
    heads = ("country", "sight", "families seen", "feeds seen", "entries/day", "newest", "when nothing is found")
    table = Table(*heads, box=None)
    for row in rows:
        table.add_row(
            str(row["country"]),
            str(row["state"]),
            f"{row['seen_families']}/{row['families']}",
            f"{row['seen_feeds']}/{row['feeds']}",
            f"{row['rate']:.0f}",
            _ago(row["last_entry"], now),
            str(row["quiet"]),
        )
    console.print(table)
    console.print(f"as the pollers told {_ago(told, now)} ago", style="dim")


def run_check(
    settings: Settings, urls: Sequence[str], as_json: bool, console: Console, allow: Sequence[str] = ()
) -> int:
    """Asks the feeds (all, or those named) and shows each report as it comes; 1 when any failed."""
    feeds = [feed for feed in configured(settings) if not feed.sample]
    if urls:
        known = {feed.url: feed for feed in feeds}
        feeds = [known.get(url) or _described(url) for url in urls]
    if as_json:
        reports = check(settings, feeds, allow=allow)
        console.print_json(json.dumps([_as_json(each) for each in reports]))
    else:
        reports = _live(settings, feeds, console, allow)
    return int(any(each.state not in ("ok", "moved", "unchanged") for each in reports))


def add(settings: Settings, feed: Feed) -> str:
    """Puts a feed beside the pack."""
    if any(each.url == feed.url for each in configured(settings)):
        raise FeedsError(f"{feed.url}: is polled already")
    if canonical.clean(feed.url) == "":
        raise FeedsError(f"{feed.url}: is no http or https address")
    if not feed.home:
        feed = msgspec.structs.replace(feed, home=urljoin(feed.url, "/"))
    read_opml(write_opml([feed], "Added here", time.time()), feed.url)
    write_local(settings, [*read_local(settings), feed], time.time())
    return f"added to {local_file(settings)}; running pollers take it up within seconds"


def remove(settings: Settings, url: str) -> str:
    """Takes away a feed that was added here."""
    local = read_local(settings)
    rest = [feed for feed in local if feed.url != url]
    if len(rest) == len(local):
        if any(feed.url == url for feed in configured(settings)):
            raise FeedsError(f"{url}: belongs to the source pack: pause it with `atalaya feeds pause {url}`")
        raise FeedsError(f"{url}: is not polled")
    write_local(settings, rest, time.time())
    return f"removed from {local_file(settings)}"


def pause(store: Store, url: str, paused: bool) -> str:
    """Stops or resumes a feed, a gone one too."""
    if not store.feeds.pause(url, paused, time.time()):
        raise FeedsError(f"{url}: no poller knows this feed; `atalaya feeds list` shows those that are known")
    return f"{url}: {'paused' if paused else 'resumed, due now'}"


def why(store: Store, url: str) -> str:
    """What became of an article or a feed, by its address."""
    lines = [_of_feed(each) for each in store.feeds.statuses() if url in (each.feed.url, each.state.address)]
    article = article_id(canonical.identity(url)) if "://" in url else url
    seen = store.feeds.recall([article])[0]
    if seen is not None:
        lines.append(
            f"article {article}: version {seen.version}, first seen {_moment(seen.first)} in {seen.feed}; "
            "it was handed to the tagger then"
        )
    for trace in store.traces.find(article=article):
        lines.append(f"{_moment(trace.at)}  {trace.stage}: {trace.reason} — {DROP_REASONS.get(trace.reason, '')}")
    return "\n".join(lines) or f"no feed has shown {url} as long as memory reaches back (article {article})"


def import_file(settings: Settings, file: Path, country: str) -> str:
    """Adds the feeds of any reader's OPML export; those polled already are skipped."""
    found = scan_opml(file.read_bytes(), str(file), strict=False, country=country)
    known = {feed.url for feed in configured(settings)}
    fresh = [feed for feed in found.feeds if feed.url not in known]
    if fresh:
        write_local(settings, [*read_local(settings), *fresh], time.time())
    lines = [f"{len(fresh)} added, {len(found.feeds) - len(fresh)} known already, {len(found.faults)} with faults"]
    return "\n".join([*lines, *map(str, found.faults)])


def export(settings: Settings, country: str = "") -> bytes:
    """Every configured feed as OPML, without the samples."""
    feeds = [feed for feed in configured(settings) if not feed.sample and country in ("", feed.country)]
    return write_opml(sorted(feeds, key=lambda feed: (feed.country, feed.url)), "Atalaya's feeds", time.time())


def _described(url: str) -> Feed:
    return Feed(url=url, title=url, country="ZZ", language="", outlet="", family="")


def _live(settings: Settings, feeds: Sequence[Feed], console: Console, allow: Sequence[str]) -> list[Checked]:
    """A line per finished feed above, the count below, while it works."""
    done = good = 0
    with Live(console=console, refresh_per_second=8, transient=True) as live:
        live.update(Text(f"0 of {len(feeds)} asked"))

        def tell(found: Checked) -> None:
            nonlocal done, good
            done += 1
            good += found.state in ("ok", "moved", "unchanged")
            live.console.print(_line(found))
            live.update(Text(f"{done} of {len(feeds)} asked, {good} well"))

        reports = check(settings, feeds, tell, allow)
    console.print(f"{good} of {len(feeds)} feeds are well")
    return reports


def _line(found: Checked) -> Text:
    line = Text(f"{found.state:<12}", _COLOURS.get(found.state, "red"))
    line.append(f"{found.feed.country:<3} {found.entries:>4} entries  {found.seconds:5.1f} s  ", "none")
    line.append(found.feed.url)
    return line.append(f"  {found.detail}", "dim") if found.detail else line


def _as_json(found: Checked) -> dict[str, object]:
    return {
        **found._asdict(),
        "feed": found.feed.url,
        "country": found.feed.country,
        "seconds": round(found.seconds, 3),
    }


def _of_feed(each: Status) -> str:
    state = each.state
    return (
        f"feed {each.feed.url}: {'paused' if each.paused else state.health} since {_moment(state.since)}"
        f"{', ' + state.detail if state.detail else ''}; last read {_moment(state.succeeded)}, "
        f"next {'never' if each.due >= NEVER else _moment(each.due)}"
    )


def _moment(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(at)) if at else "never"


def _ago(at: object, now: float) -> str:
    return _span(now - float(str(at))) if at else ""


def _ahead(at: object, now: float) -> str:
    return "never" if at is None else _span(max(0.0, float(str(at)) - now))


def _span(seconds: float) -> str:
    for size, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"
