"""Reads the settings: `config/atalaya.toml`, then `ATALAYA_*` above it. The only reader of the environment.

A setting that does not exist or does not fit is a `SettingsError` that names the file, line and field (or the
variable) and what would be right; all faults are reported at once.

Names: the key `pace` of the table `[newsroom]` is the variable `ATALAYA_NEWSROOM_PACE`; a key outside any table,
such as `log`, is `ATALAYA_LOG`. Lists are separated by commas in a variable.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from services.settings.tables import Settings, is_table

DEFAULT_FILE = Path(__file__).resolve().parents[2] / "config" / "atalaya.toml"
PREFIX = "ATALAYA_"


class SettingsError(ValueError):
    """The settings cannot be used; one line per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the settings; `file` defaults to `ATALAYA_SETTINGS`, then to `config/atalaya.toml` of this checkout."""
    env = dict(os.environ if environ is None else environ)
    chosen = env.pop(PREFIX + "SETTINGS", "")
    path = file or (Path(chosen) if chosen else DEFAULT_FILE)
    try:
        text = path.read_text(encoding="utf-8")
        raw = tomllib.loads(text)
    except OSError as error:
        raise SettingsError([f"{path}: {error.strerror}: name a settings file that can be read"]) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}: not TOML: {error}"]) from error
    faults = _check(raw, lambda where: f"{path}:{_line(text, where)}: {'.'.join(where)}")
    overlay, more = _from_environment(env)
    faults += more + _check(overlay, lambda where: PREFIX + "_".join(where).upper())
    if faults:
        raise SettingsError(faults)
    settings = msgspec.convert(_merge(raw, overlay), Settings, strict=False, dec_hook=_decode)
    if faults := [f"{path}: {fault}" for fault in _relations(settings)]:
        raise SettingsError(faults)
    home = path.resolve().parent.parent
    return msgspec.structs.replace(settings, data=home / settings.data, config=home / settings.config)


def _relations(settings: Settings) -> list[str]:
    """Settings that fit alone but not together."""
    longest = max(settings.deliver.schedule, default=0.0) / 3600.0
    must_exceed = (
        ("alerts.dedupe_hours", "topics.keep_hours", "else an old record read again would raise its alerts twice"),
        ("poll.remember_hours", "topics.keep_hours", "else an entry that is still on the log could be taken for new"),
        ("deliver.lease_seconds", "webhooks.timeout_seconds", "else a slow answer lets a second worker send too"),
    )
    faults = [
        f"{longer} ({_value(settings, longer):g}) must be more than {shorter} ({_value(settings, shorter):g}), {why}"
        for longer, shorter, why in must_exceed
        if _value(settings, longer) <= _value(settings, shorter)
    ]
    if settings.deliver.keep_hours <= longest:
        faults.append(
            f"deliver.keep_hours ({settings.deliver.keep_hours:g}) must be more than the longest wait of "
            f"deliver.schedule ({longest:g} hours), else a delivery is forgotten while it waits"
        )
    if settings.poll.websub_callback and len(settings.poll.websub_secret) < 16:
        faults.append("poll.websub_secret: at least 16 characters are needed when poll.websub_callback is set")
    if settings.poll.min_seconds > settings.poll.max_seconds:
        faults.append(
            f"poll.min_seconds ({settings.poll.min_seconds:g}) must not be more than poll.max_seconds "
            f"({settings.poll.max_seconds:g})"
        )
    return faults


def _value(settings: Settings, name: str) -> float:
    table, field = name.split(".")
    found: float = getattr(getattr(settings, table), field)
    return found


def _decode(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected a {kind.__name__}")


def _check(raw: dict[str, Any], name: Any) -> list[str]:
    """One fault per field that is unknown or does not fit; each field is tried alone so that all are found."""
    faults = []
    for field, value in _leaves(raw):
        kind = _kind(field)
        if kind is None:
            faults.append(f"{name(field)}: there is no such setting{_suggest(field)}")
            continue
        try:
            msgspec.convert(value, kind, strict=isinstance(value, bool), dec_hook=_decode)
        except msgspec.ValidationError as error:
            faults.append(f"{name(field)}: {_right(kind) or error} (found {value!r})")
    return faults


def _right(kind: Any) -> str:
    """The values of a closed list, which the error itself does not name."""
    values = [str(each) or '""' for each in get_args(kind)] if get_origin(kind) is Literal else []
    return f"use one of {', '.join(values)}" if values else ""


def _leaves(raw: dict[str, Any]) -> list[tuple[tuple[str, ...], Any]]:
    found: list[tuple[tuple[str, ...], Any]] = []
    for key, value in raw.items():
        if isinstance(value, dict):
            found += [((key, *below), leaf) for below, leaf in _leaves(value)] or [((key,), value)]
        else:
            found.append(((key,), value))
    return found


def _kind(field: tuple[str, ...]) -> Any:
    """The declared type of a field; None when there is no such field."""
    kind: Any = Settings
    for part in field:
        if not is_table(kind):
            return None
        kind = get_type_hints(kind, include_extras=True).get(part)
    return kind


def _names() -> dict[str, tuple[str, ...]]:
    """Variable name without prefix → field."""
    names: dict[str, tuple[str, ...]] = {}
    for key, kind in get_type_hints(Settings, include_extras=True).items():
        below = [(key, inner) for inner in get_type_hints(kind)] if is_table(kind) else [(key,)]
        names |= {"_".join(field).upper(): field for field in below}
    return names


def _suggest(field: tuple[str, ...]) -> str:
    known = [".".join(each) for each in _names().values()]
    close = difflib.get_close_matches(".".join(field), known, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _from_environment(env: dict[str, str]) -> tuple[dict[str, Any], list[str]]:
    names = _names()
    overlay: dict[str, Any] = {}
    faults = []
    for variable, value in sorted(env.items()):
        if not variable.startswith(PREFIX):
            continue
        field = names.get(variable.removeprefix(PREFIX))
        if field is None:
            close = difflib.get_close_matches(variable, [PREFIX + each for each in names], n=1)
            faults.append(f"{variable}: there is no such setting" + (f"; did you mean {close[0]}?" if close else ""))
            continue
        target = overlay if len(field) == 1 else overlay.setdefault(field[0], {})
        listed = get_origin(_plain(_kind(field))) in (tuple, list)
        target[field[-1]] = [part.strip() for part in value.split(",") if part.strip()] if listed else value
    return overlay, faults


def _plain(kind: Any) -> Any:
    return get_args(kind)[0] if get_origin(kind) is Annotated else kind


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        merged[key] = _merge(merged.get(key, {}), value) if isinstance(value, dict) else value
    return merged


def _line(text: str, field: tuple[str, ...]) -> int:
    """The line on which a field is set: tomllib keeps no positions, and keys stand alone on their lines."""
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if heading := re.match(r"\s*\[+([^\]]+)\]", line):
            table = tuple(part.strip() for part in heading[1].split("."))
            if table == field:
                return number
        key = re.match(r"\s*([\w.\"-]+)\s*=", line)
        if key and (*table, *key[1].replace('"', "").split(".")) == field:
            return number
    return 1
