"""Every setting's name, type, range and default, as frozen objects.

`config/atalaya.toml` shows the same defaults with a comment each, and docs/settings.md the table; a test holds the
three together. Knows nothing of where values come from (`reading`) nor of what the settings do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta

Positive = Annotated[float, Meta(gt=0)]
Count = Annotated[int, Meta(ge=1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Natural = Annotated[int, Meta(ge=0)]


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
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    sasl_mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    sasl_username: str = ""
    sasl_password: str = ""
    static_membership: bool = False


class Embedded(_Table, frozen=True, kw_only=True):
    """`[embedded]`: the Valkey server that `atalaya up` starts when log or store is "embedded"."""

    max_memory_mb: Count = 512
    fsync: Literal["everysec", "always"] = "everysec"


class Workers(_Table, frozen=True, kw_only=True):
    """`[workers]`: processes per stage, and how their loop behaves."""

    poll: Natural = 1
    fulltext: Natural = 1
    tag: Natural = 1
    match: Natural = 1
    deliver: Natural = 1
    batch: Count = 100
    attempts: Count = 3
    latch_share: Annotated[float, Meta(gt=0, le=1)] = 0.8
    latch_after: Count = 20
    stop_seconds: Positive = 10.0


class DeadLetters(_Table, frozen=True, kw_only=True):
    """`[dead_letters]`: how long the index keeps what stages gave up on."""

    keep_days: Positive = 30.0
    most: Count = 10_000


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
    max_body_kb: Count = 5_120
    max_redirects: Natural = 8


class Poll(_Table, frozen=True, kw_only=True):
    """`[poll]`: when feeds are fetched and how their entries are read."""

    interval_seconds: Positive = 900.0
    min_seconds: Positive = 300.0
    max_seconds: Positive = 1_800.0
    sample_seconds: Positive = 3.0
    concurrency: Count = 64
    lease_seconds: Positive = 900.0
    parsers: Count = 2
    parse_seconds: Positive = 10.0
    max_title: Count = 500
    max_text: Count = 20_000
    max_entries: Count = 5_000
    backfill_hours: Positive = 48.0
    remember_hours: Positive = 720.0
    websub_callback: str = ""
    websub_host: str = "127.0.0.1"
    websub_port: Port = 8480
    websub_secret: str = ""


class Fulltext(_Table, frozen=True, kw_only=True):
    """`[fulltext]`: the text of article pages, for articles whose feed says little."""

    enabled: bool = True
    short_text: Count = 600
    skip_outlets: tuple[str, ...] = ()
    concurrency: Count = 32
    extractors: Count = 1
    extract_seconds: Positive = 15.0
    max_page_kb: Count = 3072
    attempts: Count = 3
    keep_days: Positive = 7.0


class Alerts(_Table, frozen=True, kw_only=True):
    """`[alerts]`: what is kept in Redis of what was raised."""

    keep: Count = 20_000
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

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "pretty", "json"] = "auto"


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
    dead_letters: DeadLetters = DeadLetters()
    metrics: Metrics = Metrics()
    newsroom: Newsroom = Newsroom()
    http: HttpSettings = HttpSettings()
    poll: Poll = Poll()
    fulltext: Fulltext = Fulltext()
    alerts: Alerts = Alerts()
    deliver: Deliver = Deliver()
    webhooks: Webhooks = Webhooks()
    logging: Logging = Logging()


def tables() -> dict[str, type[msgspec.Struct]]:
    """Table name → its class; for the documentation's test."""
    return {name: kind for name, kind in get_type_hints(Settings).items() if is_table(kind)}


def is_table(kind: Any) -> bool:
    """Whether a type is a table of settings."""
    return isinstance(kind, type) and issubclass(kind, _Table)
