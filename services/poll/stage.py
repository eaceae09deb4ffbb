"""poll: fetched feeds → articles on `atalaya.articles`.

    lease | fetch | parse in a child (all in the source) | name | recall | sort | note | settle (after the append)

The pure siblings decide; this file only carries between them, the store's memory and the parser children.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from services.http.base import Answer, Refused
from services.model.article import Article
from services.model.feed_state import Noted, Seen
from services.poll import decide, entries, verdict
from services.poll.entries import Naming
from services.poll.fetched import Fetched
from services.poll.parse import Job, Limits, Parsed
from services.poll.parsers import Parsers
from services.poll.schedule import Pace
from services.stage import Handled
from services.store.feeds import FeedStore, Leased, Settled, host_of
from services.telemetry import FEED_FETCHES, FEED_GAPS, FEED_UNCHANGED, PARSE_SECONDS

_HOUR = 3600.0
_TRY_BAD_AGAIN = _HOUR  # a machine that was busy, or a newer release, may read what could not be read


class Rules(NamedTuple):
    """The settings that the stage needs, in seconds."""

    pace: Pace = Pace()
    sample_pace: Pace = Pace(3.0, 3.0, 3.0, 30.0)
    limits: Limits = Limits()
    backfill_after: float = 48 * _HOUR
    remember: float = 720 * _HOUR

    def of(self, leased: Leased, now: float) -> Pace:
        """The pace of this feed; slow, as a safety net, while its hub tells us of news."""
        pace = self.sample_pace if leased.feed.sample else self.pace
        return pace._replace(floor=pace.wish, ceiling=pace.wish) if leased.pushed_until > now else pace


class PollStage:
    """See `stage.Stage`. Holds nothing between two calls but its parser children."""

    def __init__(self, store: FeedStore, parsers: Parsers, rules: Rules) -> None:
        self._store = store
        self._parsers = parsers
        self._rules = rules

    def read(self, fetched: Fetched) -> Fetched:
        """The same fetch with its body parsed, where that is needed. Called by the source, from several threads.

        Parsing is the dear part: the same bytes as the last time are not parsed, but for the memory of their
        entries, which must be refreshed now and then.
        """
        if fetched.answer is None or self._judge(fetched).kind != "body":
            return fetched
        state = fetched.leased.state
        if fetched.hash == state.bad and fetched.at - state.bad_at < _TRY_BAD_AGAIN:
            return fetched
        if fetched.hash == state.body and fetched.at - state.parsed <= self._rules.remember / 4:
            return fetched
        with PARSE_SECONDS.time():
            return fetched._replace(parsed=self._parsers.parse(self._job(fetched, fetched.answer)))

    def handle(self, items: Sequence[Fetched]) -> list[Handled]:
        """Decides what each fetch means; articles come out, and the feed's new state as the effect."""
        namings = [self._name(each) for each in items]
        memory = self._recall(naming for naming in namings if naming is not None)
        return [
            self._without_entries(each) if naming is None else self._with_entries(each, naming, memory)
            for each, naming in zip(items, namings, strict=True)
        ]

    def backoff(self, leased: Leased, reason: str, now: float) -> Settled:
        """For a fetch that the loop gave up on: its dead letter is safe, the feed comes back later."""
        feed = leased.feed
        return _settled(decide.unreadable(feed.url, leased.state, reason, now, self._rules.of(leased, now)))

    def close(self) -> None:
        """Ends the parser children."""
        self._parsers.close()

    def _judge(self, fetched: Fetched) -> verdict.Verdict:
        answer, error = fetched.answer, fetched.error
        if answer is not None:
            return verdict.of_answer(fetched.leased.state, answer.status, answer.headers, answer.hops, fetched.at)
        assert error is not None  # noqa: S101 - one of the two is there
        return verdict.of_error(error.reason, error.detail, isinstance(error, Refused))

    def _job(self, fetched: Fetched, answer: Answer) -> Job:
        kind = answer.headers.get("content-type", "")
        return Job(answer.body, answer.url, kind, fetched.leased.feed.country, self._rules.limits)

    def _name(self, fetched: Fetched) -> Naming | None:
        """The entries and their identities; None when this fetch brought none to look at."""
        if fetched.answer is None or not isinstance(fetched.parsed, Parsed) or not fetched.parsed.kind:
            return None
        return entries.name(fetched.leased.feed, fetched.leased.state, fetched.parsed, fetched.answer.url)

    def _recall(self, namings: Iterable[Naming]) -> dict[str, Seen]:
        ids = list({named.id for naming in namings for named in naming.named})
        return {article: seen for article, seen in zip(ids, self._store.recall(ids), strict=True) if seen is not None}

    def _note(self, leased: Leased, articles: Iterable[Article]) -> bool:
        return self._store.note(leased, {each.id: Noted(each.version, each.digest) for each in articles})

    def _without_entries(self, fetched: Fetched) -> Handled:
        """Nothing to read: not modified, the same bytes, no feed, or no answer."""
        feed, state, parsed, now = fetched.leased.feed, fetched.leased.state, fetched.parsed, fetched.at
        pace, judged = self._rules.of(fetched.leased, now), self._judge(fetched)
        if judged.kind == "same":
            return _done(decide.same(feed.url, state, judged, now, pace))
        if judged.kind != "body" or fetched.answer is None:
            return _done(decide.failed(feed.url, state, judged, now, pace))
        if parsed is None and fetched.hash == state.bad:
            return _done(decide.unreadable_again(feed.url, state, now, pace))
        if parsed is None:
            return _done(decide.repeated(feed.url, state, judged, _got(fetched, fetched.answer), now, pace))
        reason = parsed.problem if isinstance(parsed, Parsed) else str(parsed)
        return _done(decide.unreadable(feed.url, state, reason, now, pace, fetched.hash))

    def _with_entries(self, fetched: Fetched, naming: Naming, memory: dict[str, Seen]) -> Handled:
        """`memory` takes in what this feed brings: a later feed of the batch must see it."""
        assert fetched.answer is not None  # noqa: S101 - there is a naming, so there is an answer
        assert isinstance(fetched.parsed, Parsed)  # noqa: S101
        leased, now, rules = fetched.leased, fetched.at, self._rules
        feed, state, pace = leased.feed, leased.state, rules.of(leased, now)
        found = entries.sort(feed, state, naming, memory, leased.noted, now, rules.backfill_after, rules.remember)
        if found.articles and not self._note(leased, found.articles):
            return Handled(effect=Settled(state, leased.due))  # lost to another poller: settling changes nothing
        memory.update({article: seen for article, seen in found.seen.items() if article not in memory})
        FEED_UNCHANGED.inc(found.unchanged)
        got = _got(fetched, fetched.answer)
        outcome = decide.read(
            feed.url, state, self._judge(fetched), got, fetched.parsed, naming, found.fresh, now, pace
        )
        if outcome.state.gaps > state.gaps:
            FEED_GAPS.labels(feed.country).inc()
        FEED_FETCHES.labels(outcome.state.health).inc()
        effect = _settled(outcome, True, found.seen, host_of(feed, fetched.answer.url))
        return Handled(found.articles, found.dropped, effect)


def _got(fetched: Fetched, answer: Answer) -> decide.Got:
    return decide.Got(answer.headers, fetched.asked, not answer.hops, fetched.conditional, fetched.hash)


def _done(outcome: decide.Outcome) -> Handled:
    FEED_FETCHES.labels(outcome.state.health).inc()
    return Handled(effect=_settled(outcome))


def _settled(
    outcome: decide.Outcome, read: bool = False, seen: Mapping[str, Seen] | None = None, host: str = ""
) -> Settled:
    return Settled(outcome.state, outcome.due, read, seen or {}, host, outcome.pause_host_until)
