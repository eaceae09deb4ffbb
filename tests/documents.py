"""The project's documents as data: their links, headings, code blocks and the commands that they name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from services.cli import app

REPOSITORY = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *REPOSITORY.glob("docs/*.md")])


class Block(NamedTuple):
    """A block of code: its language and its text."""

    language: str
    text: str


def name(path: Path) -> str:
    """The document's path inside the repository."""
    return path.relative_to(REPOSITORY).as_posix()


def text(path: Path) -> str:
    """The document."""
    return path.read_text(encoding="utf-8")


def blocks(document: str) -> list[Block]:
    """Fenced blocks, and indented ones as "indented"."""
    fenced = [Block(language, body) for language, body in re.findall(r"^```(\w*)\n(.*?)^```", document, re.M | re.S)]
    rest = re.sub(r"^```.*?^```", "", document, flags=re.M | re.S)
    indented = re.findall(r"(?:^|\n\n)((?: {4}[^\n]*\n)+)", rest)
    return fenced + [Block("indented", re.sub(r"^ {4}", "", body, flags=re.M)) for body in indented]


def prose(document: str) -> str:
    """The document without its blocks."""
    return re.sub(r"^```.*?^```", "", document, flags=re.M | re.S)


def spans(document: str) -> list[str]:
    """What stands between back ticks, on one line each."""
    return [" ".join(each.split()) for each in re.findall(r"`([^`]+)`", prose(document))]


def links(document: str) -> list[str]:
    """The targets of links, web addresses aside."""
    targets = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(document))
    return [target for target in targets if "://" not in target and not target.startswith("mailto:")]


def anchors(document: str) -> set[str]:
    """The anchors that headings make, as GitHub writes them."""
    headings = re.findall(r"^#+ (.+)$", prose(document), re.M)
    return {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


def commands() -> list[tuple[str, ...]]:
    """Every command of the command line: ("rules", "check")."""
    return list(_commands(typer.main.get_command(app), ()))


def _commands(command: object, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    below = getattr(command, "commands", None)
    if not below:
        yield path
        return
    for inner, each in below.items():
        yield from _commands(each, (*path, inner))


def asked(document: str) -> list[list[str]]:
    """The words after `atalaya` and `make` wherever a document shows such a command."""
    shown = spans(document)
    for block in blocks(document):
        if block.language in ("sh", "bash", "console", "indented"):
            shown += [line.split(" # ")[0].strip().removeprefix("$ ") for line in block.text.splitlines()]
    return [each.split() for each in shown if re.match(r"(atalaya|make) [a-z]", each)]


def targets() -> set[str]:
    """The Makefile's targets."""
    return set(re.findall(r"^([a-z][a-z-]*):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.M))
