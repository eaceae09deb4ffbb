"""Every setting, read once at the start: what there is (`tables`), and how it is read (`reading`)."""

from services.settings.reading import DEFAULT_FILE, PREFIX, SettingsError, load
from services.settings.tables import (
    Alerts,
    DeadLetters,
    Deliver,
    Embedded,
    HttpSettings,
    Kafka,
    Logging,
    Metrics,
    Newsroom,
    Poll,
    Settings,
    Topics,
    Webhooks,
    Workers,
    tables,
)

__all__ = [
    "DEFAULT_FILE",
    "PREFIX",
    "Alerts",
    "DeadLetters",
    "Deliver",
    "Embedded",
    "HttpSettings",
    "Kafka",
    "Logging",
    "Metrics",
    "Newsroom",
    "Poll",
    "Settings",
    "SettingsError",
    "Topics",
    "Webhooks",
    "Workers",
    "load",
    "tables",
]
