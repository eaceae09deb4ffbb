"""Three brokers, one killed while records flow: what was acknowledged is read, all of it, in order per key."""

from __future__ import annotations

import contextlib
import gc
import threading
import warnings
from pathlib import Path

from services.log.base import LogUnavailable, PartitionLost, Reader, Record, Topic
from services.log.kafka import KafkaLog
from services.settings import Kafka
from tests.broker import Broker, free_ports
from tests.conftest import until

RECORDS = 6000


def test_a_broker_dies_and_nothing_acknowledged_is_lost(kafka_jars: Path, tmp_path: Path) -> None:
    ports = free_ports(6)
    voters = ",".join(f"{node}@127.0.0.1:{ports[2 * node - 1]}" for node in (1, 2, 3))
    brokers = [
        Broker(
            kafka_jars, tmp_path / str(node), node=node, ports=(ports[2 * node - 2], ports[2 * node - 1]), voters=voters
        )
        for node in (1, 2, 3)
    ]
    for broker in brokers:
        broker.launch()
    try:
        for broker in brokers:
            broker.wait()
        _send_through_a_kill(",".join(f"127.0.0.1:{broker.port}" for broker in brokers), brokers[1])
    finally:
        for broker in brokers:
            broker.kill()
        with warnings.catch_warnings():
            # kafka-python 3.0 forgets a socket that was connecting to the dead broker
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def _send_through_a_kill(servers: str, victim: Broker) -> None:
    log = KafkaLog(servers, Kafka(replication=3, min_insync=2), lease=6.0)
    log.prepare([Topic("failover", ("g",), partitions=6)])
    acknowledged: list[str] = []
    killed = threading.Event()

    def send() -> None:
        first = 0
        while first < RECORDS:
            batch = [Record(f"k{number % 50}", f"{number}".encode()) for number in range(first, first + 100)]
            try:
                log.append("failover", batch)
            except LogUnavailable:
                continue  # what a worker does: it comes again with the same records
            acknowledged.extend(each.value.decode() for each in batch)
            first += 100
            if first == RECORDS // 3:
                victim.kill()
                killed.set()

    sender = threading.Thread(target=send)
    sender.start()
    lives = [log.reader("failover", "g", "r")]
    found: list[tuple[str, int]] = []

    def everything() -> bool:
        try:
            batch = lives[-1].read(500, 0.2)
            found.extend((each.key, int(each.value)) for each in batch)
            lives[-1].commit(batch)
        except (LogUnavailable, PartitionLost):  # a worker ends then, and its next life reads the batch again
            _close(lives[-1])
            lives.append(log.reader("failover", "g", "r"))
        return not sender.is_alive() and len({number for _, number in found}) == RECORDS

    until(everything, 150, "everything read")
    sender.join()
    _close(lives[-1])
    log.close()
    assert killed.is_set() and len(acknowledged) == RECORDS
    assert {number for _, number in found} == {int(each) for each in acknowledged}
    for key in {key for key, _ in found}:
        first_seen = list(dict.fromkeys(number for each, number in found if each == key))
        assert first_seen == sorted(first_seen)


def _close(reader: Reader) -> None:
    with contextlib.suppress(LogUnavailable):
        reader.close()
