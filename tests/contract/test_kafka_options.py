"""What only the Kafka adapter has: static membership, TLS and SASL, topics that Kafka itself never trims."""

from __future__ import annotations

import kafka as client

from services.log.base import Record, Topic
from services.log.kafka import KafkaLog
from services.log.kafka_admin import client_options
from services.settings import Kafka
from tests.conftest import until

GROUP = "readers"


def test_a_static_member_that_comes_back_goes_on_at_once(kafka: str, unique: str) -> None:
    name = f"test.{unique}.static"
    log = KafkaLog(kafka.removeprefix("kafka://"), Kafka(static_membership=True), lease=60.0)
    log.prepare([Topic(name, (GROUP,), partitions=2)])
    log.append(name, [Record(f"k{number}", b"v") for number in range(20)])
    first = log.reader(name, GROUP, "worker-0")
    assert until(lambda: first.read(50, 0.5), 30, "the first life reads")
    first.close()  # a static member leaves its place in the group: a rebalance would wait for 60 seconds
    second = log.reader(name, GROUP, "worker-0")
    found: set[str] = set()
    until(lambda: found.update(each.key for each in second.read(50, 0.5)) or len(found) == 20, 20, "the second life")
    second.close()
    log.close()


def test_tls_and_sasl_settings_reach_the_client() -> None:
    settings = Kafka(
        security="SASL_SSL",
        ca_file="/etc/ca.pem",
        cert_file="/etc/cert.pem",
        key_file="/etc/key.pem",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_username="atalaya",
        sasl_password="secret",
        api_version="3.9",
    )
    assert client_options("a:1,b:2", settings) == {
        "bootstrap_servers": ["a:1", "b:2"],
        "api_version": (3, 9),
        "security_protocol": "SASL_SSL",
        "reconnect_backoff_max_ms": 2000,
        "metrics_enabled": False,
        "ssl_cafile": "/etc/ca.pem",
        "ssl_certfile": "/etc/cert.pem",
        "ssl_keyfile": "/etc/key.pem",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "atalaya",
        "sasl_plain_password": "secret",
    }


def test_kafka_itself_never_trims_our_topics(kafka: str, unique: str) -> None:
    name = f"test.{unique}.kept"
    servers = kafka.removeprefix("kafka://")
    log = KafkaLog(servers, Kafka())
    log.prepare([Topic(name, (GROUP,), partitions=3)])
    log.close()
    admin = client.KafkaAdminClient(bootstrap_servers=servers)
    described = admin.describe_configs([client.admin.ConfigResource("TOPIC", name)], config_filter="all")
    admin.close()
    values = {key: each["value"] for key, each in described["topic"][name].items()}
    assert (values["retention.ms"], values["retention.bytes"]) == ("-1", "-1")
    assert (values["message.timestamp.type"], values["cleanup.policy"]) == ("LogAppendTime", "delete")
