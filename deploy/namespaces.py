"""A container without a container engine: namespaces of the kernel, by way of unshare, ip and setpriv.

Used by rehearse.py. Owns the isolation; does not know what runs in it. Everything is made inside a mount and a network
namespace of the caller's, so that nothing is left on the machine when that has ended.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple


class Container(NamedTuple):
    """What is started in a namespace of its own. `binds`: (source, target, writable)."""

    name: str
    service: str
    argv: list[str]
    environment: dict[str, str]
    user: int
    tmpfs: list[str]
    binds: list[tuple[Path, str, bool]]
    read_only: bool
    address: str = ""


def sh(*words: object) -> str:
    """Runs a command that must succeed; what it printed."""
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def network(started: list[Container]) -> str:
    """A bridge, a namespace and an address for each; the hosts file that gives services their names."""
    sh("ip", "link", "set", "lo", "up")
    sh("mount", "-t", "tmpfs", "none", "/run/netns")
    sh("ip", "link", "add", "br0", "type", "bridge")
    sh("ip", "link", "set", "br0", "up")
    hosts = ["127.0.0.1 localhost"]
    for number, each in enumerate(started):
        link = f"veth{number}"
        sh("ip", "netns", "add", each.name)
        sh("ip", "link", "add", link, "type", "veth", "peer", "name", "eth0", "netns", each.name)
        sh("ip", "link", "set", link, "master", "br0", "up")
        sh("ip", "-n", each.name, "addr", "add", f"{each.address}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            sh("ip", "-n", each.name, "link", "set", device, "up")
        hosts.append(f"{each.address} {each.name}")
    return "\n".join(hosts) + "\n"


def mounts(each: Container, root: Path, hosts: Path) -> Iterator[str]:
    """The commands that make the container's root file system."""
    yield "mount --make-rprivate /"
    yield f"mount -t tmpfs none {root}"
    for name in ("usr", "bin", "sbin", "lib", "lib64", "etc"):
        place = Path("/") / name
        if place.is_symlink():
            yield f"ln -s {place.readlink()} {root}/{name}"
        elif place.exists():
            yield from bind(place, f"{root}/{name}", writable=False)
    yield f"mount --bind {hosts} {root}/etc/hosts"
    yield f"mkdir {root}/proc && mount -t proc proc {root}/proc"
    yield from bind(Path("/dev"), f"{root}/dev", writable=True)
    for source, target, writable in each.binds:
        yield from bind(source, f"{root}{target}", writable=writable)
    for told in each.tmpfs:
        target, _, options = told.partition(":")
        yield f"mkdir -p {root}{target} && mount -t tmpfs -o {options or 'mode=1777'} none {root}{target}"
    if each.read_only:
        yield f"mount -o remount,ro {root}"


def bind(source: Path, target: str, *, writable: bool) -> Iterator[str]:
    """The commands that show `source` at `target`."""
    yield f"mkdir -p {target} && mount --bind {source} {target}"
    if not writable:
        yield f"mount -o remount,ro,bind {target}"


def start(each: Container, work: Path, hosts: Path) -> subprocess.Popen[bytes]:
    """Starts a container; its output is in `work`/NAME.log."""
    root = work / f"{each.name}-root"
    root.mkdir()
    confine = "--clear-groups --bounding-set=-all --inh-caps=-all --no-new-privs"
    environment = shlex.join(f"{key}={value}" for key, value in each.environment.items())
    script = " && ".join(
        [
            f"hostname {each.name}",
            *mounts(each, root, hosts),
            f"exec env -i {environment} /usr/sbin/chroot {root} /usr/bin/setpriv --reuid {each.user} "
            f"--regid {each.user} {confine} sh -c 'cd /app 2>/dev/null; exec \"$@\"' sh {shlex.join(each.argv)}",
        ]
    )
    namespaces = ["unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child"]
    with (work / f"{each.name}.log").open("wb") as output:
        command = ["ip", "netns", "exec", each.name, *namespaces, "sh", "-c", script]
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


def stop(process: subprocess.Popen[bytes]) -> tuple[int, float]:
    """SIGTERM to the container's first process; its status and the seconds that it took."""
    inner = process.pid
    while children := Path(f"/proc/{inner}/task/{inner}/children").read_text().split():
        inner = int(children[0])
        if Path(f"/proc/{inner}/status").read_text().split("NSpid:")[1].split("\n")[0].split()[-1] == "1":
            break
    began = time.monotonic()
    os.kill(inner, signal.SIGTERM)
    return process.wait(60), time.monotonic() - began


def inside(name: str, *command: str) -> str:
    """What a command prints in a container's network."""
    done = subprocess.run(["ip", "netns", "exec", name, *command], capture_output=True, text=True, check=False)
    return done.stdout
