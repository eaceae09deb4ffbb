"""Which partition a key belongs to, and which member a partition: pure, and the same in every process."""

from __future__ import annotations

import zlib
from collections.abc import Sequence


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key: CRC-32 modulo the count. Kafka's own partitioner is used on Kafka."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % partitions


def assignment(members: Sequence[str], partitions: int) -> list[str]:
    """The member that should own each partition, dealt in turn; empty when nobody is there.

    `members` sorted and without repeats: all who see the same members deal alike.
    """
    return [members[number % len(members)] for number in range(partitions)] if members else []
