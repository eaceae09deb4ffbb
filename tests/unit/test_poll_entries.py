"""What is new, edited, a copy or unchanged; who owns an article; how versions are numbered."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from services.model.article import content_digest
from services.model.feed import Feed
from services.model.feed_state import FeedState, Noted, Seen
from services.poll import entries
from services.poll.parse import Entry, Parsed

NOW = 1_795_000_000.0
DAY = 86_400.0
BASE = "https://uno.example/rss"


def a_feed(name: str = "uno") -> Feed:
    """A feed of this host."""
    return Feed(url=f"https://{name}.example/rss", title=name, country="CL", language="es", outlet=name, family=name)


def an_entry(number: int, title: str = "", hours: float | None = 1.0, link: str | None = None, guid: str = "") -> Entry:
    """Published this many hours ago."""
    address = f"https://uno.example/{number}" if link is None else link
    moment = None if hours is None else NOW - hours * 3600
    return Entry(guid or f"g{number}", address, title or f"Título {number}", f"Texto {number}", moment)


class Fetches:
    """Plays fetches of one feed against a memory, as the stage does."""

    def __init__(self, feed: Feed | None = None, memory: dict[str, Seen] | None = None) -> None:
        self.feed = feed or a_feed()
        self.memory = {} if memory is None else memory
        self.state = FeedState()
        self.noted: dict[str, Noted] = {}
        self.now = NOW

    def fetch(self, found: Sequence[Entry], commit: bool = True) -> entries.Sorted:
        """The outcome; moves state and memory unless the fetch is lost to a crash."""
        self.now += 900.0
        naming = entries.name(self.feed, self.state, Parsed("rss20", tuple(found), len(found)), BASE)
        sorted_ = entries.sort(self.feed, self.state, naming, self.memory, self.noted, self.now, 2 * DAY, 30 * DAY)
        self.noted |= {each.id: Noted(each.version, each.digest) for each in sorted_.articles}
        if commit:
            self.noted = {}
            for key, seen in sorted_.seen.items():
                self.memory[key] = seen
            self.state = FeedState(
                parsed=self.now,
                size=len(naming.named),
                largest=max(self.state.largest, len(naming.named)),
                last=tuple(each.mark for each in naming.named),
                weak=naming.weak,
            )
        return sorted_


def test_new_then_unchanged_then_edited() -> None:
    """Version 1, nothing, version 2; the id stays."""
    fetches = Fetches()
    first = fetches.fetch([an_entry(1), an_entry(2)]).articles
    assert [article.version for article in first] == [1, 1]
    again = fetches.fetch([an_entry(1), an_entry(2)])
    assert (again.articles, again.unchanged) == ((), 2)
    edited = fetches.fetch([an_entry(1, "Otro título"), an_entry(2)]).articles
    assert [(article.id, article.version) for article in edited] == [(first[0].id, 2)]


def test_the_same_article_in_another_feed_is_a_copy() -> None:
    """Whatever its summary says, and also when it is edited there: no flapping between two summaries."""
    memory: dict[str, Seen] = {}
    owner, other = Fetches(a_feed("uno"), memory), Fetches(a_feed("dos"), memory)
    owner.fetch([an_entry(1)])
    for title in ("Título 1", "Otro resumen", "Y otro"):
        found = other.fetch([an_entry(1, title, link="https://www.uno.example/1/?utm_source=dos")])
        assert found.articles == ()
        assert [drop.reason for drop in found.dropped] == ["copy"]
        again = other.fetch([an_entry(1, title, link="https://www.uno.example/1/?utm_source=dos")])
        assert again.dropped == (), "counted once, not at every fetch that still shows it"
    assert [article.version for article in owner.fetch([an_entry(1, "Corregido")]).articles] == [2]


def test_versions_after_a_crash_between_append_and_commit() -> None:
    """The same words again keep their number; other words get a larger one, the words of before the crash too."""
    fetches = Fetches()
    fetches.fetch([an_entry(1)])
    assert fetches.fetch([an_entry(1, "Segunda")], commit=False).articles[0].version == 2
    assert fetches.fetch([an_entry(1, "Segunda")], commit=False).articles[0].version == 2
    assert fetches.fetch([an_entry(1)], commit=False).articles[0].version == 3
    assert fetches.fetch([an_entry(1, "Tercera")]).articles[0].version == 4
    assert fetches.fetch([an_entry(1, "Cuarta")]).articles[0].version == 5


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=25))
def test_versions_grow_with_time_whatever_is_lost(steps: list[tuple[int, bool]]) -> None:
    """Each step shows one of four texts and is committed, or lost after its append.

    Numbers never fall, two texts never share one, and the largest number is what was shown last.
    """
    fetches = Fetches()
    appended: list[tuple[int, str]] = []
    for text, commit in steps:
        found = fetches.fetch([an_entry(1, f"Texto {text}")], commit)
        appended += [(article.version, article.title) for article in found.articles]
        assert appended[-1][1] == f"Texto {text}"
    versions = [version for version, _ in appended]
    assert versions == sorted(versions)
    assert len(dict(appended)) == len(set(appended))


def test_old_entries_are_marked_as_backfill() -> None:
    """By their own date; an edit of a known article is news."""
    fetches = Fetches()
    first = fetches.fetch([an_entry(1), an_entry(2, hours=300)]).articles
    assert [article.backfill for article in first] == [False, True]
    edited = fetches.fetch([an_entry(1), an_entry(2, "Corregido", hours=300)]).articles
    assert [article.backfill for article in edited] == [False]


def test_an_undated_entry_counts_as_old_as_the_next_dated_one() -> None:
    """Only at the first fetch: later, what is new in a feed is news."""
    fetches = Fetches()
    shown = [an_entry(1, hours=None), an_entry(2, hours=1), an_entry(3, hours=None), an_entry(4, hours=300)]
    assert [article.backfill for article in fetches.fetch(shown).articles] == [False, False, True, True]
    later = fetches.fetch([an_entry(5, hours=None), *shown]).articles
    assert [article.backfill for article in later] == [False]


def test_a_first_body_without_dates_is_backfill() -> None:
    """A new feed must not raise a flood of alerts; the next new entry does."""
    fetches = Fetches()
    shown = [an_entry(number, hours=None) for number in range(20)]
    assert all(article.backfill for article in fetches.fetch(shown).articles)
    assert [article.backfill for article in fetches.fetch([an_entry(50, hours=None), *shown]).articles] == [False]


def test_one_date_on_everything_is_no_date() -> None:
    """It says when the feed was made."""
    fetches = Fetches()
    articles = fetches.fetch([an_entry(number, hours=0.0) for number in range(20)]).articles
    assert all(article.backfill for article in articles)
    assert len(articles) == 20


def test_links_shared_by_all_entries_are_no_identity() -> None:
    """All lead to the front page: the guid tells them apart, today and when only one is left."""
    fetches = Fetches()
    home = "https://uno.example/"
    assert len(fetches.fetch([an_entry(number, link=home) for number in range(5)]).articles) == 5
    assert fetches.state.weak == ("link",)
    assert fetches.fetch([an_entry(4, link=home)]).articles == ()


def test_links_that_change_at_every_fetch_are_found_out() -> None:
    """The titles stay: nothing comes out a second time, and real news still does."""
    fetches = Fetches()
    for turn in range(4):
        shown = [an_entry(number, link=f"https://uno.example/?id={number}&sid={turn}") for number in range(5)]
        found = fetches.fetch(shown)
        assert len(found.articles) == (5 if turn == 0 else 0)
    assert fetches.state.weak == ("link",)
    fresh = [an_entry(9, link="https://uno.example/?id=9&sid=9"), *shown]
    assert [article.title for article in fetches.fetch(fresh).articles] == ["Título 9"]


def test_guids_that_change_at_every_fetch_are_found_out() -> None:
    """Without links: title and day are the identity then."""
    fetches = Fetches()
    for turn in range(4):
        shown = [an_entry(number, link="", guid=f"{number}-{turn}") for number in range(5)]
        assert len(fetches.fetch(shown).articles) == (5 if turn == 0 else 0)
    assert "guid" in fetches.state.weak


def test_an_entry_twice_in_a_body_is_one() -> None:
    """The first of them counts."""
    fetches = Fetches()
    articles = fetches.fetch([an_entry(1, "Nuevo"), an_entry(1, "Viejo")]).articles
    assert [article.title for article in articles] == ["Nuevo"]


def test_a_gap_is_two_full_bodies_without_a_common_entry() -> None:
    """A short body or a common entry is none."""
    full = [an_entry(number) for number in range(10)]
    fetches = Fetches()
    fetches.fetch(full)

    def gap(shown: list[Entry]) -> bool:
        naming = entries.name(fetches.feed, fetches.state, Parsed("rss20", tuple(shown), len(shown)), BASE)
        return entries.is_gap(fetches.state, naming.named)

    assert gap([an_entry(number) for number in range(100, 110)])
    assert not gap([an_entry(number) for number in range(9, 19)])
    assert not gap([an_entry(number) for number in range(100, 103)])


def test_memory_is_refreshed_before_it_ends() -> None:
    """An entry that a feed shows for a year is remembered for a year."""
    fetches = Fetches()
    fetches.fetch([an_entry(1)])
    assert fetches.fetch([an_entry(1)]).seen == {}
    fetches.now += 10 * DAY
    refreshed = fetches.fetch([an_entry(1)])
    assert [seen.version for seen in refreshed.seen.values()] == [1]
    assert refreshed.articles == ()


def test_the_record_carries_what_the_pack_knows() -> None:
    """Country, family and language come from the pack: the feed's own words about language are often a default."""
    article = Fetches().fetch([an_entry(1)]).articles[0]
    assert (article.outlet, article.outlet_country, article.family, article.lang) == ("uno", "CL", "uno", "es")
    assert article.digest == content_digest(article.title, article.text)
    assert article.url == "https://uno.example/1"
