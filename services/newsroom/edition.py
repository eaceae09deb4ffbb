"""What every feed of the newsroom shows at a moment: a function of the start, the moment and the seed alone.

Each start is a new edition. Its id is in every link and guid, so that a second run shows new articles at once
and repeats none, and articles are dated from the start on, so that they are never old news. Within an edition
time is counted in turns: turn 0 is there at once, the next `QUICK_TURNS` come quickly, the rest slowly, and after
the last turn the newsroom is quiet.

Pure: no clock, no chance (choices hang on the seed), no sockets. Times are aware datetimes in UTC.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from services.newsroom.library import Copy, Outlet, Story

QUICK_TURNS = 12
QUICK = timedelta(seconds=3)  # between turns at pace 1
SLOW = timedelta(seconds=15)
FIRST_LOT_AGE = timedelta(minutes=4)  # the first lot was published up to so long before the start
BROKEN_ANSWERS = 3  # status 500, a truncated document, a web page

_ID = "%Y%m%d-%H%M%S"
_CHOICE = re.compile(r"\[\[([^\[\]]+)\]\]")
_WEEKDAYS = {
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
    "pt": ("segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado", "domingo"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}


class Item(NamedTuple):
    """An entry as a feed shows it now; `path` is its link without the server, `page` the same without a query."""

    guid: str
    path: str
    page: str
    title: str
    paragraphs: tuple[str, ...]
    published: datetime
    updated: datetime  # later than `published` once it was edited
    listed: datetime  # when this feed first showed it
    undated: bool
    areas: tuple[str, ...]  # what a reader would tag
    dyads: tuple[str, ...]


class FeedView(NamedTuple):
    """A feed as it is now, newest entry first. `broken` while it owes its broken answers."""

    outlet: Outlet
    items: tuple[Item, ...]
    updated: datetime
    broken: bool


class Edition(NamedTuple):
    """Everything the newsroom shows at a moment, by outlet id."""

    id: str
    feeds: dict[str, FeedView]


class _Moment(NamedTuple):
    """The fixed facts of one view of an edition."""

    outlets: dict[str, Outlet]
    id: str
    start: datetime
    now: datetime
    seed: int
    pace: float


def edition_id(start: datetime) -> str:
    """The id of the edition that began at `start`: its second, in UTC."""
    return start.astimezone(UTC).strftime(_ID)


def edition_start(identity: str) -> datetime | None:
    """The start of the edition with this id; None when it is no such id."""
    try:
        return datetime.strptime(identity, _ID).replace(tzinfo=UTC)
    except ValueError:
        return None


def published_after(turn: int, pace: float) -> timedelta:
    """How long after the start a turn comes; a higher pace is faster."""
    quick = min(turn, QUICK_TURNS)
    return (quick * QUICK + (turn - quick) * SLOW) / pace


def length(outlets: Sequence[Outlet], pace: float) -> timedelta:
    """How long after the start the last thing happens."""
    return published_after(max(turn for outlet in outlets for turn in _turns(outlet)), pace)


def edition(
    outlets: Sequence[Outlet], start: datetime, now: datetime, seed: int | None = None, pace: float = 1.0
) -> Edition:
    """What every feed shows at `now`, when the edition began at `start`.

    `seed` decides the choices in the texts and defaults to one derived from the start. `pace` is above zero;
    at 1 the first turns are 3 seconds apart and the later ones 15.
    """
    start = start.astimezone(UTC).replace(microsecond=0)
    chosen = int(start.timestamp()) if seed is None else seed
    at = _Moment({outlet.id: outlet for outlet in outlets}, edition_id(start), start, now, chosen, pace)
    return Edition(at.id, {outlet.id: _view(outlet, at) for outlet in outlets})


def _turns(outlet: Outlet) -> Iterator[int]:
    for story in outlet.articles:
        yield story.turn
        if story.edit:
            yield story.edit.turn
    yield from (copy.turn for copy in outlet.copies + outlet.reprints)


def _view(outlet: Outlet, at: _Moment) -> FeedView:
    own = (_item(outlet, story, at) for story in outlet.articles if _due(story.turn, at))
    borrowed = (_borrowed(outlet, copy, at) for copy in _due_copies(outlet, at))
    items = sorted([*own, *borrowed], key=lambda item: (item.listed, item.guid), reverse=True)
    updated = max((max(item.updated, item.listed) for item in items), default=at.start)
    return FeedView(outlet, tuple(items), updated, bool(outlet.breaks) and _due(outlet.breaks, at))


def _due(turn: int, at: _Moment) -> bool:
    return at.start + published_after(turn, at.pace) <= at.now


def _due_copies(outlet: Outlet, at: _Moment) -> Iterator[Copy]:
    return (copy for copy in outlet.copies + outlet.reprints if _due(copy.turn, at))


def _item(outlet: Outlet, story: Story, at: _Moment) -> Item:
    published = _published(outlet, story, at)
    title, text, areas, dyads, updated = story.title, story.text, story.areas, story.dyads, published
    if story.edit and _due(story.edit.turn, at):
        title, text = story.edit.title or title, story.edit.text or text
        areas = areas if story.edit.areas is None else story.edit.areas
        dyads = dyads if story.edit.dyads is None else story.edit.dyads
        updated = at.start + published_after(story.edit.turn, at.pace)
    path = f"/{at.id}/{outlet.id}/{story.slug}"
    return Item(
        guid=f"urn:atalaya-sample:{at.id}:{outlet.id}:{story.slug}",
        path=path,
        page=path,
        title=_fill(title, outlet.language, at),
        paragraphs=tuple(_fill(part, outlet.language, at) for part in text.strip().split("\n\n")),
        published=published,
        updated=updated,
        listed=published,
        undated=story.undated,
        areas=areas,
        dyads=dyads,
    )


def _borrowed(outlet: Outlet, copy: Copy, at: _Moment) -> Item:
    """A copy keeps the other outlet's link, with a query of its own; a reprint (no query) has its own link."""
    owner, slug = copy.of.split("/")
    story = next(each for each in at.outlets[owner].articles if each.slug == slug)
    item = _item(at.outlets[owner], story, at)
    listed = max(at.start + published_after(copy.turn, at.pace), item.published)
    own = f"/{at.id}/{outlet.id}/{slug}"
    guid = f"urn:atalaya-sample:{at.id}:{outlet.id}:{slug}"
    if copy.query:
        return item._replace(guid=guid, path=f"{item.path}?{copy.query}", listed=listed)
    return item._replace(guid=guid, path=own, page=own, published=listed, updated=listed, listed=listed)


def _published(outlet: Outlet, story: Story, at: _Moment) -> datetime:
    """The turn's moment; the first lot is spread over the minutes before the start, so that no dates are alike."""
    if story.turn:
        return at.start + published_after(story.turn, at.pace)
    seconds = zlib.crc32(f"{outlet.id}/{story.slug}".encode()) % int(FIRST_LOT_AGE.total_seconds())
    return at.start - timedelta(seconds=seconds)


def _fill(text: str, language: str, at: _Moment) -> str:
    """Puts one of the choices in the place of each `[[a|b]]`; equal choices give equal words in an edition."""

    def choose(match: re.Match[str]) -> str:
        if match[1] == "today":
            return _WEEKDAYS[language][at.start.weekday()]
        options = match[1].split("|")
        return options[zlib.crc32(f"{at.seed}:{match[1]}".encode()) % len(options)]

    return _CHOICE.sub(choose, text)
