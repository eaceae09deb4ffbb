"""Runs the services of a compose file by hand, where there is no Docker: how `docs/deploy.md` knows what it claims.

    make install kafka      # the broker's jars; compose.single.yaml needs none
    sudo .venv/bin/python deploy/rehearse.py deploy/compose.yaml --scale poll=2 --scale tag=2

Each service gets its own network, process, host name and mount namespaces, the environment and the command of the
file, a read-only root made of this machine's /usr, the file's tmpfs, the image's user, no capabilities and no new
privileges. The "image" is a virtual environment made as the Dockerfile makes it. The broker is configured by the
class that the official image uses; Valkey is the wheel's. Needs root, util-linux, iproute2, curl and, for the
broker, Java 17. Does not rehearse Docker's networks, volumes and health checks, nor the images' entry points.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from namespaces import Container, inside, network, sh, start, stop

ROOT = Path(__file__).resolve().parent.parent
JARS = ROOT / ".cache/kafka/jars"
PYTHON = "/usr/bin/python3"  # of the system: the rehearsal's root holds nothing else
READY = "http://127.0.0.1:8470/health/ready"
USERS = {"atalaya": 10001, "valkey/valkey": 999, "apache/kafka": 1000}


def build_image(work: Path) -> None:
    """The Dockerfile's build stage, in `work`/venv and `work`/app."""
    sh(PYTHON, "-m", "venv", "--copies", work / "venv")
    pip = [work / "venv/bin/pip", "--disable-pip-version-check", "-q"]
    sh(*pip, "install", "--require-hashes", "--only-binary=:all:", "-r", ROOT / "requirements.txt")
    sh(*pip, "uninstall", "--yes", "pip", "setuptools")
    for folder in ("services", "config"):
        shutil.copytree(ROOT / folder, work / "app" / folder)
    sh(work / "venv/bin/python", "-m", "compileall", "-q", work / "venv/lib", work / "app/services")


def image_environment() -> dict[str, str]:
    """The ENV lines of the Dockerfile."""
    text = (ROOT / "deploy/Dockerfile").read_text().replace("\\\n", " ")
    lines = [line.removeprefix("ENV ") for line in text.splitlines() if line.startswith("ENV ")]
    pairs = dict(part.split("=", 1) for line in lines for part in line.split())
    return pairs | {"PATH": "/venv/bin:/usr/bin:/bin"}


def fill(value: object) -> str:
    """`${NAME:-default}` as compose fills it, with the sample newsroom on."""
    given = {"ATALAYA_NEWSROOM_ENABLED": "true"} | dict(os.environ)
    return re.sub(r"\$\{(\w+):-([^}]*)\}", lambda found: given.get(found[1], found[2]), str(value))


def containers(services: dict[str, Any], scale: dict[str, int], work: Path) -> Iterator[Container]:
    """One for each service and copy, the servers first; Prometheus is left out."""
    free = itertools.count(10)
    for image, make in (("valkey/valkey", valkey), ("apache/kafka", kafka), ("atalaya", ours)):
        for service, told in services.items():
            if told["image"].partition(":")[0] == image:
                for number in range(1, scale.get(service, 1) + 1):
                    name = service if number == 1 else f"{service}-{number}"
                    yield make(name, service, told, work)._replace(address=f"10.9.0.{next(free)}")


def ours(name: str, service: str, told: dict[str, Any], work: Path) -> Container:
    """A container of the project's image."""
    environment = image_environment() | {key: fill(value) for key, value in told["environment"].items()}
    binds = [(work / "venv", "/venv", False), (work / "app", "/app", False)]
    if any(volume.endswith(":/data") for volume in told["volumes"]):
        binds.append((folder(work / f"{name}-data", USERS["atalaya"]), "/data", True))
    command = ["python", "-m", "services", *told["command"]]
    return Container(name, service, command, environment, USERS["atalaya"], told["tmpfs"], binds, told["read_only"])


def valkey(name: str, service: str, told: dict[str, Any], work: Path) -> Container:
    """The wheel's server with the arguments of the file."""
    (binary,) = (work / "venv").rglob("valkey-server")
    data = (folder(work / f"{name}-data", USERS["valkey/valkey"]), "/data", True)
    argv = [f"/venv/{binary.relative_to(work / 'venv')}", *told["command"][1:], "--dir", "/data"]
    binds = [(work / "venv", "/venv", False), data]
    return Container(name, service, argv, {"PATH": "/usr/bin"}, USERS["valkey/valkey"], [], binds, True)


def kafka(name: str, service: str, told: dict[str, Any], work: Path) -> Container:
    """The jars of `make kafka`, configured from the environment as the official image does it."""
    user = USERS["apache/kafka"]
    places = folder(work / "kafka-config", user)
    for each in ("default", "mounted", "final"):
        folder(places / each, user)
    (places / "default/server.properties").write_text("process.roles=broker,controller\n")
    for each in ("log4j2.yaml", "tools-log4j2.yaml"):
        (places / "default" / each).write_text(LOGGING)
    flags = " ".join(f"--{each}-configs-dir /c/{each}" for each in ("default", "mounted", "final"))
    script = (
        f'java -cp "/jars/*" kafka.docker.KafkaDockerWrapper setup {flags} && '
        'exec java $KAFKA_HEAP_OPTS -cp "/jars/*" kafka.Kafka /c/final/server.properties'
    )
    environment = {key: str(value) for key, value in told["environment"].items()} | {"PATH": "/usr/bin:/bin"}
    data = (folder(work / f"{name}-data", user), environment["KAFKA_LOG_DIRS"], True)
    binds = [(JARS, "/jars", False), (places, "/c", True), data]
    return Container(name, service, ["sh", "-c", script], environment, user, ["/tmp"], binds, False)


LOGGING = """\
Configuration:
  Properties: {Property: []}
  Appenders: {Console: {name: STDOUT}}
  Loggers: {Root: {level: INFO, AppenderRef: [{ref: STDOUT}]}}
"""


def folder(path: Path, user: int) -> Path:
    """A new folder that belongs to this user."""
    path.mkdir(mode=0o750)
    os.chown(path, user, user)
    return path


def wait(each: Container, process: subprocess.Popen[bytes], work: Path) -> None:
    """Returns when it is ready; ends the rehearsal when it has ended, or is not ready within a minute."""
    began = time.monotonic()
    while not is_ready(each, work):
        if process.poll() is not None or time.monotonic() - began > 60:
            said = (work / f"{each.name}.log").read_text()[-3000:]
            sys.exit(f"{each.name} is not ready (status {process.poll()}):\n{said}")
        time.sleep(0.1)
    print(f"{each.name}: ready after {time.monotonic() - began:.1f} s")


def is_ready(each: Container, work: Path) -> bool:
    """What the container's health check asks."""
    said = {"redis": "Ready to accept connections", "kafka": "Kafka Server started"}.get(each.service)
    if said:
        return said in (work / f"{each.name}.log").read_text()
    address = f"http://{each.address}:8490/" if each.service == "newsroom" else READY
    return inside(each.name, "curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", address) == "200"


def report(each: Container) -> None:
    """The counts of a stage."""
    wanted = re.compile(r"atalaya_(articles_total|lag_records|deliveries_total|latched)\b")
    lines = inside(each.name, "curl", "-s", "-m", "5", READY.replace("/health/ready", "/metrics")).splitlines()
    for line in lines:
        if wanted.match(line):
            print(f"{each.name}: {line}")


def rehearse(file: Path, scale: dict[str, int], seconds: float, work: Path) -> int:
    """Starts everything, looks, stops everything; 0 when every container of ours stopped with status 0."""
    started = list(containers(yaml.safe_load(file.read_text())["services"], scale, work))
    hosts = work / "hosts"
    hosts.write_text(network(started))
    hosts.chmod(0o644)
    running: list[tuple[Container, subprocess.Popen[bytes]]] = []
    try:
        for each in started:
            running.append((each, start(each, work, hosts)))
            if each.user != USERS["atalaya"]:
                wait(*running[-1], work)
        for each, process in running:
            wait(each, process, work)
        time.sleep(seconds)
        for each, _ in running:
            report(each)
    finally:
        statuses = [stop_and_tell(each, process, work) for each, process in reversed(running)]
    return int(any(statuses))


def stop_and_tell(each: Container, process: subprocess.Popen[bytes], work: Path) -> int:
    """Stops a container; the status that counts: a broker's 143 is its way to say that it was told to."""
    errors = [line for line in (work / f"{each.name}.log").read_text().splitlines() if '"level": "error"' in line]
    print(*(f"{each.name}: {line}" for line in errors[:3]), sep="\n", end="\n" * bool(errors))
    status, took = stop(process) if process.poll() is None else (process.returncode, 0.0)
    print(f"{each.name}: stopped with status {status} after {took:.1f} s")
    return status if each.user == USERS["atalaya"] else 0


def main() -> int:
    """Makes the image, then goes on in namespaces of its own, so that nothing of the machine is changed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--scale", action="append", default=[], metavar="SERVICE=NUMBER")
    parser.add_argument("--seconds", type=float, default=45.0, help="how long everything runs")
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.inside:
        scale = {service: int(number) for service, _, number in (each.partition("=") for each in told.scale)}
        return rehearse(told.file, scale, told.seconds, told.inside)
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as work:
        Path(work).chmod(0o755)
        build_image(Path(work))
        command = ["unshare", "--net", "--mount", sys.executable, *sys.argv, "--inside", work]
        return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
