"""One pipeline, two logs: the sample newsroom gives the same alerts on Kafka as on the embedded log."""

from __future__ import annotations

from pathlib import Path

from services.log.connect import connect
from services.pipeline import STEPS, reads, topics
from services.settings import load
from tests.acceptance.test_up import Up, home, started  # noqa: F401 - fixtures
from tests.conftest import until

QUIET_SECONDS = 8.0


def test_kafka_and_the_embedded_log_give_the_same_alerts(
    repository: Path,
    home: Path,  # noqa: F811
    started: list[Up],  # noqa: F811
    kafka: str,
) -> None:
    found = []
    for log in ("embedded", kafka):
        up = Up(repository, home, ATALAYA_LOG=log, ATALAYA_NEWSROOM_PACE="40", ATALAYA_NEWSROOM_PORT="0")
        started.append(up)
        found.append(_alerts_of_an_edition(up))
        assert up.stop()[0] == 0
    assert found[0] == found[1] and len(found[0]) > 20
    reader = connect(kafka)
    reader.prepare(topics(load(home / "config" / "atalaya.toml", {})))
    lags = {each: reader.lag(*each) for step in STEPS.values() for each in reads(step)}
    reader.close()
    assert set(lags.values()) == {0}, lags


def _alerts_of_an_edition(up: Up) -> set[tuple[str, str]]:
    """(subscription, title) of everything that an edition gives rise to: until nothing new has come for a while."""
    until(up.alerts, 90, "the first alert")
    count = -1
    while count != len(up.alerts()):
        count = len(up.alerts())
        settled = count
        try:
            until(lambda known=settled: len(up.alerts()) > known, QUIET_SECONDS)
        except AssertionError:
            continue  # quiet: the loop ends when the count stayed
    return {(alert["subscription"], alert["title"]) for alert in up.alerts()}
