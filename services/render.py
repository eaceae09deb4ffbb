"""Log lines for a reader: one readable line each on a terminal, alerts as cards; JSON lines as they are otherwise.

Pure but for the clock that a card's age is counted from, which is passed in.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from services.channels.card import card
from services.model.alert import Alert

_COLOURS = {"debug": "2", "info": "0", "warning": "33", "error": "31", "critical": "31;1"}
_HIDDEN = {"time", "level", "stage", "event", "exception"}


def readable(line: str, now: float, *, colour: bool, width: int) -> str:
    """A JSON log line for people; a line that is no JSON comes back as it is."""
    try:
        event = json.loads(line)
    except ValueError:
        return line
    if not isinstance(event, dict) or "event" not in event:
        return line
    if event["event"] == "alert" and isinstance(event.get("alert"), dict):
        return _alert(event["alert"], now, colour=colour, width=width) or line
    return _plain(event, colour=colour)


def _alert(body: dict[str, Any], now: float, *, colour: bool, width: int) -> str:
    try:
        alert = msgspec.convert({"type": "alert"} | body, Alert)
    except msgspec.ValidationError:
        return ""
    return card(alert, now, colour=colour, width=width)


def _plain(event: dict[str, Any], *, colour: bool) -> str:
    level = str(event.get("level", "info"))
    moment = str(event.get("time", ""))[11:19]
    fields = " ".join(f"{key}={_value(value)}" for key, value in event.items() if key not in _HIDDEN)
    stack = "\n" + str(event["exception"]) if event.get("exception") else ""
    text = f"{moment} {event.get('stage', ''):<9} {event['event']}" + (f"  {fields}" if fields else "")
    text = _clean(text) + "\n".join(map(_clean, stack.split("\n")))
    return f"\x1b[{_COLOURS.get(level, '0')}m{text}\x1b[0m" if colour and level != "info" else text


def _clean(text: str) -> str:
    """Without what could steer a terminal: fields quote feeds, receivers and addresses."""
    return "".join(char if char.isprintable() else "�" for char in text)


def _value(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f'"{text}"' if " " in text else text
