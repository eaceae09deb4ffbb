"""docs/settings.md from what the code and `config/atalaya.toml` say: `make docs` writes it, a test compares it."""

from __future__ import annotations

import json
import re
import types
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec

from services.settings import Settings, tables

REPOSITORY = Path(__file__).resolve().parent.parent
FILE = REPOSITORY / "config" / "atalaya.toml"
PAGE = REPOSITORY / "docs" / "settings.md"

HEAD = """\
# Settings

<!-- Written by `make docs` from config/atalaya.toml and services/settings/tables.py; change those. -->

`config/atalaya.toml` holds every setting with its default; change it there, or leave the file alone and set
environment variables, which go above the file. The variable of a setting is `ATALAYA_`, its table and its name:
`ATALAYA_TOPICS_PARTITIONS=12` sets `partitions` of `[topics]`, and `ATALAYA_LOG` sets `log`, which is in no table.
A list is separated by commas. `ATALAYA_SETTINGS` names another settings file; relative paths in a settings file start
at the folder above the one that it is in.

Settings are read once, when a process starts. One that does not exist, or does not fit, stops the start with exit
status 2 and one line per fault: file, line, field, and what would be right. So do these, which would fit alone:

- `alerts.dedupe_hours` or `poll.remember_hours` not above `topics.keep_hours`: an old record could alert twice;
- `deliver.lease_seconds` not above `webhooks.timeout_seconds`: a slow answer would let a second worker send too;
- `deliver.keep_hours` not above the longest wait of `deliver.schedule`: a delivery would be forgotten while it waits.

Feeds, rules and subscriptions are no settings: they are files of their own in the folder `config`, and rules and
subscriptions are taken up while the service runs. See [sources](sources.md), [rules](rules.md) and [alerts](alerts.md).
"""


class Row(NamedTuple):
    """One setting: its name in its table, its default as written in the file, its comment."""

    name: str
    default: str
    meaning: str


def written(text: str) -> dict[str, list[Row]]:
    """Table ("" for none) → its rows, in the file's order."""
    found: dict[str, list[Row]] = {"": []}
    table = ""
    for line in text.splitlines():
        if heading := re.fullmatch(r"\[([\w.]+)\].*", line):
            table = heading[1]
            found[table] = []
        elif setting := re.fullmatch(r"(\w+) = (\"[^\"]*\"|\[[^\]]*\]|[^#]*?)\s*(?:#\s*(.*))?", line):
            found[table].append(Row(setting[1], setting[2], setting[3] or ""))
    return found


def page(text: str) -> str:
    """The whole page."""
    kinds = tables()
    parts = [HEAD]
    for table, rows in written(text).items():
        owner = kinds[table] if table else Settings
        title = f"## `[{table}]`\n\n{_about(owner)}" if table else "## Outside any table\n"
        parts.append(f"{title}\n| setting | default | values | |\n|---|---|---|---|")
        parts += [_line(row, values(owner, row.name)) for row in rows]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def values(owner: type[msgspec.Struct], name: str) -> str:
    """What may stand there, in words."""
    return _values(get_type_hints(owner, include_extras=True)[name])


def _values(kind: Any) -> str:
    limits = ""
    if get_origin(kind) is Annotated:
        kind, *more = get_args(kind)
        limits = "".join(_limits(each) for each in more if isinstance(each, msgspec.Meta))
    if get_origin(kind) is Literal:
        return ", ".join(f"`{each}`" if each else "empty" for each in get_args(kind))
    if get_origin(kind) in (tuple, list):
        return f"list, each {_values(get_args(kind)[0])}"
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_values(each) for each in get_args(kind))
    names = {bool: "true, false", int: "whole number", float: "number", str: "text", Path: "folder"}
    return names[kind] + limits


def _limits(meta: msgspec.Meta) -> str:
    signs = (("gt", "> "), ("ge", "≥ "), ("lt", "< "), ("le", "≤ "))
    found = [f"{sign}{json.dumps(getattr(meta, name))}" for name, sign in signs if getattr(meta, name) is not None]
    return f" {' and '.join(found)}" if found else ""


def _about(owner: type[msgspec.Struct]) -> str:
    """The class's docstring without the table's name in front."""
    text = " ".join((owner.__doc__ or "").split()).partition(": ")[2]
    return text[:1].upper() + text[1:] + "\n" if text else ""


def _line(row: Row, allowed: str) -> str:
    options = row.meaning.split(" | ")
    told = all(f"`{option}`" in allowed for option in options)  # the values say it already
    return f"| `{row.name}` | `{row.default}` | {allowed} | {'' if told else ' or '.join(options)} |"


if __name__ == "__main__":
    PAGE.write_text(page(FILE.read_text(encoding="utf-8")), encoding="utf-8")
