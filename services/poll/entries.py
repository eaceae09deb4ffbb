"""Which entries of a parsed feed are new, edited, copies or unchanged. Pure: the memory and `now` are passed in.

Identity of an entry, in this order: the address of its article (`canonical.identity`), its guid, its title and day.
What a feed cannot be trusted with is left out and remembered in its state (`weak`): links that several different
entries share (all of them lead to the front page), guids that several entries share, and either of them when it
changes at every fetch while the titles stay.

Versions: an article belongs to the feed that brought it first. Its first version is 1, each later one is larger.
After a crash between append and commit a version may be on the log that the memory does not know; it was noted
before the append. The same words get the noted number again, other words a larger one, also when they are the words
that the memory knows: thus two texts never share a number, and the largest number is the latest text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import NamedTuple

from services.model.article import Article, article_id, content_digest
from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen
from services.poll import canonical
from services.poll.dates import plausible
from services.poll.parse import Entry, Parsed
from services.stage import Drop

KEPT_MARKS = 60
"""Entries of a body that are remembered for finding gaps and unstable identities."""
_REFRESH = 0.25
"""A memory is written anew when this part of its life has passed."""
_SLEPT = 2 * 86_400.0
"""A feed that was not read for this long may bring old entries as if they were new."""


class Named(NamedTuple):
    """An entry and its identity. `mark`: eight digits of the article's id and eight of the title's hash."""

    entry: Entry
    id: str
    url: str
    mark: str


class Naming(NamedTuple):
    """The entries of one body, each once, and what the feed cannot be trusted with."""

    named: tuple[Named, ...]
    weak: tuple[str, ...]
    renamed: frozenset[str]  # ids that are new only because the way of naming changed: the entry is known


class Sorted(NamedTuple):
    """What becomes of the entries."""

    articles: tuple[Article, ...]
    dropped: tuple[Drop, ...]
    unchanged: int
    seen: Mapping[str, Seen]
    fresh: int  # entries that were never seen before, copies included


def name(feed: Feed, state: FeedState, parsed: Parsed, base: str) -> Naming:
    """Gives every entry its identity; `base` resolves relative links."""
    weak = set(state.weak) | _shared(parsed, base)
    named = _named(feed, parsed.entries, base, weak)
    if unstable := _unstable(state.last, named, weak):
        weak |= unstable
        named = _named(feed, parsed.entries, base, weak)
    titles = {mark[8:] for mark in state.last} if weak != set(state.weak) else set()
    renamed = frozenset(each.id for each in named if each.mark[8:] in titles)
    return Naming(named, tuple(sorted(weak)), renamed)


def sort(
    feed: Feed,
    state: FeedState,
    naming: Naming,
    memory: Mapping[str, Seen],
    noted: Mapping[str, Noted],
    now: float,
    backfill_after: float,
    remember: float,
) -> Sorted:
    """Compares the entries with the memory of their articles."""
    articles: list[Article] = []
    dropped: list[Drop] = []
    seen: dict[str, Seen] = {}
    unchanged = fresh = 0
    old = _old(naming.named, state, now, backfill_after)
    for index, each in enumerate(naming.named):
        known = memory.get(each.id)
        digest = content_digest(each.entry.title, each.entry.text)
        fresh += known is None and each.id not in naming.renamed
        if known is not None and known.feed != feed.url:
            if each.mark not in state.last:  # told once, not at every fetch that still shows it
                dropped.append(Drop(each.id, "copy"))
            continue
        if each.id in naming.renamed and known is None:
            seen[each.id] = Seen(feed.url, 1, digest, now, now)
            continue
        maybe = noted.get(each.id)
        if known is not None and known.digest == digest and maybe is None:
            unchanged += 1
            if now - known.at > remember * _REFRESH:
                seen[each.id] = Seen(feed.url, known.version, digest, known.first, now)
            continue
        version = _version(known, maybe, digest)
        first = known.first if known else now
        seen[each.id] = Seen(feed.url, version, digest, first, now)
        articles.append(_article(feed, each, version, digest, now, index in old and known is None))
    return Sorted(tuple(articles), tuple(dropped), unchanged, seen, fresh)


def _version(known: Seen | None, maybe: Noted | None, digest: str) -> int:
    if maybe is not None and maybe.digest == digest:
        return maybe.version
    return max(known.version if known else 0, maybe.version if maybe else 0) + 1


def is_gap(state: FeedState, named: Sequence[Named]) -> bool:
    """Whether entries were missed: nothing in common with the last body although both were full."""
    if not state.last or len(named) < 5 or state.size < 5:
        return False
    full = max(state.largest, state.size) * 0.8
    before = {mark[:8] for mark in state.last}
    return state.size >= full and len(named) >= full and not any(each.mark[:8] in before for each in named)


def _named(feed: Feed, entries: Sequence[Entry], base: str, weak: set[str]) -> tuple[Named, ...]:
    found: dict[str, Named] = {}
    for entry in entries:
        if not (entry.title or entry.text):
            continue
        url = canonical.clean(entry.link or _guid_link(entry.guid), base)
        ident = article_id(_identity(feed, entry, url, weak))
        mark = ident[:8] + blake2b(entry.title.casefold().encode(), digest_size=4).hexdigest()
        # The first of two entries with one identity is the newer one in nearly every feed.
        found.setdefault(ident, Named(entry, ident, url or feed.home or feed.url, mark))
    return tuple(found.values())


def _identity(feed: Feed, entry: Entry, url: str, weak: set[str]) -> str:
    if url and "link" not in weak and (same := canonical.identity(url)):
        return same
    if entry.guid and "guid" not in weak:
        return f"guid\n{feed.url}\n{entry.guid}"
    day = "" if entry.published is None else str(int(entry.published // 86_400))
    words = " ".join(entry.title.casefold().split()) or entry.text[:200]
    return f"title\n{feed.url}\n{words}\n{day}"


def _guid_link(guid: str) -> str:
    return guid if guid.startswith(("http://", "https://")) else ""


def _shared(parsed: Parsed, base: str) -> set[str]:
    """Links and guids that several entries with different titles share are no identities."""
    links = Counter[str]()
    guids = Counter[str]()
    seen: set[tuple[str, str, str]] = set()
    for entry in parsed.entries:
        link = canonical.identity(canonical.clean(entry.link, base)) if entry.link else ""
        if (link, entry.guid, entry.title) in seen:
            continue  # the same entry twice
        seen.add((link, entry.guid, entry.title))
        links[link] += 1
        guids[entry.guid] += 1
    weak = set()
    if _mostly_shared(links):
        weak.add("link")
    if _mostly_shared(guids):
        weak.add("guid")
    return weak


def _mostly_shared(counts: Counter[str]) -> bool:
    named = {key: count for key, count in counts.items() if key}
    shared = sum(count for count in named.values() if count > 1)
    return shared >= 3 and shared * 2 >= sum(named.values())


def _unstable(last: Sequence[str], named: Sequence[Named], weak: set[str]) -> set[str]:
    """What names the entries differently at every fetch: ids all new, titles mostly known."""
    if len(named) < 2 or {"link", "guid"} <= weak:
        return set()
    ids = {mark[:8] for mark in last}
    titles = {mark[8:] for mark in last}
    if any(each.mark[:8] in ids for each in named):
        return set()
    known = sum(each.mark[8:] in titles for each in named[:KEPT_MARKS])
    if known < 2 or known * 2 < min(len(named), KEPT_MARKS):
        return set()
    by_link = any(each.entry.link or _guid_link(each.entry.guid) for each in named) and "link" not in weak
    return {"link"} if by_link else {"guid"}


def _old(named: Sequence[Named], state: FeedState, now: float, after: float) -> frozenset[int]:
    """Indexes of the entries that are old news.

    An entry without a usable date counts as old as the next dated one below it, since feeds put the newest first.
    When no entry of a feed read for the first time, or after a long sleep, has one, they all count as old.
    """
    moments = [plausible(each.entry.published, now) for each in named]
    if len(moments) >= 10 and len({m for m in moments if m is not None}) == 1:
        moments = [None] * len(moments)  # one date on everything says when the feed was made
    first = not state.parsed or now - state.parsed > _SLEPT
    old = set()
    last: float | None = None
    for index in range(len(moments) - 1, -1, -1):
        last = moments[index] if moments[index] is not None else last
        if last is None:
            if first and len(named) > 3:
                old.add(index)
        elif now - last > after and (moments[index] is not None or first):
            old.add(index)
    return frozenset(old)


def _article(feed: Feed, named: Named, version: int, digest: str, now: float, backfill: bool) -> Article:
    entry = named.entry
    return Article(
        id=named.id,
        version=version,
        digest=digest,
        url=named.url,
        title=entry.title,
        text=entry.text,
        feed=feed.url,
        outlet=feed.outlet,
        seen=now,
        published=plausible(entry.published, now),
        lang=feed.language or entry.lang or None,
        outlet_country=feed.country,
        family=feed.family,
        backfill=backfill,
        sample=feed.sample,
    )
