"""Settings: where values come from, and what is said of those that do not fit."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from services.settings import DEFAULT_FILE, Settings, SettingsError, load, tables

FAULTS = [
    # text of the file, variables, what every message must contain
    ("[topics]\npartitons = 3\n", {}, ["atalaya.toml:2: topics.partitons", "no such setting", "topics.partitions"]),
    ("[topic]\npartitions = 3\n", {}, ["atalaya.toml:2: topic.partitions", "no such setting", "topics.partitions"]),
    ("[topics]\n\n# a comment\npartitions = 0\n", {}, ["atalaya.toml:4: topics.partitions", ">= 1", "found 0"]),
    ("[topics]\npartitions = true\n", {}, ["atalaya.toml:2: topics.partitions", "`int`", "found True"]),
    ("topics = 4\n", {}, ["atalaya.toml:1: topics", "found 4"]),
    ("[kafka]\nsecurity = 'TLS'\n", {}, ["kafka.security", "PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL", "found 'TLS'"]),
    ("[kafka]\napi_version = '4'\n", {}, ["atalaya.toml:2: kafka.api_version", "regex"]),
    ("[embedded]\nfsync = 'no'\n", {}, ["atalaya.toml:2: embedded.fsync", "use one of everysec, always"]),
    ("[workers]\ntag = -1\n", {}, ["atalaya.toml:2: workers.tag", ">= 0"]),
    ("[workers]\nlatch_share = 1.5\n", {}, ["atalaya.toml:2: workers.latch_share", "<= 1"]),
    ("[deliver]\nschedule = [5, -1]\n", {}, ["atalaya.toml:2: deliver.schedule", "> 0"]),
    ("[metrics]\nport = 70000\n", {}, ["atalaya.toml:2: metrics.port", "65535"]),
    ("[logging]\nlevel = 'loud'\n", {}, ["atalaya.toml:2: logging.level", "use one of debug, info, warning, error"]),
    ("log = \n", {}, ["atalaya.toml: not TOML", "line 1"]),
    ("", {"ATALAYA_TOPICS_PARTITIONS": "many"}, ["ATALAYA_TOPICS_PARTITIONS", "`int`", "found 'many'"]),
    ("", {"ATALAYA_TOPIC_PARTITIONS": "3"}, ["no such setting", "did you mean ATALAYA_TOPICS_PARTITIONS?"]),
    ("", {"ATALAYA_LOGS": "embedded"}, ["ATALAYA_LOGS: there is no such setting; did you mean ATALAYA_LOG"]),
    ("", {"ATALAYA_ALERTS_DEDUPE_HOURS": "10"}, ["alerts.dedupe_hours (10) must be more than topics.keep_hours (168)"]),
    (
        "[topics]\nkeep_hours = 800\n[alerts]\ndedupe_hours = 900\n",
        {},
        ["poll.remember_hours (720)", "keep_hours (800)"],
    ),
    ("[deliver]\nlease_seconds = 15\n", {}, ["deliver.lease_seconds (15) must be more than webhooks.timeout_seconds"]),
    ("[deliver]\nkeep_hours = 24\n", {}, ["deliver.keep_hours (24)", "longest wait of deliver.schedule (24 hours)"]),
]


def write(folder: Path, text: str) -> Path:
    """A settings file where one belongs: in a folder `config`."""
    file = folder / "config" / "atalaya.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    return file


def test_an_empty_file_gives_the_defaults_with_paths_beside_its_folder(tmp_path: Path) -> None:
    found = load(write(tmp_path, ""), {})
    assert found == msgspec.structs.replace(Settings(), data=tmp_path / "data", config=tmp_path / "config")


def test_the_shipped_file_is_read_without_being_named() -> None:
    assert load(environ={}).config == DEFAULT_FILE.parent


def test_a_variable_goes_above_the_file_and_leaves_the_rest_of_its_table(tmp_path: Path) -> None:
    file = write(tmp_path, "log = 'redis://a:1/0'\n[topics]\npartitions = 7\nkeep_hours = 24\n")
    found = load(file, {"ATALAYA_TOPICS_PARTITIONS": "12", "ATALAYA_STORE": "unix:///s", "HOME": "/x"})
    assert (found.topics.partitions, found.topics.keep_hours) == (12, 24.0)
    assert (found.log, found.store) == ("redis://a:1/0", "unix:///s")


def test_variables_are_read_by_the_type_of_their_setting(tmp_path: Path) -> None:
    variables = {
        "ATALAYA_NEWSROOM_ENABLED": "false",
        "ATALAYA_POLL_INTERVAL_SECONDS": "60",
        "ATALAYA_HTTP_ALLOW_PRIVATE": "127.0.0.1:8081, 10.1.0.0/16,",
        "ATALAYA_DELIVER_SCHEDULE": "1,2.5",
        "ATALAYA_DATA": "/var/lib/atalaya",
        "ATALAYA_KAFKA_API_VERSION": "3.9",
    }
    found = load(write(tmp_path, ""), variables)
    assert found.newsroom.enabled is False
    assert found.poll.interval_seconds == 60.0
    assert found.http.allow_private == ("127.0.0.1:8081", "10.1.0.0/16")
    assert found.deliver.schedule == (1.0, 2.5)
    assert found.data == Path("/var/lib/atalaya")
    assert found.kafka.api_version == "3.9"


def test_a_variable_names_another_file(tmp_path: Path) -> None:
    file = write(tmp_path, "[newsroom]\npace = 9.0\n")
    assert load(environ={"ATALAYA_SETTINGS": str(file)}).newsroom.pace == 9.0


@pytest.mark.parametrize(("text", "variables", "told"), FAULTS, ids=[str(number) for number in range(len(FAULTS))])
def test_a_fault_is_told_with_its_place_and_what_would_be_right(
    tmp_path: Path, text: str, variables: dict[str, str], told: list[str]
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, text), variables)
    assert len(caught.value.faults) == 1, caught.value.faults
    assert [part for part in told if part not in str(caught.value)] == [], str(caught.value)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    file = write(tmp_path, "[topics]\npartitions = 0\nkeep = 1\n[http]\nrobots = 'perhaps'\n")
    with pytest.raises(SettingsError) as caught:
        load(file, {"ATALAYA_WORKERS_BATCH": "0", "ATALAYA_NOTHING": "1"})
    assert [re.split(r": ", fault.removeprefix(str(file) + ":"))[0] for fault in caught.value.faults] == [
        "2",
        "3",
        "5",
        "ATALAYA_NOTHING",
        "ATALAYA_WORKERS_BATCH",
    ]
    assert str(caught.value).count("\n") == 4


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.toml: No such file.*name a settings file that can be read"):
        load(tmp_path / "nowhere.toml", {})


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    file.write_bytes(b'log = "\xff"\n')
    with pytest.raises(SettingsError, match="not TOML"):
        load(file, {})


def test_every_setting_has_a_variable_of_its_own(tmp_path: Path) -> None:
    """No two settings may share a variable, and each is heard."""
    names = [f"{table}_{field}" for table, kind in tables().items() for field in kind.__struct_fields__]
    names += [field for field in Settings.__struct_fields__ if field not in tables()]
    assert len({name.upper() for name in names}) == len(names)
    for name in names:
        with pytest.raises(SettingsError, match=f"ATALAYA_{name.upper()}X"):
            load(write(tmp_path, ""), {f"ATALAYA_{name.upper()}X": "1"})
        try:
            load(write(tmp_path, ""), {f"ATALAYA_{name.upper()}": "1"})
        except SettingsError as error:
            assert "there is no such setting" not in str(error)


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().topics.partitions = 2  # type: ignore[misc]
