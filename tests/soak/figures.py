"""What is measured during a soak: the processes, from /proc, and the store's keys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import redis

STAGES = ("poll", "tag", "match", "deliver")
_COLLECTIONS = {b"hash": "hlen", b"zset": "zcard", b"set": "scard", b"stream": "xlen", b"list": "llen"}


def processes(pids: Mapping[str, int], valkey: int) -> dict[str, float]:
    """Megabytes of each process (of its own, not of shared files), descriptors and threads of all workers."""
    found: dict[str, float] = {f"{name} MB": _megabytes(pid) for name, pid in pids.items()}
    found["parsers MB"] = sum(_megabytes(pid) for pid in _children(pids["poll"]))
    found["valkey MB"] = _megabytes(valkey)
    found["descriptors"] = float(sum(_count(pid, "fd") for pid in pids.values()))
    found["threads"] = float(sum(_count(pid, "task") for pid in pids.values()))
    return found


def store(connection: Any) -> dict[str, float]:
    """The server's own count of its keys and of what it holds for them."""
    info = connection.info("memory")
    return {"keys": float(connection.dbsize()), "stored MB": info["used_memory_dataset"] / 1e6}


def families(connection: Any) -> dict[str, int]:
    """Keys by the part of their name that all of a kind share, and entries of each collection that is one key."""
    found: Counter[str] = Counter()
    whole: list[bytes] = []
    for key in connection.scan_iter(count=2000):
        family = family_of(key.decode())
        found[family] += 1
        if family == key.decode():
            whole.append(key)
    with connection.pipeline(transaction=False) as pipe:
        for key in whole:
            pipe.type(key)
        kinds = pipe.execute()
    for key, kind in zip(whole, kinds, strict=True):
        if kind in _COLLECTIONS:
            found[f"{key.decode()} entries"] = int(getattr(connection, _COLLECTIONS[kind])(key))
    return dict(found)


def family_of(key: str) -> str:
    """`atalaya:feeds:seen:…` for a key that has many of its kind, the key itself where it is the only one."""
    for family in ("feeds:seen", "raised", "article-version", "article", "delivery", "attempts", "endpoint", "process"):
        if key.startswith(f"atalaya:{family}:"):
            return f"atalaya:{family}:…"
    return key


def connect(url: str) -> Any:
    """A client that answers in bytes."""
    return redis.Redis.from_url(url, legacy_responses=False)


def _megabytes(pid: int) -> float:
    """Anonymous memory: what the process has made, without the files that it maps."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024 / 1e6
    except OSError:
        pass  # it has ended: a parser is replaced now and then
    return 0.0


def _count(pid: int, what: str) -> int:
    return len(list(Path(f"/proc/{pid}/{what}").iterdir()))


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue  # a thread that has ended meanwhile
    return found
