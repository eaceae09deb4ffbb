"""The command line: arguments in, text out. What the commands do is elsewhere; imports wait until they are needed."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from services.cli_feeds import feeds
from services.cli_operations import dead_letters
from services.cli_rules import rules
from services.cli_subscriptions import deliveries, subscriptions

app = typer.Typer(
    name="atalaya",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches the news of South America for cooperation between governments.",
)
app.add_typer(feeds, name="feeds")
app.add_typer(subscriptions, name="subscriptions")
app.add_typer(deliveries, name="deliveries")
app.add_typer(rules, name="rules")
app.add_typer(dead_letters, name="dead-letters")


def fail(message: str, status: int = 2) -> NoReturn:
    """Ends the program with a message on standard error."""
    sys.stderr.write(f"atalaya: {message}\n")
    raise typer.Exit(status)


@app.command()
def up() -> None:
    """Start everything on this machine; Ctrl-C stops it in order."""
    from services.embedded import EmbeddedError
    from services.newsroom.server import NewsroomError
    from services.process import own_terminal
    from services.settings import load
    from services.startup import StartupError, check
    from services.supervisor import Supervisor

    settings = load()
    try:
        check(settings)
        with own_terminal():
            status = Supervisor(settings).run()
    except (EmbeddedError, NewsroomError, StartupError) as error:
        fail(str(error))
    raise typer.Exit(status)


@app.command()
def run(
    stage: Annotated[str, typer.Argument(help="poll, fulltext, tag, match, deliver or newsroom")],
    number: Annotated[int | None, typer.Option(help="this worker's number among those of its stage here")] = None,
    metrics_port: Annotated[int | None, typer.Option(help="default: metrics.port")] = None,
    parent: Annotated[int, typer.Option(hidden=True)] = 0,
    started: Annotated[datetime | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run one stage alone: what containers and systemd run."""
    from services import telemetry
    from services.pipeline import STEPS
    from services.settings import load
    from services.startup import StartupError, check, with_real_urls

    settings = load()
    telemetry.configure_logging(settings.logging.level, stage)
    if stage == "newsroom":
        from services.newsroom.run import run_newsroom

        raise typer.Exit(run_newsroom(settings, started, parent))
    if stage not in STEPS:
        fail(f"there is no stage {stage!r}; there are {', '.join(STEPS)} and newsroom")
    from services.runner import run as run_stage

    try:
        settings = with_real_urls(settings)
        check(settings, stage)
    except StartupError as error:
        fail(str(error))
    port = settings.metrics.port if metrics_port is None else metrics_port
    raise typer.Exit(run_stage(settings, stage, number, port, parent))


@app.command()
def resume(stage: Annotated[str, typer.Argument(help="the latched stage")]) -> None:
    """Let a latched stage go on."""
    from services.cli_operations import opened

    with opened() as (_, store):
        if store.operations.resume(stage):
            typer.echo(f"{stage} goes on")
        else:
            latched = ", ".join(store.operations.latches()) or "none"
            fail(f"{stage} is not latched (latched: {latched})", status=1)


@app.command()
def lag(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Records that each stage has not yet committed, and what keeps a stage from working."""
    from services.cli_operations import show_lag

    show_lag(as_json=as_json)


@app.command()
def health(address: Annotated[str, typer.Argument(help="host:port")] = "") -> None:
    """Ask a running process whether it is ready; exit status 1 when it is not."""
    from services.cli_operations import ask_health

    raise typer.Exit(ask_health(address))


@app.command()
def why(article: Annotated[str, typer.Argument(help="an article's address or id")]) -> None:
    """Which stages did not pass an article on, and why."""
    from services.cli_operations import show_traces

    show_traces(article)


@app.command()
def tag(
    all_: Annotated[bool, typer.Option("--all", help="weak tags too")] = False,
    config: Annotated[Path | None, typer.Option(help="folder of the rules; default: settings")] = None,
) -> None:
    """Tag articles: one JSON object a line in, one a line out; needs no server."""
    from services.settings import load
    from services.tag.tag_cli import tag_stream
    from services.tag.tagger import Tagger

    settings = load()
    try:
        tagger = Tagger.load(config or settings.config, settings.data / "cache")
    except (ValueError, OSError) as error:
        fail(str(error))
    raise typer.Exit(tag_stream(sys.stdin.buffer, sys.stdout, sys.stderr, tagger, all_=all_))
