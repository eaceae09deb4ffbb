"""The one loop that runs every stage:

    source.read | stage.handle | log.append | dead letters, traces | source.commit

Commit comes last, so a crash anywhere repeats work and loses none; whoever receives a repeat recognises it by its
id. Items that fail are tried again in place, then become dead letters; when nearly everything fails the loop
raises `Latched` before it appends or commits anything of that batch. A log or store that fails ends the loop
uncommitted; one that is full makes it wait. Owns no process, no connection and no schedule.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import msgspec

from services import telemetry
from services.log.base import Delivered, LogError, LogFull, PartitionLost, Record, TooLarge
from services.model.codec import encode
from services.settings import Workers
from services.stage import Failed, Handled, Invalid, Latched, Source, Stage
from services.store.base import StoreError, StoreFull
from services.store.dead_letters import DeadLetter
from services.store.traces import Trace, TraceStore
from services.telemetry import log

Item = TypeVar("Item")

_IDLE_SECONDS = 0.5  # how long a read waits for the first record: bounds how long a stop is noticed late
_FULL_SECONDS = 60.0  # well below Kafka's max.poll.interval: after this the batch is given back by ending
_WINDOW = 100  # items over which the share of failures is judged
_BACKOFF = 0.05  # seconds before the second try in place, then doubled


class Appender(Protocol):
    """The part of a log that the loop uses."""

    def append(self, topic: str, records: Sequence[Record]) -> None:
        """See `log.base.Log`."""
        ...


class DeadLetterBox(Protocol):
    """Where given-up items go: the topic and its index. Safe to call twice with the same letters."""

    def put(self, letters: Sequence[DeadLetter]) -> None:
        """Returns when they are kept."""
        ...


class _Stopped(Exception):
    """Asked to stop while waiting for room: the batch is left uncommitted."""


class _Failure(NamedTuple):
    kind: str  # the error's name: few enough for a metric's label
    reason: str
    stack: str
    attempts: int


class Worker(Generic[Item]):
    """Runs one stage until `stop` is set. `problem` says in words what keeps it from working, or is empty."""

    def __init__(
        self,
        name: str,
        source: Source[Item],
        stage: Stage[Item],
        *,
        appender: Appender,
        writes: str | None,
        dead: DeadLetterBox,
        traces: TraceStore,
        settings: Workers,
        stop: threading.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`writes`: the topic that the stage's records go to; None for a stage that returns none."""
        self.problem = ""
        self._name = name
        self._source = source
        self._stage = stage
        self._appender = appender
        self._writes = writes
        self._dead = dead
        self._traces = traces
        self._settings = settings
        self._stop = stop
        self._clock = clock
        self._recent: deque[bool] = deque(maxlen=_WINDOW)  # True: failed

    def run(self) -> None:
        """Turns until stopped. Raises `Latched`, `LogError` or `StoreError`; nothing of that batch is committed."""
        while not self._stop.is_set():
            try:
                self.turn()
            except _Stopped:
                return

    def turn(self) -> int:
        """One batch; how many items it had."""
        items = self._when_there_is_room(self._source.read, self._settings.batch, _IDLE_SECONDS)
        if not items:
            return 0
        began = time.perf_counter()
        results = self._handle(items)
        self._judge(results)
        results = self._when_there_is_room(self._append, results)
        self._when_there_is_room(self._note, items, results)
        self._when_there_is_room(self._commit, items, results)
        self._count(results)
        telemetry.BATCH_SECONDS.labels(self._name).observe(time.perf_counter() - began)
        return len(items)

    def _handle(self, items: Sequence[Item]) -> list[Handled | _Failure]:
        """The batch at once; item by item when that raises, so that one bad item fails alone."""
        try:
            return list(self._when_there_is_room(self._stage.handle, items))
        except (Latched, LogError, StoreError, _Stopped):
            raise
        except Exception as error:  # noqa: BLE001 - whatever a handler raises is judged item by item
            telemetry.RETRIES.labels(self._name).inc()
            log.warning("batch failed, item by item now", items=len(items), detail=f"{type(error).__name__}: {error}")
            if len(items) == 1 and isinstance(error, Invalid):
                return [_failure(error, 1)]
        return [self._handle_alone(item) for item in items]

    def _handle_alone(self, item: Item) -> Handled | _Failure:
        for attempt in range(1, self._settings.attempts + 1):
            try:
                handled: Handled = self._when_there_is_room(self._stage.handle, [item])[0]
                return handled
            except (Latched, LogError, StoreError, _Stopped):
                raise
            except Exception as error:  # noqa: BLE001 - the reason and the stack go into the dead letter
                if isinstance(error, Invalid) or attempt == self._settings.attempts:
                    return _failure(error, attempt)
                telemetry.RETRIES.labels(self._name).inc()
                self._stop.wait(_BACKOFF * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns")

    def _judge(self, results: Sequence[Handled | _Failure]) -> None:
        """Latches while nothing of this batch has left: the log is not drained into the dead letters."""
        self._recent.extend(isinstance(each, _Failure) for each in results)
        failures = sum(self._recent)
        if failures < self._settings.latch_after or failures <= self._settings.latch_share * len(self._recent):
            return
        reasons = Counter(each.reason for each in results if isinstance(each, _Failure))
        reason = f"{failures} of the last {len(self._recent)} items failed; most often: {reasons.most_common(1)[0][0]}"
        self._recent.clear()
        raise Latched(reason)

    def _append(self, results: list[Handled | _Failure]) -> list[Handled | _Failure]:
        """All records of the batch at once; when one is too large, item by item to find it."""
        try:
            self._send(each for each in results if isinstance(each, Handled))
            return results
        except TooLarge:
            return [self._append_alone(each) if isinstance(each, Handled) else each for each in results]

    def _append_alone(self, handled: Handled) -> Handled | _Failure:
        try:
            self._send([handled])
        except TooLarge as error:
            return _failure(error, 1)
        return handled

    def _send(self, handled: Any) -> None:
        records = [_record(body) for each in handled for body in each.records]
        if records and self._writes is None:
            raise TypeError(f"{self._name} returns records but writes to no topic")
        if records and self._writes:
            self._appender.append(self._writes, records)

    def _note(self, items: Sequence[Item], results: Sequence[Handled | _Failure]) -> None:
        letters = [
            self._letter(item, result)
            for item, result in zip(items, results, strict=True)
            if isinstance(result, _Failure)
        ]
        if letters:
            self._dead.put(letters)
        traces = [
            Trace(article=drop.id, stage=self._name, reason=drop.reason, at=self._clock())
            for result in results
            if isinstance(result, Handled)
            for drop in result.dropped
        ]
        if traces:
            self._traces.add(traces)
        for letter in letters:
            log.error("dead letter", id=letter.id, reason=letter.reason, topic=letter.topic, offset=letter.offset)

    def _letter(self, item: Item, failure: _Failure) -> DeadLetter:
        return dead_letter(self._name, item, failure.reason, failure.stack, failure.attempts, self._clock())

    def _commit(self, items: Sequence[Item], results: Sequence[Handled | _Failure]) -> None:
        done = [
            (item, Failed(result.reason) if isinstance(result, _Failure) else result)
            for item, result in zip(items, results, strict=True)
        ]
        try:
            self._source.commit(done)
        except PartitionLost as error:
            log.info("partition moved", detail=str(error))

    def _when_there_is_room(self, action: Callable[..., Any], *arguments: Any) -> Any:
        """The action's answer; waits while log or store are full."""
        deadline = time.monotonic() + _FULL_SECONDS
        while True:
            try:
                answer = action(*arguments)
                self._report_full("")
                return answer
            except (LogFull, StoreFull) as error:
                self._report_full(str(error))
                if time.monotonic() > deadline:
                    raise
                if self._stop.wait(0.25):
                    raise _Stopped from error

    def _report_full(self, problem: str) -> None:
        if problem and not self.problem:
            log.warning("paused: no room", detail=problem)
        elif self.problem and not problem:
            log.info("going on: there is room again")
        self.problem = problem
        telemetry.LOG_FULL.labels(self._name).set(bool(problem))

    def _count(self, results: Sequence[Handled | _Failure]) -> None:
        for result in results:
            if isinstance(result, _Failure):
                telemetry.ARTICLES.labels(self._name, "dropped", "dead_letter").inc()
                telemetry.DEAD_LETTERS.labels(self._name, result.kind).inc()
                continue
            if result.records:
                telemetry.ARTICLES.labels(self._name, "passed", "").inc(len(result.records))
            for drop in result.dropped:
                telemetry.ARTICLES.labels(self._name, "dropped", drop.reason).inc()


def dead_letter(stage: str, item: object, reason: str, stack: str, attempts: int, now: float) -> DeadLetter:
    """The dead letter of an item; its id comes from stage and origin, so that a repeat is the same letter."""
    origin = item if isinstance(item, Delivered) else _described(stage, item)
    return DeadLetter(
        id=f"{stage}-{origin.topic.rpartition('.')[2]}-{origin.partition}-{origin.offset}",
        stage=stage,
        reason=reason[:2000],
        stack=stack[-8000:],
        topic=origin.topic,
        partition=origin.partition,
        offset=origin.offset,
        key=origin.key,
        value=origin.value,
        at=now,
        attempts=attempts,
    )


def _described(stage: str, item: object) -> Delivered:
    """An item that came from no topic (a fetched feed, a delivery): its name, and its text to look at."""
    key = str(getattr(item, "id", "") or getattr(item, "url", "") or type(item).__name__)
    return Delivered("", 0, key, key, repr(item)[:65_536].encode("utf-8", "replace"))


def _record(body: msgspec.Struct) -> Record:
    key: str = body.id  # type: ignore[attr-defined]
    return Record(key, encode(body))


def _failure(error: Exception, attempts: int) -> _Failure:
    reason = str(error) if isinstance(error, Invalid) else f"{type(error).__name__}: {error}"
    return _Failure(type(error).__name__, reason, "".join(traceback.format_exception(error)), attempts)
