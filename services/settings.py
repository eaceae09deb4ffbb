"""Every setting, read once at the start: `config/atalaya.toml`, then `ATALAYA_*` above it, into frozen objects.

Owns names, defaults, types and ranges, and is the only reader of the environment. Knows nothing of what the
settings do. A setting that does not exist or does not fit is a `SettingsError` that names the file, line and field
(or the variable) and what would be right; all faults are reported at once.

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
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

DEFAULT_FILE = Path(__file__).resolve().parent.parent / "config" / "atalaya.toml"
PREFIX = "ATALAYA_"

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]


class SettingsError(ValueError):
    """The settings cannot be used; one line per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Topics(_Table, frozen=True, kw_only=True):
    """`[topics]`: how the log keeps records."""

    partitions: Count = 4
    keep_hours: Positive = 168.0
    max_records: Count = 1_000_000


class Kafka(_Table, frozen=True, kw_only=True):
    """`[kafka]`: used when `log` is a kafka:// URL."""

    replication: Count = 1
    min_insync: Count = 1
    api_version: Annotated[str, Meta(pattern=r"^\d+(\.\d+)+$")] = "4.0"
    security: str = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: str = ""
    sasl_username: str = ""
    sasl_password: str = ""
    static_membership: bool = False


class Embedded(_Table, frozen=True, kw_only=True):
    """`[embedded]`: the Valkey server that `atalaya up` starts when log or store is "embedded"."""

    max_memory_mb: Count = 512
    fsync: str = "everysec"


class Workers(_Table, frozen=True, kw_only=True):
    """`[workers]`: processes per stage, and how their loop behaves."""

    poll: int = 1
    tag: int = 1
    match: int = 1
    deliver: int = 1
    batch: Count = 100
    attempts: Count = 3
    latch_share: Annotated[float, Meta(gt=0, le=1)] = 0.8
    latch_after: Count = 20
    stop_seconds: Positive = 10.0


class Metrics(_Table, frozen=True, kw_only=True):
    """`[metrics]`: /metrics and /health of every process."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8470


class Newsroom(_Table, frozen=True, kw_only=True):
    """`[newsroom]`: the sample newsroom, whose articles are invented."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 8490
    pace: Positive = 1.0


class HttpSettings(_Table, frozen=True, kw_only=True):
    """`[http]`: how the service asks the network: feeds, article pages, webhooks."""

    contact: str = ""
    allow_private: tuple[str, ...] = ()
    robots: bool = True
    host_seconds: Annotated[float, Meta(ge=0)] = 5.0
    per_host: Count = 2
    connect_seconds: Positive = 10.0
    header_seconds: Positive = 20.0
    body_seconds: Positive = 60.0
    max_body_kb: Count = 10_240
    max_redirects: Annotated[int, Meta(ge=0)] = 8


class Poll(_Table, frozen=True, kw_only=True):
    """`[poll]`: when feeds are fetched and how their entries are read."""

    interval_seconds: Positive = 900.0
    min_seconds: Positive = 300.0
    max_seconds: Positive = 14_400.0
    sample_seconds: Positive = 3.0
    concurrency: Count = 64
    lease_seconds: Positive = 900.0
    parsers: Count = 1
    parse_seconds: Positive = 10.0
    max_title: Count = 500
    max_text: Count = 20_000
    max_entries: Count = 5_000
    backfill_hours: Positive = 48.0
    remember_hours: Positive = 720.0


class Alerts(_Table, frozen=True, kw_only=True):
    """`[alerts]`: what is kept in Redis of what was raised."""

    keep: Count = 100_000
    dedupe_hours: Positive = 336.0
    explain_hours: Positive = 48.0


class Deliver(_Table, frozen=True, kw_only=True):
    """`[deliver]`: how often a delivery is tried, and how one bad address is kept from holding up the others."""

    schedule: tuple[Positive, ...] = (5.0, 30.0, 120.0, 600.0, 3600.0, 21_600.0, 86_400.0)
    parallel: Count = 64
    per_endpoint: Count = 4
    lease_seconds: Positive = 60.0
    circuit_after: Count = 5
    circuit_seconds: Positive = 60.0
    keep_hours: Positive = 336.0


class Webhooks(_Table, frozen=True, kw_only=True):
    """`[webhooks]`: how receivers are called."""

    timeout_seconds: Positive = 15.0


class Logging(_Table, frozen=True, kw_only=True):
    """`[logging]`: what is written to standard output."""

    level: str = "info"
    format: str = "auto"  # auto | pretty | json


class Settings(_Table, frozen=True, kw_only=True):
    """All of them. Paths are resolved against `home`, the folder that holds `config/`."""

    log: str = "embedded"
    store: str = "embedded"
    data: Path = Path("data")
    config: Path = Path("config")
    topics: Topics = Topics()
    kafka: Kafka = Kafka()
    embedded: Embedded = Embedded()
    workers: Workers = Workers()
    metrics: Metrics = Metrics()
    newsroom: Newsroom = Newsroom()
    http: HttpSettings = HttpSettings()
    poll: Poll = Poll()
    alerts: Alerts = Alerts()
    deliver: Deliver = Deliver()
    webhooks: Webhooks = Webhooks()
    logging: Logging = Logging()


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
    faults += more or _check(overlay, lambda where: PREFIX + "_".join(where).upper())
    if faults:
        raise SettingsError(faults)
    settings = msgspec.convert(_merge(raw, overlay), Settings, strict=False, dec_hook=_decode)
    if faults := [f"{path}: {fault}" for fault in _relations(settings)]:
        raise SettingsError(faults)
    home = path.resolve().parent.parent
    return msgspec.structs.replace(settings, data=home / settings.data, config=home / settings.config)


def _relations(settings: Settings) -> list[str]:
    """Settings that fit alone but not together."""
    must_exceed = (
        ("alerts.dedupe_hours", "topics.keep_hours", "else an old record read again would raise its alerts twice"),
        ("deliver.lease_seconds", "webhooks.timeout_seconds", "else a slow answer lets a second worker send too"),
    )
    values = {
        f"{table}.{field}": getattr(getattr(settings, table), field)
        for longer, shorter, _ in must_exceed
        for table, field in (longer.split("."), shorter.split("."))
    }
    return [
        f"{longer} ({values[longer]:g}) must be more than {shorter} ({values[shorter]:g}), {why}"
        for longer, shorter, why in must_exceed
        if values[longer] <= values[shorter]
    ]


def tables() -> dict[str, type[msgspec.Struct]]:
    """Table name → its class; for the documentation's test."""
    return {name: kind for name, kind in get_type_hints(Settings).items() if _is_table(kind)}


def _decode(kind: type, value: Any) -> Any:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise ValueError(f"Expected a {kind.__name__}")


def _is_table(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, _Table)


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
            faults.append(f"{name(field)}: {error} (found {value!r})")
    return faults


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
        if not _is_table(kind):
            return None
        kind = get_type_hints(kind, include_extras=True).get(part)
    return kind


def _names() -> dict[str, tuple[str, ...]]:
    """Variable name without prefix → field."""
    names: dict[str, tuple[str, ...]] = {}
    for key, kind in get_type_hints(Settings, include_extras=True).items():
        below = [(key, inner) for inner in get_type_hints(kind)] if _is_table(kind) else [(key,)]
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
