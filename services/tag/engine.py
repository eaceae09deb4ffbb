"""Multi-pattern matchers: many literals, one pass, every overlapping occurrence.

Two engines with identical answers: hyperscan (fast; wheels for Linux and macOS) and ahocorasick-rs (a pure
wheel everywhere). `build` takes the first that works on this machine. A compiled hyperscan database is kept in a
folder under the hash of its literals, checked by digest when read back; whatever is wrong with the folder or the
file only costs a fresh compilation.

Owns: literals to (index, end) pairs. Does not: know of words, rules or languages.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, Protocol

_UNUSED = 30 * 86_400.0

EngineName = Literal["auto", "hyperscan", "ahocorasick"]


Handler = Callable[[int, int, int, int, Any], None]
"""Called with a literal's index, nothing of use, the offset just past its end, nothing of use, and the context."""


class Engine(Protocol):
    """Finds literals in bytes."""

    name: str

    def scan(self, data: bytes, handler: Handler, context: Any) -> None:
        """Calls the handler (in hyperscan's own manner: a wrapper would cost as much as the search) for every
        occurrence of every literal, in any order."""
        ...


class _Nothing:
    """The engine of an empty lexicon."""

    name = "nothing"

    def scan(self, data: bytes, handler: Handler, context: Any) -> None:
        """Finds nothing."""


class AhoCorasick:
    """ahocorasick-rs behind the common interface."""

    name = "ahocorasick"

    def __init__(self, literals: Sequence[bytes]) -> None:
        from ahocorasick_rs import BytesAhoCorasick

        self._automaton = BytesAhoCorasick(list(literals))

    def scan(self, data: bytes, handler: Handler, context: Any) -> None:
        """See `Engine.scan`."""
        for index, _, end in self._automaton.find_matches_as_indexes(data, overlapping=True):
            handler(index, 0, end, 0, context)


class Hyperscan:
    """hyperscan in block mode behind the common interface. Not for use from several threads at once."""

    name = "hyperscan"

    def __init__(self, literals: Sequence[bytes], cache_dir: Path | None = None) -> None:
        import hyperscan

        path = _cache_path(literals, cache_dir, version("hyperscan"))
        self._database = _restore(path)
        if self._database is None:
            self._database = hyperscan.Database()
            self._database.compile(expressions=list(literals), ids=list(range(len(literals))), literal=True)
            _keep(path, hyperscan.dumpb(self._database))
        self._scratch = hyperscan.Scratch(self._database)

    def scan(self, data: bytes, handler: Handler, context: Any) -> None:
        """See `Engine.scan`."""
        self._database.scan(data, match_event_handler=handler, context=context, scratch=self._scratch)


def find(engine: Engine, data: bytes) -> list[tuple[int, int]]:
    """Every occurrence as (index of the literal, offset just past its end)."""
    found: list[tuple[int, int]] = []
    engine.scan(data, _note, found)
    return found


def _note(index: int, _start: int, end: int, _flags: int, found: list[tuple[int, int]]) -> None:
    found.append((index, end))


def build(literals: Sequence[bytes], cache_dir: Path | None = None, engine: EngineName = "auto") -> Engine:
    """An engine for these literals. With "auto", ahocorasick-rs steps in where hyperscan is missing or fails."""
    if not literals:
        return _Nothing()
    if engine == "ahocorasick":
        return AhoCorasick(literals)
    try:
        made = Hyperscan(literals, cache_dir)
        if (0, len(literals[0])) not in find(made, literals[0]):
            raise OSError("hyperscan does not find what it was given")
    except Exception:  # a C library's own error types, which exist only where it could be imported
        if engine == "hyperscan":
            raise
        return AhoCorasick(literals)
    return made


def _cache_path(literals: Sequence[bytes], cache_dir: Path | None, release: str) -> Path | None:
    if cache_dir is None:
        return None
    digest = sha256(release.encode() + b"\0" + b"\n".join(literals)).hexdigest()
    return cache_dir / f"lexicon-{digest[:32]}.hs"


def _restore(path: Path | None) -> Any:
    """The database kept in this file, or None. The digest guards the C library from a damaged file."""
    if path is None:
        return None
    import hyperscan

    try:
        content = path.read_bytes()
        with suppress(OSError):  # a folder that may only be read
            os.utime(path)  # in use: see `_forget_unused`
        digest, body = content[:32], content[32:]
        if sha256(body).digest() != digest:
            return None
        return hyperscan.loadb(body, hyperscan.HS_MODE_BLOCK)
    except (OSError, hyperscan.HyperscanError):
        return None


def _keep(path: Path | None, body: bytes) -> None:
    """Write beside and rename, so that a reader never sees half a file; a full or read-only disk is no error."""
    if path is None:
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix="lexicon-", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(sha256(body).digest() + body)
        Path(name).replace(path)
        _forget_unused(path)


def _forget_unused(newest: Path) -> None:
    """Every change of the rules leaves a file of two megabytes; what nobody had loaded for a month before this one
    was written goes."""
    oldest = newest.stat().st_mtime - _UNUSED
    for path in newest.parent.glob("lexicon-*"):
        if path.stat().st_mtime < oldest:
            path.unlink()
