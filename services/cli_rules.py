"""Commands for analysts: check the rules, try a sentence, compare two sets of rules, list or add examples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

rules = typer.Typer(help="The rule files: check, try, diff, examples, add-example.", no_args_is_help=True)

Config = Annotated[Path | None, typer.Option("--config", help="folder of the rules; default: settings")]


def _paths(config: Path | None) -> tuple[Path, Path]:
    from services.settings import load

    settings = load()
    return config or settings.config, settings.data / "cache"


@contextmanager
def _lines(path: Path) -> Iterator[Iterator[bytes]]:
    import gzip

    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        yield iter(file)


@rules.command()
def check(config: Config = None) -> None:
    """Load all rule files and try every example in them; list office-holders who should be looked after."""
    from services.tag import rules_cli

    raise typer.Exit(rules_cli.check(*_paths(config), Console(), datetime.now(UTC).date()))


@rules.command("try")
def try_(
    sentence: Annotated[str, typer.Argument(help="a sentence, in quotes")],
    title: Annotated[str, typer.Option(help="a headline to go with it")] = "",
    lang: Annotated[str | None, typer.Option(help="es, pt or en; default: found out")] = None,
    config: Config = None,
) -> None:
    """Show what the rules find in a sentence, and why."""
    from services.tag import rules_cli

    raise typer.Exit(rules_cli.try_text(sentence, *_paths(config), Console(), lang, title))


@rules.command()
def diff(
    old: Annotated[Path, typer.Argument(help="folder of the rules as they were")],
    new: Annotated[Path, typer.Argument(help="folder of the rules as they shall be")],
    on: Annotated[Path, typer.Option(help="articles, one JSON object a line (.jsonl or .jsonl.gz)")],
) -> None:
    """List the articles that gain or lose a tag when NEW replaces OLD."""
    from services.tag import rules_cli

    with _lines(on) as lines:
        raise typer.Exit(rules_cli.diff(old, new, lines, _paths(None)[1], Console()))


@rules.command()
def examples(
    topic: Annotated[str | None, typer.Argument(help="one topic; default: all")] = None, config: Config = None
) -> None:
    """List the examples in the rule files and whether each holds."""
    from services.tag import rules_cli

    raise typer.Exit(rules_cli.examples(_paths(config)[0], Console(), topic))


@rules.command("add-example")
def add_example(
    topic: Annotated[str, typer.Argument(help="the topic's id")],
    sentence: Annotated[str, typer.Argument(help="a sentence in your own words, in quotes")],
    lang: Annotated[str, typer.Option(help="es, pt or en")] = "es",
    counter: Annotated[bool, typer.Option("--counter", help="a sentence that must NOT have the topic")] = False,
    config: Config = None,
) -> None:
    """Make a sentence an example (or a counter-example) of a topic."""
    from services.tag import rules_cli
    from services.tag.rulefile import RuleFileError

    folder, cache = _paths(config)
    try:
        path = rules_cli.add_example(folder, topic, lang, sentence, wanted=not counter)
    except RuleFileError as error:
        Console(stderr=True).print(f"atalaya: {error}", soft_wrap=True)
        raise typer.Exit(2) from None
    Console().print(f"Written to {path}. Now: ", end="")
    raise typer.Exit(rules_cli.check(folder, cache, Console(quiet=True)) or _said("all examples hold."))


def _said(text: str) -> int:
    Console().print(text)
    return 0
