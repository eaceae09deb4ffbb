"""What is checked before anything starts: settings that do not fit, told without secrets, all at once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from services.settings import Settings, load
from services.startup import StartupError, check


@pytest.fixture
def settings(repository: Path) -> Settings:
    return load(repository / "config" / "atalaya.toml", {})


def faults(settings: Settings, stage: str = "deliver") -> list[str]:
    with pytest.raises(StartupError) as error:
        check(settings, stage)
    return str(error.value).splitlines()


def test_addresses_that_are_none_are_told_without_their_passwords(settings: Settings) -> None:
    wrong = msgspec.structs.replace(settings, log="amqp://me:hidden@host", store="postgres://me:hidden@host")
    told = faults(wrong)
    assert len(told) == 2 and told[0].startswith("log: 'amqp://") and told[1].startswith("store: 'postgres://")
    assert "hidden" not in "".join(told)


def test_a_log_in_memory_cannot_join_processes(settings: Settings) -> None:
    assert faults(msgspec.structs.replace(settings, log="memory://"))[0].startswith("log: memory:// lives in one")


def test_health_must_have_an_address_of_this_machine(settings: Settings) -> None:
    elsewhere = msgspec.structs.replace(settings.metrics, host="2001:db8::1")
    assert faults(msgspec.structs.replace(settings, metrics=elsewhere))[0].startswith(
        "metrics.host: cannot listen on '2001:db8::1': "
    )
    off = msgspec.structs.replace(elsewhere, enabled=False)
    check(msgspec.structs.replace(settings, metrics=off), "deliver")


def test_a_stage_that_is_switched_off_is_not_started(settings: Settings) -> None:
    off = msgspec.structs.replace(settings, fulltext=msgspec.structs.replace(settings.fulltext, enabled=False))
    check(settings, "fulltext")
    check(off, "tag")
    assert faults(off, "fulltext")[0].startswith("fulltext.enabled is false: the stage has nothing to do")


def test_a_stage_is_only_asked_for_what_it_reads(settings: Settings, tmp_path: Path) -> None:
    elsewhere = msgspec.structs.replace(settings, config=tmp_path)
    check(elsewhere, "deliver")
    assert "feeds.opml" in faults(elsewhere, "poll")[0]
    assert "subscriptions.yaml" in faults(elsewhere, "match")[0]
