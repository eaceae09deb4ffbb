"""Commands for operators: lag, health, traces, dead letters."""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from services.log.base import Log, LogError
from services.store.base import Store, StoreError
from services.store.dead_letters import DeadLetter

dead_letters = typer.Typer(help="What the stages gave up on: list, show, retry, drop.", no_args_is_help=True)


@contextmanager
def opened() -> Iterator[tuple[Log, Store]]:
    """Log and store of the running service; a message and exit status 1 when they do not answer."""
    from services.log.connect import connect as connect_log
    from services.pipeline import topics
    from services.settings import load
    from services.startup import StartupError, with_real_urls
    from services.store.connect import connect as connect_store

    try:
        settings = with_real_urls(load())
        store = connect_store(settings.store, settings)
        log = connect_log(settings.log, kafka=settings.kafka)
        try:
            log.prepare(topics(settings))
            yield log, store
        finally:
            log.close()
            store.close()
    except (StartupError, LogError, StoreError) as error:
        sys.stderr.write(f"atalaya: {error}\n")
        raise typer.Exit(1) from error


def show_lag(*, as_json: bool) -> None:
    """A row per stage that reads a topic."""
    from services.pipeline import reads, running
    from services.settings import load

    with opened() as (log, store):
        processes = store.operations.processes()
        rows = [
            {
                "stage": step.name,
                "topic": ", ".join(step.reads) or None,
                "lag": sum(log.lag(*each) for each in reads(step)) if step.reads else None,
                "workers": sum(each.stage == step.name for each in processes),
                "problem": next((each.problem for each in processes if each.stage == step.name and each.problem), ""),
            }
            for step in running(load()).values()
        ]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("stage", "reads", "lag", "workers", "problem")
    for row in rows:
        lag = "" if row["lag"] is None else str(row["lag"])
        table.add_row(str(row["stage"]), str(row["topic"] or ""), lag, str(row["workers"]), str(row["problem"]))
    Console().print(table)


def ask_health(address: str) -> int:
    """0 when the process at `address` (default: the supervisor's, from the settings) is ready, 1 otherwise."""
    from services.health import bracketed
    from services.settings import load

    settings = load()
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.metrics.host) or bracketed(settings.metrics.host)  # noqa: S104
    url = f"http://{address or f'{host}:{settings.metrics.port}'}/health/ready"
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            typer.echo(answer.read().decode().strip())
            return 0
    except urllib.error.HTTPError as error:
        typer.echo(error.read().decode().strip())
    except OSError as error:
        typer.echo(f"no answer from {url}: {error}")
    return 1


def article_of(name: str) -> str:
    """The id of an article named by its address or its id."""
    from services.model.article import article_id
    from services.poll.canonical import identity

    return article_id(identity(name)) if "://" in name else name


def show_traces(article: str) -> None:
    """What is known of an article that was not passed on."""
    from services.telemetry import DROP_REASONS

    identity = article_of(article)
    with opened() as (_, store):
        traces = store.traces.find(article=identity)
    if not traces:
        typer.echo(f"no stage has dropped {identity} lately: it was passed on, or never seen")
    for trace in traces:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(trace.at))
        typer.echo(f"{moment} UTC  {trace.stage:<8} {trace.reason}: {DROP_REASONS.get(trace.reason, '')}")


@dead_letters.command("list")
def list_letters(
    stage: Annotated[str | None, typer.Option(help="of this stage only")] = None,
    state: Annotated[str, typer.Option(help="open, retried, dropped or all")] = "open",
    limit: Annotated[int, typer.Option()] = 100,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """The newest first."""
    with opened() as (_, store):
        letters = store.dead_letters.list(stage, None if state == "all" else state, limit)
    if as_json:
        fields = ("id", "stage", "state", "reason", "topic", "partition", "offset", "key", "at", "attempts")
        typer.echo(json.dumps([{name: getattr(each, name) for name in fields} for each in letters]))
        return
    table = Table("id", "stage", "state", "key", "reason")
    for each in letters:
        table.add_row(each.id, each.stage, each.state, each.key, each.reason[:200])
    Console().print(table if letters else "no dead letters")


@dead_letters.command()
def show(letter_id: str) -> None:
    """Everything about one: reason, origin, stack, record."""
    with opened() as (_, store):
        letter = store.dead_letters.get(letter_id)
    if letter is None:
        sys.stderr.write(f"atalaya: there is no dead letter {letter_id}\n")
        raise typer.Exit(1)
    typer.echo(f"{letter.id}  {letter.state}  after {letter.attempts} attempts\n{letter.reason}\n")
    typer.echo(f"from {letter.topic or 'no topic'}, partition {letter.partition}, offset {letter.offset}\n")
    typer.echo(letter.stack)
    typer.echo(letter.value.decode("utf-8", "replace"))


@dead_letters.command()
def retry(
    letter_ids: Annotated[list[str] | None, typer.Argument()] = None,
    stage: Annotated[str | None, typer.Option(help="all open ones of this stage")] = None,
) -> None:
    """Send records to their origin again."""
    from services.dead_letter_box import DeadLetterBox

    with opened() as (log, store):
        box = DeadLetterBox(log, store.dead_letters)
        for letter in _chosen(store, letter_ids, stage):
            done = box.retry(letter)
            typer.echo(f"{letter.id}: " + ("sent again" if done else "came from no topic; its source tries by itself"))


@dead_letters.command()
def drop(
    letter_ids: Annotated[list[str] | None, typer.Argument()] = None,
    stage: Annotated[str | None, typer.Option(help="all open ones of this stage")] = None,
) -> None:
    """Mark as done without sending again."""
    from services.dead_letter_box import DeadLetterBox

    with opened() as (log, store):
        box = DeadLetterBox(log, store.dead_letters)
        for letter in _chosen(store, letter_ids, stage):
            box.drop(letter)
            typer.echo(f"{letter.id}: dropped")


def _chosen(store: Store, letter_ids: list[str] | None, stage: str | None) -> Iterator[DeadLetter]:
    if not letter_ids and not stage:
        sys.stderr.write("atalaya: name dead letters, or a stage with --stage\n")
        raise typer.Exit(2)
    if stage:
        yield from store.dead_letters.list(stage, "open", 100_000)
    for letter_id in letter_ids or []:
        letter = store.dead_letters.get(letter_id)
        if letter is None:
            sys.stderr.write(f"atalaya: there is no dead letter {letter_id}\n")
            raise typer.Exit(1)
        yield letter
