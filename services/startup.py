"""What is checked before anything starts: settings that do not fit together, and every file that will be read.

All faults are told at once, with file, line and field; nothing has been started then.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from services.embedded import EmbeddedValkey
from services.health import listening_fault
from services.settings import Settings

_LOG_URLS = ("redis://", "rediss://", "unix://", "kafka://", "memory://")
_STORE_URLS = ("redis://", "rediss://", "unix://")


class StartupError(ValueError):
    """The service cannot start as it is set up; one line per fault."""


def check(settings: Settings, stage: str = "") -> None:
    """Raises `StartupError` with every fault found in what this stage reads; "" stands for all stages."""
    faults = _urls(settings)
    for reader, read in {"poll": _feeds, "match": _subscriptions, "tag": _rules}.items():
        if stage in ("", reader):
            faults += read(settings)
    if stage == "fulltext":
        faults += _switched_on(settings)
    if faults:
        raise StartupError("\n".join(faults))


def with_real_urls(settings: Settings) -> Settings:
    """The same with "embedded" replaced by where the embedded server of this data folder listens."""
    if "embedded" not in (settings.log, settings.store):
        return settings
    server = EmbeddedValkey(settings.data, settings.embedded)
    if not server.answers():
        raise StartupError(f"no embedded server runs in {settings.data}: start `atalaya up`, or set log and store")
    return msgspec.structs.replace(
        settings,
        log=server.url if settings.log == "embedded" else settings.log,
        store=server.url if settings.store == "embedded" else settings.store,
    )


def _urls(settings: Settings) -> list[str]:
    faults = []
    if settings.log != "embedded" and not settings.log.startswith(_LOG_URLS):
        faults.append(f"log: {_scheme(settings.log)!r} is no log; use embedded or one of {', '.join(_LOG_URLS)}")
    if settings.log.startswith("memory://"):
        faults.append("log: memory:// lives in one process; the stages are several: use embedded")
    if settings.store != "embedded" and not settings.store.startswith(_STORE_URLS):
        known = ", ".join(_STORE_URLS)
        faults.append(f"store: {_scheme(settings.store)!r} is no store; use embedded or one of {known}")
    if settings.metrics.enabled and (fault := listening_fault(settings.metrics.host)):
        faults.append(f"metrics.host: {fault}")
    return faults


def _switched_on(settings: Settings) -> list[str]:
    if settings.fulltext.enabled:
        return []
    return ["fulltext.enabled is false: the stage has nothing to do; set it to true, here and where tag and match run"]


def _scheme(url: str) -> str:
    """What comes before the address: the rest may hold a password."""
    return url.partition("://")[0] + "://…" if "://" in url else url


def _feeds(settings: Settings) -> list[str]:
    from services.poll.opml import OpmlError, read_opml

    return _reading(settings, "feeds.opml", lambda raw, name: read_opml(raw, name), OpmlError)


def _subscriptions(settings: Settings) -> list[str]:
    from services.match.document import DocumentError, read

    return _reading(
        settings, "subscriptions.yaml", lambda raw, name: read(raw.decode("utf-8", "replace"), name), DocumentError
    )


def _rules(settings: Settings) -> list[str]:
    """Loads the rules, which takes seconds, unless these very rules loaded before."""
    from services.tag.lexicon import RuleError
    from services.tag.rulefile import RuleFileError
    from services.tag.tagger import Tagger, rules_version

    try:
        cache = settings.data / "cache"
        mark = cache / f"loaded-{rules_version(settings.config)}"
        if not mark.exists():
            Tagger.load(settings.config, cache)
            cache.mkdir(parents=True, exist_ok=True)
            for earlier in cache.glob("loaded-*"):
                earlier.unlink(missing_ok=True)
            mark.touch()
    except (RuleFileError, RuleError, OSError) as problem:
        return str(problem).splitlines()
    return []


def _reading(settings: Settings, file: str, read: Callable[[bytes, str], object], error: type[Exception]) -> list[str]:
    path = settings.config / file
    try:
        read(path.read_bytes(), str(path))
    except OSError as problem:
        return [f"{path}: {problem.strerror}"]
    except error as problem:
        return str(problem).splitlines()
    return []


if __name__ == "__main__":
    import sys

    from services.settings import load

    try:
        check(load())
    except ValueError as fault:
        sys.exit(str(fault))
