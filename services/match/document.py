"""A subscriptions document (YAML or JSON) to subscriptions and back.

Every fault is found in one pass and names file, line, field and what would be right. Values are read as they are
written: a country `NO` is Norway, not "false". Pure: the caller reads the file.
"""

from __future__ import annotations

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.match import fields
from services.match.fields import Faulty
from services.model.subscription import Subscription


class DocumentError(ValueError):
    """The document cannot be used; one line per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def read(text: str, file: str, topics: frozenset[str] = frozenset()) -> list[Subscription]:
    """The subscriptions of a document. `topics`: the known topic ids; empty when they are not known.

    Raises `DocumentError` with all faults.
    """
    reader = _Reader(file, topics)
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = mark.line + 1 if mark else 1
        raise DocumentError([f"{file}:{line}: not YAML: {getattr(error, 'problem', None) or error}"]) from error
    found = reader.document(root)
    if reader.faults:
        raise DocumentError(reader.faults)
    return found


class _Reader:
    def __init__(self, file: str, topics: frozenset[str]) -> None:
        self.file = file
        self.topics = topics
        self.faults: list[str] = []

    def fault(self, node: Node | None, where: str, text: str) -> None:
        line = node.start_mark.line + 1 if node else 1
        self.faults.append(f"{self.file}:{line}: {where}: {text}")

    def document(self, root: Node | None) -> list[Subscription]:
        if not isinstance(root, MappingNode):
            self.fault(root, "subscriptions", "the document must start with `subscriptions:` and a list")
            return []
        top = self._mapping(root, "", ("subscriptions",))
        listed = top.get("subscriptions")
        if not isinstance(listed, SequenceNode):
            self.fault(listed or root, "subscriptions", "must be a list of subscriptions, each starting with `- id:`")
            return []
        found: dict[str, Subscription] = {}
        for number, node in enumerate(listed.value):
            each = self._subscription(node, f"subscriptions[{number}]")
            if each is not None and each.id in found:
                self.fault(node, each.id, "this id is used twice; each subscription needs its own")
            elif each is not None:
                found[each.id] = each
        return list(found.values())

    def _subscription(self, node: Node, where: str) -> Subscription | None:
        if not isinstance(node, MappingNode):
            self.fault(node, where, "must be a subscription with an `id` and what it asks for")
            return None
        before = len(self.faults)
        ids = (value.value for key, value in node.value if key.value == "id" and isinstance(value, ScalarNode))
        where = next(ids, "") or where
        entries = self._mapping(node, where, tuple(fields.FIELDS))
        if "id" not in entries:
            self.fault(node, where, "has no `id`: give it a short name that stays the same")
        values = {}
        for name, entry in entries.items():
            try:
                values[name] = fields.FIELDS[name](entry, self.topics)
            except Faulty as error:
                for at, text in error.faults:
                    self.fault(at or entry, f"{where}.{name}", text)
        if len(self.faults) > before:
            return None
        made = Subscription(**values)
        if not fields.asks_something(made):
            self.fault(node, where, f"asks for nothing: give at least one of {', '.join(fields.ASKING)}")
        return made

    def _mapping(self, node: MappingNode, where: str, allowed: tuple[str, ...]) -> dict[str, Node]:
        entries: dict[str, Node] = {}
        for key, value in node.value:
            name = str(key.value)
            full = f"{where}.{name}".lstrip(".")
            if name not in allowed:
                self.fault(key, full, f"there is no such field{fields.suggest(name, allowed)}")
            elif name in entries:
                self.fault(key, full, "is given twice")
            else:
                entries[name] = value
        return entries


def write(subscriptions: list[Subscription]) -> str:
    """The document that `read` reads back to the same subscriptions (owners aside). Holds their secrets."""
    listed = [fields.plain(each) for each in subscriptions]
    return yaml.safe_dump({"subscriptions": listed}, allow_unicode=True, sort_keys=False, width=110)
