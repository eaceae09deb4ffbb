"""Commands for feeds: who is polled, how they are, what became of an article."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli_operations import opened

feeds = typer.Typer(help="Who is polled and how they are: list, check, add, pause, explain.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="data instead of a table")]
Country = Annotated[str, typer.Option(help="two letters, as in the source pack")]


@contextmanager
def _faults() -> Iterator[None]:
    """What cannot be done, told on standard error; exit status 2."""
    from services.poll.feeds_cli import FeedsError
    from services.poll.opml import OpmlError

    try:
        yield
    except (FeedsError, OpmlError, OSError) as error:
        sys.stderr.write(f"atalaya: {error}\n")
        raise typer.Exit(2) from error


@feeds.command("list")
def list_(
    country: Country = "",
    health: Annotated[str, typer.Option(help="a state, such as unreachable")] = "",
    as_json: Json = False,
) -> None:
    """Every feed that pollers know: state, pace against habit, next due; those in trouble first."""
    from rich.console import Console

    from services.poll import feeds_cli

    with opened() as (_, store):
        rows = feeds_cli.listing(store.feeds.statuses(), time.time(), country, health)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        feeds_cli.show_listing(rows, time.time(), Console())


@feeds.command()
def coverage(as_json: Json = False) -> None:
    """What of each country's press is seen: quiet because blind, or because nothing happened."""
    from rich.console import Console

    from services.poll import feeds_cli

    with opened() as (_, store):
        rows = feeds_cli.coverage_rows(store.sights.all(), time.time())
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        feeds_cli.show_coverage(rows, time.time(), Console())


@feeds.command()
def check(
    urls: Annotated[list[str] | None, typer.Argument(help="default: all configured feeds")] = None,
    as_json: Json = False,
) -> None:
    """Ask each feed once and report; needs no server and changes nothing. Status 1 when any is not well."""
    from rich.console import Console

    from services.poll import feeds_cli
    from services.settings import load

    with _faults():
        status = feeds_cli.run_check(load(), urls or (), as_json, Console())
    raise typer.Exit(status)


@feeds.command()
def add(
    url: str,
    country: Annotated[str, typer.Option(help="two letters of the outlet's country; XX regional, ZZ wire")],
    outlet: Annotated[str, typer.Option(help="short name without spaces")],
    language: Annotated[str, typer.Option(help="es, pt or en")] = "es",
    family: Annotated[str, typer.Option(help="publisher family; default: the outlet")] = "",
    title: Annotated[str, typer.Option()] = "",
) -> None:
    """Poll one more feed."""
    from services.model.feed import Feed
    from services.poll import feeds_cli
    from services.settings import load

    described = Feed(
        url=url,
        title=title or outlet,
        country=country,
        language=language,
        outlet=outlet,
        family=family or outlet,
        provenance="added by `atalaya feeds add`",
    )
    with _faults():
        typer.echo(feeds_cli.add(load(), described))


@feeds.command()
def remove(url: str) -> None:
    """Stop polling a feed that was added here."""
    from services.poll import feeds_cli
    from services.settings import load

    with _faults():
        typer.echo(feeds_cli.remove(load(), url))


@feeds.command()
def pause(url: str) -> None:
    """Stop polling a feed for now, whoever put it there."""
    _pause(url, True)


@feeds.command()
def resume(url: str) -> None:
    """Poll a paused or gone feed again, at once."""
    _pause(url, False)


@feeds.command()
def why(url: Annotated[str, typer.Argument(help="an article's address or id, or a feed's address")]) -> None:
    """What became of an article, or of a feed."""
    from services.poll import feeds_cli

    with opened() as (_, store):
        typer.echo(feeds_cli.why(store, url))


@feeds.command("import")
def import_(file: Path, country: Annotated[str, typer.Option(help="of feeds that name none")] = "ZZ") -> None:
    """Add the feeds of any reader's OPML export."""
    from services.poll import feeds_cli
    from services.settings import load

    with _faults():
        typer.echo(feeds_cli.import_file(load(), file, country))


@feeds.command()
def export(country: Country = "") -> None:
    """Write every configured feed as OPML to standard output."""
    from services.poll import feeds_cli
    from services.settings import load

    with _faults():
        sys.stdout.buffer.write(feeds_cli.export(load(), country))


def _pause(url: str, paused: bool) -> None:
    from services.poll import feeds_cli

    with _faults(), opened() as (_, store):
        typer.echo(feeds_cli.pause(store, url, paused))
