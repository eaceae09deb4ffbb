"""The files under deploy/: they parse, and name only settings, commands and metrics that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY

from services import telemetry
from services.cli import app
from services.pipeline import STEPS
from services.settings import load
from tests.conftest import missing

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
COMPOSE = ("compose.yaml", "compose.single.yaml")
UNITS = ("atalaya.service", "atalaya@.service")
YAML = sorted(path.relative_to(DEPLOY).as_posix() for suffix in ("yaml", "yml") for path in DEPLOY.rglob(f"*.{suffix}"))
STAGES = {"poll", "fulltext", "tag", "match", "deliver"}


def services(name: str) -> dict[str, dict[str, Any]]:
    """The services of a compose file, merged."""
    found: dict[str, dict[str, Any]] = yaml.safe_load((DEPLOY / name).read_text())["services"]
    return found


def ours(name: str) -> dict[str, dict[str, Any]]:
    """Those that run Atalaya."""
    return {key: value for key, value in services(name).items() if value["image"].startswith("atalaya:")}


def plain(environment: dict[str, str]) -> dict[str, str]:
    """`${NAME:-default}` replaced by its default, as compose does when NAME is not set."""
    return {key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value) for key, value in environment.items()}


def image_environment() -> dict[str, str]:
    """What the Dockerfile sets in every container."""
    text = (DEPLOY / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.removeprefix("ENV ") for line in text.splitlines() if line.startswith("ENV ")]
    return dict(part.split("=", 1) for line in lines for part in line.split())


def unit_environment(name: str) -> dict[str, str]:
    """What a systemd unit sets."""
    lines = re.findall(r"^Environment=(.*)$", (DEPLOY / "systemd" / name).read_text(), re.M)
    return dict(part.split("=", 1) for line in lines for part in shlex.split(line))


@pytest.mark.parametrize("name", COMPOSE)
def test_no_container_keeps_its_lines_for_ever(name: str) -> None:
    """Docker sets no bound by itself."""
    found = {key: value.get("logging", {}).get("options", {}) for key, value in services(name).items()}
    assert [key for key, options in found.items() if not {"max-size", "max-file"} <= set(options)] == []


@pytest.mark.parametrize("name", YAML)
def test_yaml_parses(name: str) -> None:
    """Every YAML file under deploy/ is YAML with something in it."""
    assert yaml.safe_load((DEPLOY / name).read_text())


@pytest.mark.parametrize(("name", "service"), [(name, key) for name in COMPOSE for key in ours(name)])
def test_containers_set_settings_that_exist(name: str, service: str) -> None:
    """The settings' own reader takes every ATALAYA_* of a container, names and values."""
    wanted = image_environment() | plain(ours(name)[service]["environment"])
    settings = load(environ={key: value for key, value in wanted.items() if key.startswith("ATALAYA_")})
    assert settings.metrics.host == "0.0.0.0"
    assert settings.metrics.port == 8470
    assert str(settings.data) == "/data"


@pytest.mark.parametrize("name", UNITS)
def test_units_set_settings_that_exist(name: str) -> None:
    """The same for systemd, whose metrics stay on the loopback."""
    wanted = unit_environment(name)
    settings = load(environ={key: value for key, value in wanted.items() if key.startswith("ATALAYA_")})
    assert settings.metrics.host == "127.0.0.1"
    assert not settings.newsroom.enabled
    assert str(settings.data) == "/var/lib/atalaya"


def test_a_misspelt_setting_would_be_found() -> None:
    """The check above can fail."""
    with pytest.raises(ValueError, match="ATALAYA_STOER: there is no such setting"):
        load(environ={"ATALAYA_STOER": "redis://redis:6379/0"})


def test_the_full_shape() -> None:
    """Every stage is a service of its own, on Kafka and Redis, that can be scaled: no name, no port of its own."""
    found = ours("compose.yaml")
    assert {key for key, value in found.items() if "profiles" not in value} == STAGES
    for stage in STAGES:
        service = found[stage]
        assert service["command"] == ["run", stage]
        assert service["environment"]["ATALAYA_LOG"].startswith("kafka://kafka:")
        assert service["environment"]["ATALAYA_STORE"].startswith("redis://redis:")
        assert not {"container_name", "ports", "hostname"} & set(service)
        assert {each["condition"] for each in service["depends_on"].values()} == {"service_healthy"}


@pytest.mark.parametrize(("name", "service"), [(name, key) for name in COMPOSE for key in ours(name)])
def test_commands_exist(name: str, service: str) -> None:
    """Every container's command is one of the command line's, and every stage one of the pipeline's."""
    command, *rest = ours(name)[service]["command"]
    assert command in {each.name or getattr(each.callback, "__name__", "") for each in app.registered_commands}
    assert rest in ([], *([stage] for stage in (*STEPS, "newsroom")))
    assert set(STEPS) == STAGES


def test_the_newsroom_is_a_profile_and_off() -> None:
    """Who starts the full shape gets no invented news unless asked for."""
    found = ours("compose.yaml")
    assert found["newsroom"]["profiles"] == ["sample"]
    assert plain(found["poll"]["environment"])["ATALAYA_NEWSROOM_ENABLED"] == "false"
    for each in ("newsroom", "poll"):
        assert found[each]["environment"]["ATALAYA_NEWSROOM_HOST"] == "newsroom"


def test_redis_keeps_what_it_is_given() -> None:
    """Append-only file, synced every second, nothing evicted."""
    command = " ".join(services("compose.yaml")["redis"]["command"])
    for words in ("--appendonly yes", "--appendfsync everysec", "--maxmemory-policy noeviction"):
        assert words in command


@pytest.mark.parametrize("name", COMPOSE)
def test_containers_are_confined(name: str) -> None:
    """Capabilities dropped, no new privileges, ports on the loopback alone, pinned images, ours read-only."""
    for key, service in services(name).items():
        assert service["cap_drop"] == ["ALL"], key
        assert service["security_opt"] == ["no-new-privileges:true"], key
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", [])), key
        assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+\.\d+", service["image"]), key
    for key, service in ours(name).items():
        assert service["read_only"], key
        assert "/tmp" in service["tmpfs"], key


def test_the_image() -> None:
    """Pinned base, hashes required, two stages, not root, and a health check on the port that the settings name."""
    text = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^ARG PYTHON_IMAGE=python:3\.\d+\.\d+-slim-\w+$", text, re.M)
    assert text.count("\nFROM ${PYTHON_IMAGE}") == 2
    assert "--require-hashes" in text
    assert re.findall(r"^USER (.*)$", text, re.M) == ["10001:10001"]
    assert "127.0.0.1:8470/health/ready" in text
    assert text.index("USER ") < text.index("ENTRYPOINT ")


def test_what_the_image_copies_exists() -> None:
    """Every source of COPY is in the repository, and let through by the ignore file."""
    root = DEPLOY.parent
    allowed = {line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines() if line[:1] == "!"}
    for line in re.findall(r"^COPY (?!--from)(.*)$", (DEPLOY / "Dockerfile").read_text(), re.M):
        for source in line.split()[:-1]:
            assert (root / source).exists(), source
            assert source in allowed, source


@pytest.mark.parametrize("name", UNITS)
def test_units_are_hardened(name: str) -> None:
    """The directives that confine the service and let it stop in order."""
    lines = set((DEPLOY / "systemd" / name).read_text().splitlines())
    wanted = {
        "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes", "DynamicUser=yes",
        "StateDirectory=atalaya", "KillMode=mixed", "KillSignal=SIGTERM", "TimeoutStopSec=15",
        "Restart=on-failure", "RestartPreventExitStatus=2", "CapabilityBoundingSet=",
    }  # fmt: skip
    assert wanted <= lines


def expressions() -> list[str]:
    """Every expression of the alert rules."""
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.rules.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def test_alert_rules_use_metrics_that_exist() -> None:
    """Every atalaya_* name in a rule is declared in telemetry.py."""
    assert telemetry.LAG is not None  # the import declares the metrics
    declared = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    declared |= {metric.name for metric in REGISTRY.collect()}
    declared |= {f"{metric.name}_total" for metric in REGISTRY.collect() if metric.type == "counter"}
    used = {name for expression in expressions() for name in re.findall(r"\batalaya_\w+", expression)}
    assert used
    assert used <= declared, used - declared


def test_every_alert_is_explained() -> None:
    """docs/deploy.md says what to do about each alert."""
    text = (DEPLOY.parent / "docs/deploy.md").read_text()
    rules = (DEPLOY / "prometheus/alerts.rules.yml").read_text()
    names = re.findall(r"alert: (\w+)", rules)
    assert names
    assert not [name for name in names if f"`{name}`" not in text]


def run(tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a checker from the machine's packages, in deploy/."""
    binary = shutil.which(tool)
    if binary is None:
        missing(f"{tool} is not installed (Debian: apt-get install docker-compose prometheus systemd)")
    assert binary is not None
    return subprocess.run([binary, *arguments], cwd=DEPLOY, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("name", COMPOSE)
def test_compose_takes_the_files(name: str) -> None:
    """docker-compose itself reads them, every profile on."""
    checked = run("docker-compose", "-f", name, "--profile", "sample", "--profile", "monitoring", "config")
    assert checked.returncode == 0, checked.stderr


def test_promtool_takes_the_rules() -> None:
    """The configuration is valid, and each alert fires when it should and only then."""
    for config in ("prometheus.yml", "prometheus.compose.yml"):
        checked = run("promtool", "check", "config", f"prometheus/{config}")
        assert checked.returncode == 0, checked.stderr
    tested = run("promtool", "test", "rules", "prometheus/alerts.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("name", UNITS)
def test_systemd_takes_the_units(name: str, tmp_path: Path) -> None:
    """systemd-analyze finds no fault; paths that only an installed machine has are replaced first."""
    text = (DEPLOY / "systemd" / name).read_text()
    (tmp_path / name).write_text(text.replace("/opt/atalaya/.venv/bin/python", "/usr/bin/env"))
    checked = run("systemd-analyze", "verify", "--man=no", str(tmp_path / name))
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stderr
