"""The newsroom's material: outlets and their articles, read from the YAML files of this package.

Owns the shape of those files and the checks on them. Does not decide when anything is published (edition.py) nor
how a feed is written (render.py). The files are read once, at the start; a fault names file and field.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import yaml
from msgspec import Meta

from services.model.feed import Feed

FOLDER = Path(__file__).parent / "articles"
MARK = {"es": "muestra", "pt": "amostra", "en": "sample"}  # what marks an outlet's title, by language

Area = Literal["security", "migration", "mining"]
Turn = Annotated[int, Meta(ge=0)]
Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_DYAD = re.compile(r"[A-Z]{2}-[A-Z]{2} (security|migration|mining) (cooperate|propose|consult|reject|conflict)")


class LibraryError(ValueError):
    """A file of the newsroom cannot be used; the message names file, field and what would be right."""


class _Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Edit(_Part, frozen=True, kw_only=True):
    """What an article becomes at a later turn, under the same link. What it leaves out stays as it was."""

    turn: Turn
    title: str = ""
    text: str = ""
    areas: tuple[Area, ...] | None = None
    dyads: tuple[str, ...] | None = None


class Story(_Part, frozen=True, kw_only=True):
    """An article, and what a reader would tag in it: `areas`, and `dyads` such as "CL-PE migration propose".

    `[[a|b|c]]` in title and text stands for one of the choices, the same one throughout an edition, and
    `[[today]]` for the name of the weekday.
    """

    slug: Slug
    turn: Turn
    title: str
    text: str
    areas: tuple[Area, ...] = ()
    dyads: tuple[str, ...] = ()
    undated: bool = False
    edit: Edit | None = None


class Copy(_Part, frozen=True, kw_only=True):
    """Another outlet's article, `outlet/slug`: under its own link with `query` after it, or reprinted here."""

    of: str
    turn: Turn
    query: str = ""


class Outlet(_Part, frozen=True, kw_only=True):
    """An invented outlet: who it is, the quirks of its feed, and its articles."""

    id: Slug
    title: str
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")]
    language: Literal["es", "pt", "en"]
    family: Slug
    articles: tuple[Story, ...]
    kind: Literal["press", "wire"] = "press"
    focus: str = "general"
    format: Literal["rss", "atom"] = "rss"
    charset: Literal["utf-8", "latin-1"] = "utf-8"  # latin-1 is served with no charset declared
    dates: Literal["standard", "portuguese"] = "standard"
    titles: Literal["plain", "html"] = "plain"  # html: with tags, escaped twice
    content: Literal["full", "summary"] = "full"  # summary: the first paragraph, the rest is on the page
    breaks: int = 0  # from this turn on, three answers are broken; 0: none
    copies: tuple[Copy, ...] = ()
    reprints: tuple[Copy, ...] = ()


def load(folder: Path = FOLDER) -> tuple[Outlet, ...]:
    """All outlets, by file name. Raises `LibraryError`."""
    outlets = tuple(_read(path) for path in sorted(folder.glob("*.yaml")))
    stories = {f"{outlet.id}/{story.slug}" for outlet in outlets for story in outlet.articles}
    for outlet in outlets:
        for copy in outlet.copies + outlet.reprints:
            if copy.of not in stories:
                raise LibraryError(f"{outlet.id}.yaml: of: there is no article {copy.of!r}; write outlet/slug")
    return outlets


@cache
def shipped() -> tuple[Outlet, ...]:
    """The outlets of this package."""
    return load()


def feed_path(outlet: Outlet) -> str:
    """Where an outlet's feed is served; the same in every edition."""
    return f"/feeds/{outlet.id}.xml"


def sample_feeds(port: int, host: str = "127.0.0.1") -> tuple[Feed, ...]:
    """The newsroom's feeds as the source pack would describe them; `port` is the one it really listens on."""
    base = f"http://{host}:{port}"
    return tuple(
        Feed(
            url=base + feed_path(outlet),
            title=outlet.title,
            country=outlet.country,
            language=outlet.language,
            outlet=outlet.id,
            family=outlet.family,
            kind=outlet.kind,
            focus=outlet.focus,
            home=base + "/",
            provenance="sample",
            verified=True,
            sample=True,
        )
        for outlet in shipped()
    )


def _read(path: Path) -> Outlet:
    try:
        outlet = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Outlet)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path.name}: not YAML: {error}") from error
    except msgspec.ValidationError as error:
        raise LibraryError(f"{path.name}: {error}") from error
    for fault in _faults(outlet, path.stem):
        raise LibraryError(f"{path.name}: {fault}")
    return outlet


def _faults(outlet: Outlet, stem: str) -> list[str]:
    faults = []
    if outlet.id != stem:
        faults.append(f"id: {outlet.id!r} must be the file's name, {stem!r}")
    if not outlet.title.endswith(f"({MARK[outlet.language]})"):
        faults.append(f"title: must end with ({MARK[outlet.language]}), so that nobody takes it for news")
    if len({story.slug for story in outlet.articles}) < len(outlet.articles):
        faults.append("articles: every slug must be there once")
    for story in outlet.articles:
        faults += [f"{story.slug}: {fault}" for fault in _story_faults(story)]
    return faults


def _story_faults(story: Story) -> list[str]:
    later = story.edit
    faults = [
        f"dyads: {dyad!r} must read like 'CL-PE migration propose'"
        for dyad in story.dyads + ((later.dyads or ()) if later else ())
        if not _DYAD.fullmatch(dyad)
    ]
    if later and later.turn <= story.turn:
        faults.append(f"edit.turn: {later.turn} must come after the article's own turn, {story.turn}")
    return faults
