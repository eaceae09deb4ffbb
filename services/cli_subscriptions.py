"""Commands for subscriptions and their deliveries."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.cli_operations import opened

subscriptions = typer.Typer(help="Who is told what: check, list, import, explain.", no_args_is_help=True)
deliveries = typer.Typer(help="What is sent to whom: look at attempts, send again.", no_args_is_help=True)

File = Annotated[Path | None, typer.Argument(help="default: config/subscriptions.yaml")]


@contextmanager
def _faults() -> Iterator[None]:
    """Faults of a document or an unknown name, told on standard error; exit status 2."""
    from services.match.document import DocumentError
    from services.match.subscriptions_cli import UnknownName
    from services.store.subscriptions import Taken

    try:
        yield
    except (DocumentError, UnknownName, Taken, OSError) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from error


def _known(file: Path | None) -> tuple[Path, frozenset[str]]:
    from services.settings import load

    config = load().config
    return file or config / "subscriptions.yaml", frozenset(path.stem for path in config.glob("topics/*.yaml"))


@subscriptions.command()
def check(file: File = None) -> None:
    """Find faults in a file before it goes live; needs no server."""
    from services.match import subscriptions_cli

    with _faults():
        typer.echo(subscriptions_cli.check(*_known(file)))


@subscriptions.command("list")
def list_() -> None:
    """Every subscription, whoever owns it, and targets that are not well."""
    from services.match import subscriptions_cli

    with opened() as (_, store):
        typer.echo(subscriptions_cli.listing(store))


@subscriptions.command("import")
def import_(file: File = None, owner: Annotated[str, typer.Option()] = "file") -> None:
    """Make a file's subscriptions the owner's only ones."""
    from services.match import subscriptions_cli

    path, topics = _known(file)
    with opened() as (_, store), _faults():
        typer.echo(subscriptions_cli.import_file(store, path, topics, owner))


@subscriptions.command()
def export(owner: Annotated[str | None, typer.Option()] = None) -> None:
    """Write them as a document; holds their secrets."""
    from services.match import subscriptions_cli

    with opened() as (_, store):
        typer.echo(subscriptions_cli.export(store, owner), nl=False)


@subscriptions.command("why-not")
def why_not(article: Annotated[str, typer.Argument(help="an article's address or id")], subscription: str) -> None:
    """Each condition of a subscription against an article, and the first that fails."""
    from services.cli_operations import article_of
    from services.match import subscriptions_cli

    with opened() as (_, store), _faults():
        typer.echo(subscriptions_cli.why_not(store, article_of(article), subscription))


@subscriptions.command("try")
def try_(file: File = None) -> None:
    """What a file's subscriptions would have raised for the articles of the last hours; alerts nobody."""
    from services.match import subscriptions_cli

    path, topics = _known(file)
    with opened() as (_, store), _faults():
        typer.echo(subscriptions_cli.try_file(store, path, topics))


@subscriptions.command()
def secret() -> None:
    """Make a signing secret for a webhook."""
    from services.match import subscriptions_cli

    typer.echo(subscriptions_cli.new_secret())


@deliveries.command("list")
def list_deliveries(state: Annotated[str, typer.Option(help="dead or cancelled")] = "dead", limit: int = 100) -> None:
    """Deliveries that ended without success, the newest first."""
    with opened() as (_, store):
        for each in store.deliveries.recent(state, limit):
            typer.echo(f"{each.id}  {each.subscription}  {each.kind} {each.address}  alert {each.alert_id}")


@deliveries.command()
def show(delivery: str) -> None:
    """One delivery with its attempts."""
    from rich.console import Console

    with opened() as (_, store):
        found = store.deliveries.get(delivery)
    if found is None:
        sys.stderr.write(f"atalaya: there is no delivery {delivery}, or it is no longer kept\n")
        raise typer.Exit(1)
    Console().print(found)


@deliveries.command()
def redeliver(delivery: str) -> None:
    """Send an ended delivery again, under the same id."""
    _say(
        lambda store, now: store.deliveries.redeliver(delivery, now),
        f"{delivery} is due",
        "unknown, or waiting already",
    )


@deliveries.command()
def resume(address: Annotated[str, typer.Argument(help="a webhook's address")]) -> None:
    """Lift the pause of an address that wanted no more, or failed too often."""
    from services.match import subscriptions_cli

    with opened() as (_, store), _faults():
        typer.echo(subscriptions_cli.resume(store, address, time.time()))


def _say(act: Callable[..., bool], yes: str, no: str) -> None:
    with opened() as (_, store):
        done = act(store, time.time())
    typer.echo(yes if done else no)
    if not done:
        raise typer.Exit(1)
