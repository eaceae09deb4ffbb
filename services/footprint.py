"""Keeps the size of a process that lives for months. Owns glibc's switches, and nothing on other C libraries."""

from __future__ import annotations

import ctypes

_MMAP_THRESHOLD = 128 * 1024  # bytes: glibc's own value when a process starts
_OPTIONS = (
    (-3, _MMAP_THRESHOLD),  # M_MMAP_THRESHOLD
    (-1, 2 * _MMAP_THRESHOLD),  # M_TRIM_THRESHOLD
    (-8, 2),  # M_ARENA_MAX: one thread works, the others mostly wait
)


def keep_memory_steady() -> bool:
    """Makes glibc give large blocks back to the system as soon as they are freed; False where it has no such switch.

    Left alone, glibc raises its threshold for separate blocks to the largest one that was ever freed (mallopt(3),
    "dynamic mmap threshold"). Bodies of some megabytes then come from the heap, small blocks made meanwhile lie
    between them, and the heap grows although the process holds no more than on its first day: 113 MB of heap for
    37 MB in use were seen after eight minutes of hostile feeds. A threshold that was set does not move.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # musl, macOS
        return False
    return all(mallopt(name, value) for name, value in _OPTIONS)
