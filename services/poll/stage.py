"""poll: fetched feeds → articles on `atalaya.articles`.

    lease | fetch (source) | judge | parse in a child | name | recall | sort | settle (source, after the append)

The pure siblings decide; this file only carries between them, the store's memory and the parser children.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from services.http.base import Refused
from services.model.article import Article
from services.model.feed import Feed
from services.model.feed_state import Noted, Seen
from services.poll import decide, entries, verdict
from services.poll.entries import Naming
from services.poll.parse import Job, Limits, Parsed
from services.poll.parsers import ParseFailed, Parsers
from services.poll.schedule import Pace
from services.poll.source import Fetched
from services.stage import Handled
from services.store.feeds import FeedStore, Leased, Settled
from services.telemetry import FEED_FETCHES, FEED_GAPS, FEED_UNCHANGED, PARSE_SECONDS

_HOUR = 3600.0
_TRY_BAD_AGAIN = 7 * 24 * _HOUR  # a newer release may read what this one could not


class Rules(NamedTuple):
    """The settings that the stage needs, in seconds."""

    pace: Pace = Pace()
    sample_pace: Pace = Pace(3.0, 3.0, 3.0, 30.0)
    limits: Limits = Limits()
    backfill_after: float = 48 * _HOUR
    remember: float = 720 * _HOUR

    def of(self, feed: Feed) -> Pace:
        """The pace of this feed."""
        return self.sample_pace if feed.sample else self.pace


class PollStage:
    """See `stage.Stage`. Holds nothing between two calls but its parser children."""

    def __init__(self, store: FeedStore, parsers: Parsers, rules: Rules) -> None:
        self._store = store
        self._parsers = parsers
        self._rules = rules

    def handle(self, items: Sequence[Fetched]) -> list[Handled]:
        """Decides what each fetch means; articles come out, and the feed's new state as the effect."""
        judged = [self._judge(each) for each in items]
        bodies = [index for index, each in enumerate(items) if self._must_parse(each, judged[index])]
        with PARSE_SECONDS.time():
            parsed = dict(zip(bodies, self._parsers.parse([self._job(items[index]) for index in bodies]), strict=True))
        read = {index: found for index, found in parsed.items() if isinstance(found, Parsed)}
        namings = {index: self._name(items[index], found) for index, found in read.items()}
        memory = self._recall(namings.values())
        return [
            self._one(each, judged[index], parsed.get(index), namings.get(index), memory)
            for index, each in enumerate(items)
        ]

    def backoff(self, leased: Leased, reason: str, now: float) -> Settled:
        """For a fetch that the loop gave up on: its dead letter is safe, the feed comes back later."""
        feed = leased.feed
        return _settled(decide.unreadable(feed.url, leased.state, reason, now, self._rules.of(feed)))

    def close(self) -> None:
        """Ends the parser children."""
        self._parsers.close()

    def _judge(self, fetched: Fetched) -> verdict.Verdict:
        answer, error = fetched.answer, fetched.error
        if answer is not None:
            return verdict.of_answer(fetched.leased.state, answer.status, answer.headers, answer.hops, fetched.at)
        assert error is not None  # noqa: S101 - one of the two is there
        return verdict.of_error(error.reason, error.detail, isinstance(error, Refused))

    def _must_parse(self, fetched: Fetched, judged: verdict.Verdict) -> bool:
        """Parsing is the dear part; the memory of entries must be refreshed now and then all the same."""
        if judged.kind != "body" or fetched.answer is None:
            return False
        state = fetched.leased.state
        if fetched.hash == state.bad and fetched.at - state.bad_at < _TRY_BAD_AGAIN:
            return False
        return fetched.at - state.parsed > self._rules.remember / 4 or fetched.hash != state.body

    def _job(self, fetched: Fetched) -> Job:
        assert fetched.answer is not None  # noqa: S101 - `_must_parse` has looked
        kind = fetched.answer.headers.get("content-type", "")
        feed = fetched.leased.feed
        return Job(fetched.answer.body, fetched.answer.url, kind, feed.country, self._rules.limits)

    def _name(self, fetched: Fetched, parsed: Parsed) -> Naming:
        assert fetched.answer is not None  # noqa: S101 - it was parsed
        return entries.name(fetched.leased.feed, fetched.leased.state, parsed, fetched.answer.url)

    def _recall(self, namings: Iterable[Naming]) -> dict[str, Seen]:
        ids = list({named.id for naming in namings for named in naming.named})
        return {article: seen for article, seen in zip(ids, self._store.recall(ids), strict=True) if seen is not None}

    def _note(self, leased: Leased, articles: Iterable[Article]) -> bool:
        return self._store.note(leased, {each.id: Noted(each.version, each.digest) for each in articles})

    def _one(
        self,
        fetched: Fetched,
        judged: verdict.Verdict,
        parsed: Parsed | ParseFailed | None,
        naming: Naming | None,
        memory: dict[str, Seen],
    ) -> Handled:
        feed, state, now = fetched.leased.feed, fetched.leased.state, fetched.at
        pace = self._rules.of(feed)
        if judged.kind == "same":
            return _done(feed, decide.same(feed.url, state, judged, now, pace))
        if judged.kind != "body" or fetched.answer is None:
            return _done(feed, decide.failed(feed.url, state, judged, now, pace))
        got = decide.Got(
            fetched.answer.headers,
            fetched.asked,
            not fetched.answer.hops,
            fetched.conditional,
            fetched.hash,
        )
        if parsed is None and got.hash == state.bad:
            return _done(feed, decide.unreadable_again(feed.url, state, now, pace))
        if parsed is None:
            return _done(feed, decide.repeated(feed.url, state, judged, got, now, pace))
        if isinstance(parsed, ParseFailed):
            return _done(feed, decide.unreadable(feed.url, state, str(parsed), now, pace, got.hash))
        if not parsed.kind or naming is None:
            return _done(feed, decide.unreadable(feed.url, state, parsed.problem, now, pace, got.hash))
        found = entries.sort(
            feed, state, naming, memory, fetched.leased.noted, now, self._rules.backfill_after, self._rules.remember
        )
        if found.articles and not self._note(fetched.leased, found.articles):
            return Handled(
                effect=Settled(state, fetched.leased.due)
            )  # another poller has the feed; settling changes nothing
        # A later feed of this batch must see what an earlier one brings.
        memory.update({article: seen for article, seen in found.seen.items() if article not in memory})
        FEED_UNCHANGED.inc(found.unchanged)
        outcome = decide.read(feed.url, state, judged, got, parsed, naming, found.fresh, now, pace)
        if outcome.state.gaps > state.gaps:
            FEED_GAPS.labels(feed.country).inc()
        FEED_FETCHES.labels(outcome.state.health).inc()
        host = urlsplit(fetched.answer.url).netloc.lower().removeprefix("www.")
        effect = _settled(outcome, True, found.seen, host)
        return Handled(found.articles, found.dropped, effect)


def _done(feed: Feed, outcome: decide.Outcome) -> Handled:
    FEED_FETCHES.labels(outcome.state.health).inc()
    return Handled(effect=_settled(outcome))


def _settled(
    outcome: decide.Outcome, read: bool = False, seen: Mapping[str, Seen] | None = None, host: str = ""
) -> Settled:
    return Settled(outcome.state, outcome.due, read, seen or {}, host, outcome.pause_host_until)
