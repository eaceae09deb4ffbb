"""The documents say what the code does: settings, metrics, reasons, commands, links, and the examples of the README."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import msgspec
import pytest
from prometheus_client.metrics import MetricWrapperBase

from services import telemetry
from services.settings import Settings, load, tables
from tests import documents, settings_page
from tests.documents import DOCUMENTS, REPOSITORY

FORBIDDEN = ("/work/", "shared/", "TODO", "FIXME", "/tmp/d/", "/root/")  # paths of one machine, and what is not done
EVERY = pytest.mark.parametrize("path", DOCUMENTS, ids=documents.name)
NEEDED = ("README", "ARCHITECTURE", "DECISIONS", "CONTRIBUTING", "CHANGELOG")


def test_the_house_has_its_documents() -> None:
    assert [each for each in NEEDED if not (REPOSITORY / f"{each}.md").is_file()] == []
    assert "Apache License" in (REPOSITORY / "LICENSE").read_text(encoding="utf-8")


def test_the_notice_names_every_package_that_is_installed() -> None:
    """Its licence was looked at when it came."""
    locked = (REPOSITORY / "requirements.txt").read_text(encoding="utf-8")
    packages = {
        name.replace("_", "-").lower() for name in re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==", locked, re.M)
    }
    notice = (REPOSITORY / "NOTICE").read_text(encoding="utf-8").replace("_", "-").lower()
    assert len(packages) > 20
    assert sorted(name for name in packages if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", notice)) == []


def test_the_settings_file_holds_every_setting_with_the_default_of_the_code() -> None:
    raw = tomllib.loads(settings_page.FILE.read_text(encoding="utf-8"))
    defaults = msgspec.json.decode(msgspec.json.encode(Settings(), enc_hook=str))
    assert raw == defaults
    assert load(environ={}) == msgspec.structs.replace(
        Settings(), data=REPOSITORY / "data", config=REPOSITORY / "config"
    )


def test_every_setting_is_explained_in_the_settings_file() -> None:
    found = settings_page.written(settings_page.FILE.read_text(encoding="utf-8"))
    assert set(found) == {"", *tables()}
    assert [f"{table}.{row.name}" for table, rows in found.items() for row in rows if not row.meaning] == []


def test_the_settings_page_is_what_the_settings_say() -> None:
    wanted = settings_page.page(settings_page.FILE.read_text(encoding="utf-8"))
    assert settings_page.PAGE.read_text(encoding="utf-8") == wanted, "run `make docs`"


def test_every_metric_and_every_reason_is_explained() -> None:
    page = documents.text(REPOSITORY / "docs" / "telemetry.md")
    metrics = [each for each in vars(telemetry).values() if isinstance(each, MetricWrapperBase)]
    assert len(metrics) > 10
    names = [
        described.name + ("_total" if described.type == "counter" else "")
        for metric in metrics
        for described in metric.describe()
    ]
    assert [each for each in names if f"| `{each}` |" not in page] == []
    assert [each for each in telemetry.DROP_REASONS if f"| `{each}` |" not in page] == []
    written = set(re.findall(r"`(atalaya_[a-z_]+)`", page))
    assert written - set(names) == set(), "explained, but not there"


def test_every_command_is_documented() -> None:
    """In words such as `atalaya rules check FILE`, or for a group `atalaya rules check | try | diff`."""
    told = [words for path in DOCUMENTS for words in documents.asked(documents.text(path))]

    def documented(command: tuple[str, ...]) -> bool:
        group, last = ["atalaya", *command[:-1]], command[-1]
        return any(words[: len(group)] == group and last in words[len(group) :] for words in told)

    assert [" ".join(each) for each in documents.commands() if not documented(each)] == []


@EVERY
def test_commands_that_a_document_names_are_there(path: Path) -> None:
    known, targets = documents.commands(), documents.targets()
    unknown = []
    for program, first, *rest in documents.asked(documents.text(path)):
        below = {command[1:] for command in known if command[0] == first}
        if program == "make":
            fits = first in targets or "=" in first
        else:
            fits = () in below or (bool(below) and (not rest or any((word,) in below for word in rest)))
        if not fits:
            unknown.append(" ".join([program, first, *rest]))
    assert unknown == []


@EVERY
def test_links_lead_somewhere(path: Path) -> None:
    dead = []
    for link in documents.links(documents.text(path)):
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and anchor not in documents.anchors(documents.text(target))):
            dead.append(link)
    assert dead == []


@EVERY
def test_a_document_names_no_place_of_one_machine_and_leaves_nothing_undone(path: Path) -> None:
    assert [word for word in FORBIDDEN if word in documents.text(path)] == []


@EVERY
def test_settings_that_a_document_names_are_there(path: Path) -> None:
    """`topics.keep_hours` and ATALAYA_TOPICS_KEEP_HOURS alike."""
    known = {f"{table}.{field}" for table, kind in tables().items() for field in kind.__struct_fields__}
    known |= {field for field in Settings.__struct_fields__ if field not in tables()}
    variables = {"ATALAYA_" + each.replace(".", "_").upper() for each in known} | {"ATALAYA_SETTINGS"}
    found = documents.text(path)
    dotted = {span for span in documents.spans(found) if re.fullmatch(rf"({'|'.join(tables())})\.[a-z_]+", span)}
    files = {span for span in dotted if span.endswith((".md", ".py", ".html", ".toml", ".yaml", ".opml"))}
    assert dotted - files - known == set()
    assert set(re.findall(r"\bATALAYA_[A-Z_]*[A-Z]\b", found)) - variables - {"ATALAYA_KAFKA_PORT"} == set()
