"""The fields of a subscription: how each is read from YAML nodes, and what is right for it.

Every reader takes a node and the known topics, and returns the value or raises `Faulty` with all its faults.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import re
from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from services.match.words import parse
from services.model.subscription import Sets, Subscription, Target
from services.model.tagged import AREAS, Kind, Stance

ASKING = ("areas", "topics", "countries", "pairs", "stances", "kinds", "words")
BODIES = ("EU", "UN", "OAS", "IOM", "MERCOSUR", "CAN", "INTERPOL")
LANGUAGES = ("es", "pt", "en")

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_SECRET_BYTES = range(24, 65)  # Standard Webhooks 1.0, "Signature scheme"


class Faulty(ValueError):
    """What is wrong with a field, each with the node it stands at (None: the field's own)."""

    def __init__(self, *faults: tuple[Node | None, str]) -> None:
        super().__init__("; ".join(text for _, text in faults))
        self.faults = faults


Reader = Callable[[Node, frozenset[str]], Any]


def suggest(name: str, known: Collection[str]) -> str:
    """What was probably meant, and what there is."""
    close = difflib.get_close_matches(name, known, n=1)
    listed = ", ".join(known)
    return (f"; did you mean {close[0]}?" if close else "") + (f" (there is: {listed})" if len(listed) < 400 else "")


def asks_something(subscription: Subscription) -> bool:
    """It has a condition about the article itself."""
    return any(getattr(subscription, name) for name in ASKING)


def _scalar(node: Node, what: str = "one value") -> str:
    if not isinstance(node, ScalarNode):
        raise Faulty((node, f"must be {what}, not a list or a table"))
    return str(node.value).strip()


def _items(node: Node) -> list[Node]:
    """A list, or one value that stands for a list of one."""
    if isinstance(node, MappingNode):
        raise Faulty((node, "must be a list such as [one, two]"))
    return list(node.value) if isinstance(node, SequenceNode) else [node]


def _each(node: Node, read: Callable[[Node], Any]) -> tuple[Any, ...]:
    """Every item read, all faults gathered."""
    found, faults = [], []
    for item in _items(node):
        try:
            found.append(read(item))
        except Faulty as error:
            faults += [(at or item, text) for at, text in error.faults]
    if faults:
        raise Faulty(*faults)
    return tuple(dict.fromkeys(found))


def _one_of(known: Collection[str], what: str) -> Reader:
    def read_one(node: Node) -> str:
        value = _scalar(node)
        if value not in known:
            raise Faulty((node, f"there is no {what} {value!r}{suggest(value, known)}"))
        return value

    return lambda node, _: _each(node, read_one)


def _identifier(node: Node, _: frozenset[str]) -> str:
    value = _scalar(node)
    if not _ID.fullmatch(value):
        raise Faulty((node, f"{value!r} must be 1 to 64 of a-z, 0-9, dot, dash and underscore, e.g. mining-chile"))
    return value


def _text(node: Node, _: frozenset[str]) -> str:
    return _scalar(node)


def _topics(node: Node, known: frozenset[str]) -> tuple[str, ...]:
    if not known:
        return _each(node, _scalar)
    listed: tuple[str, ...] = _one_of(sorted(known), "topic")(node, known)
    return listed


def _country(node: Node) -> str:
    value = _scalar(node).upper()
    if not _COUNTRY.fullmatch(value) and value not in BODIES:
        raise Faulty((node, f"{value!r} is no country: two letters such as CL, or one of {', '.join(BODIES)}"))
    return value


def _pair(node: Node) -> str:
    sides = _scalar(node).upper().split("-")
    if len(sides) != 2 or sides == ["*", "*"]:
        raise Faulty((node, "a pair is written CL-PE, or CL-* for Chile with anyone"))
    for side in sides:
        if side != "*" and not _COUNTRY.fullmatch(side) and side not in BODIES:
            raise Faulty((node, f"{side!r} is no country: two letters such as CL, or one of {', '.join(BODIES)}"))
    if sides[0] == sides[1]:
        raise Faulty((node, "a pair needs two different sides"))
    return "-".join(sorted(sides, key=lambda side: (side == "*", side)))


def _pattern(node: Node) -> str:
    value = _scalar(node)
    try:
        parse(value)
    except ValueError as error:
        raise Faulty((node, f"{value!r}: {error}")) from error
    return value


def _sets(item: Callable[[Node], str]) -> Reader:
    def read_sets(node: Node, _: frozenset[str]) -> Sets:
        if not isinstance(node, MappingNode):
            return Sets(any=_each(node, item))
        values: dict[str, tuple[str, ...]] = {}
        faults: list[tuple[Node | None, str]] = []
        for key, value in node.value:
            name = str(key.value)
            if name not in ("any", "all", "none"):
                faults.append((key, f"there is no {name!r} here; use any, all or none"))
                continue
            try:
                values[name] = _each(value, item)
            except Faulty as error:
                faults += error.faults
        if faults:
            raise Faulty(*faults)
        return Sets(**values)

    return read_sets


def _confidence(node: Node, _: frozenset[str]) -> float:
    value = _scalar(node)
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise Faulty((node, f"{value!r} must be a number from 0 to 1; 0.6 is likely, 0.8 is firm"))
    return number


def _flag(node: Node, _: frozenset[str]) -> bool:
    value = _scalar(node).lower()
    if value not in ("true", "false", "yes", "no", "on", "off"):
        raise Faulty((node, f"{value!r} must be true or false"))
    return value in ("true", "yes", "on")


def _moment(node: Node, _: frozenset[str]) -> float:
    value = _scalar(node)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Faulty((node, f"{value!r} must be a time with its zone, e.g. 2026-12-01T08:00:00-03:00"))
    return moment.timestamp()


def _targets(node: Node, _: frozenset[str]) -> tuple[Target, ...]:
    found: tuple[Target, ...] = _each(node, _target) if not isinstance(node, MappingNode) else (_target(node),)
    addresses = [(target.kind, target.address) for target in found]
    if len(set(addresses)) < len(addresses):
        raise Faulty((node, "the same target is given twice; a webhook may have several secrets"))
    return found


def _target(node: Node) -> Target:
    if isinstance(node, ScalarNode):
        if node.value != "console":
            raise Faulty((node, f"{node.value!r} is no target; write console, or webhook: URL with its secrets"))
        return Target("console")
    if not isinstance(node, MappingNode):
        raise Faulty((node, "a target is console, or webhook: URL with its secrets"))
    entries = {str(key.value): value for key, value in node.value}
    unknown = [key for key, _ in node.value if key.value not in ("webhook", "secrets")]
    if unknown or "webhook" not in entries:
        raise Faulty((unknown[0] if unknown else node, "a target is console, or webhook: URL with its secrets"))
    secrets = entries.get("secrets")
    if secrets is None:
        raise Faulty((node, "a webhook needs `secrets: [whsec_...]`; `atalaya subscriptions secret` makes one"))
    return Target("webhook", _url(entries["webhook"]), _each(secrets, _secret))


def _url(node: Node) -> str:
    value = _scalar(node)
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Faulty((node, f"{value!r} must be an http or https URL"))
    if parts.username or parts.password:
        raise Faulty((node, "a password in the URL would be shown in logs; use the signature instead"))
    return value


def _secret(node: Node) -> str:
    value = _scalar(node)
    try:
        if not value.startswith("whsec_"):
            raise binascii.Error
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    if len(key) not in _SECRET_BYTES:
        text = "a secret is whsec_ and 24 to 64 bytes in base64; `atalaya subscriptions secret` makes one"
        raise Faulty((node, text))
    return value


FIELDS: dict[str, Reader] = {
    "id": _identifier,
    "title": _text,
    "areas": _one_of(AREAS, "area"),
    "topics": _topics,
    "countries": _sets(_country),
    "pairs": lambda node, _: _each(node, _pair),
    "stances": _one_of(get_args(Stance), "stance"),
    "kinds": _one_of(get_args(Kind), "kind"),
    "words": _sets(_pattern),
    "languages": _one_of(LANGUAGES, "language"),
    "outlet_countries": lambda node, _: _each(node, _country),
    "min_confidence": _confidence,
    "targets": _targets,
    "enabled": _flag,
    "muted_until": _moment,
}
"""Field → its reader, in the order in which the docs list them."""


def plain(subscription: Subscription) -> dict[str, Any]:
    """The subscription as a document's table, defaults left out."""
    table: dict[str, Any] = msgspec.to_builtins(subscription)
    table.pop("owner", None)
    if subscription.muted_until is not None:
        table["muted_until"] = datetime.fromtimestamp(subscription.muted_until).astimezone().isoformat()
    if subscription.targets:
        table["targets"] = [_plain_target(target) for target in subscription.targets]
    return {name: list(value) if isinstance(value, tuple) else value for name, value in table.items()}


def _plain_target(target: Target) -> Any:
    return {"webhook": target.address, "secrets": list(target.secrets)} if target.kind == "webhook" else target.kind
