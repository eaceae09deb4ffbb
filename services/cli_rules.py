"""Commands for analysts: check the rules, try a sentence, compare two sets of rules, list or add examples."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

if TYPE_CHECKING:
    from services.tag.tagger import Readable

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
    on: Annotated[str, typer.Option(help="last-7-days, last-24-hours …: the running service's articles; or a file")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object")] = False,
) -> None:
    """List the articles that gain or lose a topic, a pair or a band when NEW replaces OLD.

    Articles are those of the running service's log (nothing of it is touched), or of a file: one JSON object a line,
    .jsonl or .jsonl.gz.
    """
    from services.tag import rules_cli, rules_diff

    said = Console(stderr=True)
    with _faults(said):
        _checked(on)
    taggers = rules_cli.pair_of(old, new, _paths(None)[1], said)
    if taggers is None:
        raise typer.Exit(1)
    with _faults(said), _articles(on) as (articles, notes), said.status("comparing …"):
        found = rules_diff.compare(*taggers, articles)
    if as_json:
        typer.echo(rules_diff.as_json(found, notes=notes))
    else:
        rules_diff.show(found, notes, Console())


@contextmanager
def _faults(said: Console) -> Iterator[None]:
    """What is wrong with what was asked for is said in a line; exit status 2."""
    try:
        yield
    except (ValueError, OSError) as error:
        said.print(f"atalaya: {error}", soft_wrap=True, highlight=False, markup=False)
        raise typer.Exit(2) from None


def _checked(on: str) -> None:
    """Before the rules are loaded, which takes seconds. Raises `SpanError` or `OSError`."""
    from services.looking_back import is_span, seconds_of

    if is_span(on) and not Path(on).exists():
        seconds_of(on)
    else:
        Path(on).open("rb").close()


@contextmanager
def _articles(on: str) -> Iterator[tuple[Iterable[Readable], list[str]]]:
    """The articles that `on` names, and what there is to say of them once they are read."""
    from services.looking_back import is_span
    from services.tag.rules_cli import articles_of

    notes: list[str] = []
    if is_span(on) and not Path(on).exists():
        with _stored(on, notes) as articles:
            yield articles, notes
        return
    with _lines(Path(on)) as lines:
        yield articles_of(lines, on), notes


@contextmanager
def _stored(span: str, notes: list[str]) -> Iterator[Iterable[Readable]]:
    from services.cli_operations import opened
    from services.looking_back import LookBack, seconds_of
    from services.pipeline import ARTICLES
    from services.settings import load

    since = time.time() - seconds_of(span)
    with opened() as (log, _):
        back = LookBack(log, ARTICLES, since)
        yield back
        notes += back.notes(load().topics.keep_hours)


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
    """Make a sentence an example (or a counter-example) of a topic; refused when the rules would fail it."""
    from services.tag import rules_add, rules_cli
    from services.tag.rulefile import RuleFileError

    folder, cache = _paths(config)
    said = Console(stderr=True)
    tagger = rules_cli.loaded(folder, cache, said)
    if tagger is None:
        raise typer.Exit(1)
    try:
        place = rules_add.add_example(folder, tagger, topic, lang, sentence, wanted=not counter)
    except RuleFileError as error:
        said.print(f"atalaya: {error}", soft_wrap=True, highlight=False, markup=False)
        raise typer.Exit(2) from None
    Console().print(f"Written to {place.path}, line {place.line}. All examples hold.", soft_wrap=True, highlight=False)
