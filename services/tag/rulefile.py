"""Rule files: YAML read with its line numbers, so that an error can say where and what would be right.

Patterns, examples and lists are block text, one entry a line (`key: |`): YAML itself never gets to see a pattern,
so `no` stays a word and `{a|b}` needs no quotes. Blank lines and lines that begin with `# ` are skipped.

Owns: files to `Node`s and their checks. Does not: know what any key means.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

LANGS = ("es", "pt", "en")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same language, ten times faster


class RuleFileError(ValueError):
    """A rule file that cannot be used: file, line, field, and what would be right."""

    def __init__(self, path: Path, line: int, field: str, message: str) -> None:
        super().__init__(f"{path}, line {line}, {field}: {message}")
        self.path, self.line, self.field, self.message = path, line, field, message


class Entry(NamedTuple):
    """One line of block text, and its line number in the file (from 1)."""

    text: str
    line: int


class Node:
    """A YAML node that knows its file, line and field name."""

    def __init__(self, path: Path, node: yaml.Node, field: str) -> None:
        self.path, self.node, self.field = path, node, field
        self.line = node.start_mark.line + 1

    def fail(self, message: str, line: int | None = None) -> RuleFileError:
        """The error to raise about this node."""
        return RuleFileError(self.path, line or self.line, self.field, message)

    def children(self) -> dict[str, Node]:
        """The entries of a mapping, in order; a key may stand once."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.fail("expected `key: value` lines here")
        found: dict[str, Node] = {}
        for key, value in self.node.value:
            name = str(key.value)
            if name in found:
                raise self.fail(f"`{name}` stands twice", key.start_mark.line + 1)
            found[name] = Node(self.path, value, f"{self.field}.{name}" if self.field else name)
        return found

    def mapping(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Node]:
        """The entries of a mapping with these keys and no others."""
        found = self.children()
        for name, child in found.items():
            if name not in required + optional:
                raise child.fail(f"unknown key; allowed here: {', '.join(required + optional)}")
        for name in required:
            if name not in found:
                raise self.fail(f"`{name}` is missing")
        return found

    def string(self) -> str:
        """A text that is not empty."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value.strip():
            raise self.fail("expected a text")
        return str(self.node.value).strip()

    def number(self) -> float:
        """A number."""
        try:
            return float(self.string())
        except ValueError:
            raise self.fail(f"expected a number, found `{self.string()}`") from None

    def strings(self) -> list[str]:
        """A list of texts, `[a, b]`."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.fail("expected a list: [one, two]")
        return [Node(self.path, item, self.field).string() for item in self.node.value]

    def lines(self) -> list[Entry]:
        """Block text, one entry a line."""
        if not isinstance(self.node, yaml.ScalarNode) or self.node.style != "|":
            raise self.fail("expected block text: put `|` after the colon and one entry on each line below")
        first = self.line + 1
        kept = ((text.strip(), first + at) for at, text in enumerate(self.node.value.split("\n")))
        return [Entry(text, line) for text, line in kept if text and not text.startswith("# ")]


def read(path: Path) -> Node:
    """The root of a rule file. Raises `RuleFileError`; an unreadable file is one too."""
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=_LOADER)
    except (OSError, UnicodeDecodeError) as error:
        raise RuleFileError(path, 1, "file", f"cannot be read: {error}") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        raise RuleFileError(path, mark.line + 1 if mark else 1, "file", f"not YAML: {problem}") from error
    if root is None:
        raise RuleFileError(path, 1, "file", "is empty")
    return Node(path, root, "")


def files(folder: Path) -> Iterator[Path]:
    """The rule files of a folder, sorted by name."""
    yield from sorted(path for path in folder.glob("*.yaml") if not path.name.startswith("."))
