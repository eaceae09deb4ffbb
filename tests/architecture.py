"""The house rules about imports, as a checker: reads a package's sources with `ast` and runs none of them.

What counts as an import: every `import` and `from … import`, at the top of a file or inside a function, since an
import that waits until it is needed is knowledge of the other file all the same. One under `if TYPE_CHECKING:` counts
for the direction too (a type from above is knowledge of what is above), but not for circles: it is never run, and
`store/base.py` may name the types of the ports that it gathers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

FLOORS: tuple[tuple[str, ...], ...] = (
    ("model",),
    ("settings", "telemetry", "stage", ""),  # names, counters, the stage contract; "" is the package: its version
    ("log", "store", "http", "channels"),  # the ports
    (
        "worker",
        "decoding",
        "looking_back",
        "dead_letter_box",
        "process",
        "children",
        "footprint",
        "health",
        "watch",
        "render",
        "embedded",
    ),
    ("poll", "fulltext", "tag", "match", "deliver", "web", "newsroom"),  # stages, and what stands beside them
    ("pipeline", "startup", "reporter", "runner", "supervisor"),
    ("cli", "cli_*", "__main__", "bench"),
)
"""From the ground up. A file imports from its own floor or from below, never from above."""

STAGES = ("poll", "fulltext", "tag", "match", "deliver")
PORTS = ("log", "store", "http", "channels")

CARRIERS = {
    "stage.py": "the stage: carries between its pure siblings and the ports",
    "source.py": "where a stage's items come from when that is no topic",
    "build.py": "puts a stage's parts together from the settings",
    "live.py": "rules at work: looks at files by the clock",
    "parsers.py": "starts, feeds and kills the parser children",
    "extractors.py": "the same for the children that read article pages",
    "fetching.py": "one article page: robots.txt, its host's moment, the request",
    "pushing.py": "subscribes to hubs and listens to them",
    "pack.py": "feeds on disk: looks at files by the clock",
    "check.py": "asks each feed once, for `atalaya feeds check`",
    "*_cli.py": "what a command does, on a store that it is handed",
}
"""Files of a stage's folder that may touch ports, clock and processes. All others are pure."""

DATA_OF_PORTS = {
    ("deliver/retry.py", "channels.base"): "Outcome, the record of an attempt: data without behaviour",
    ("poll/fetched.py", "http.base"): "Answer, the record of a request",
    ("poll/fetched.py", "store.feeds"): "Leased, the record of a lease",
}
"""What a pure file may import from a port all the same."""

SIDEWAYS = {
    ("channels", "http"): "a webhook is sent through the http port, so that its address is checked there",
}
"""The one case of a port that uses another."""

IMPURE = frozenset(
    "asyncio http.client http.server multiprocessing secrets select selectors signal socket ssl subprocess threading "
    "time urllib.request uuid".split()
)
"""Modules that a pure file of a stage does without."""

CLIENTS: dict[str, tuple[str, ...]] = {
    "redis": ("log/streams*.py", "store/redis/*.py", "embedded.py"),
    "kafka": ("log/kafka*.py",),
    "aiohttp": ("http/*.py",),
    "feedparser": ("poll/parse.py",),  # run in the parser child only
    "trafilatura": ("fulltext/extract.py",),  # run in the extractor child only
    "lxml": ("fulltext/extract.py",),
    "protego": ("http/robots.py",),
    "hyperscan": ("tag/engine.py",),
    "ahocorasick_rs": ("tag/engine.py",),
    "py3langid": ("tag/language.py",),
    "prometheus_client": ("telemetry.py", "health.py"),
    "structlog": ("telemetry.py",),
    "typer": ("cli.py", "cli_*.py"),
    "subprocess": ("embedded.py", "supervisor.py", "children.py", "poll/parsers.py"),
}
"""A client library → the files that may import it. `bench/` may import any: it measures the bare client."""

ENVIRONMENT = {
    "settings/reading.py": "the one reader of the environment",
    "supervisor.py": "hands its own environment on to the workers, and honours NO_COLOR (https://no-color.org)",
    "bench/*.py": "hand their own environment on to the processes that they measure",
}


class Import(NamedTuple):
    """One import of one file. `names`: what is taken from the module; `typing_only`: under TYPE_CHECKING."""

    file: str  # relative to the package, with slashes
    line: int
    module: str
    names: tuple[str, ...]
    typing_only: bool


def faults(package: Path) -> list[str]:
    """Every breach in the package's folder, one line each: file, line, rule."""
    found: list[str] = []
    imports: list[Import] = []
    for path in sorted(package.rglob("*.py")):
        file = path.relative_to(package).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
        own = list(_imports(file, tree, package))
        imports += own
        found += [*_direction(own, package.name), *_stages(own, package.name), *_adapters(own, package.name)]
        found += [*_clients(own), *_environment(file, tree), *_clock(file, tree)]
    return found + _circles(imports, package)


def floor(part: str) -> int:
    """The floor of a top-level file or folder; `KeyError` when it has none yet: give it one above."""
    for number, parts in enumerate(FLOORS):
        if any(Path(part).match(each) if each else not part for each in parts):
            return number
    raise KeyError(f"{part!r} is on no floor; add it to FLOORS in {__name__}")


def part_of(file: str) -> str:
    """The top-level file or folder that a file is in: "poll", "worker"; "" for the package itself."""
    first = file.partition("/")[0].removesuffix(".py")
    return "" if first == "__init__" else first


def _imports(file: str, tree: ast.AST, package: Path) -> Iterator[Import]:
    only = {
        id(below)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")
        for below in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for each in node.names:
                yield Import(file, node.lineno, each.name, (), id(node) in only)
        elif isinstance(node, ast.ImportFrom):
            yield from _from(file, node, package, id(node) in only)


def _from(file: str, node: ast.ImportFrom, package: Path, typing_only: bool) -> Iterator[Import]:
    """`from a import b` imports the module a.b when there is one, else a."""
    module = node.module or ""
    if node.level:
        base = [package.name, *file.split("/")[: -node.level]]
        module = ".".join([*base, module] if module else base)
    names = tuple(each.name for each in node.names)
    inner = [name for name in names if _file_of(f"{module}.{name}", package)]
    for name in inner:
        yield Import(file, node.lineno, f"{module}.{name}", (), typing_only)
    if len(inner) < len(names):
        yield Import(file, node.lineno, module, tuple(name for name in names if name not in inner), typing_only)


def _file_of(module: str, package: Path) -> str:
    """The package's file that holds a module, relative; empty when it is not one of ours."""
    if module != package.name and not module.startswith(package.name + "."):
        return ""
    inside = module.removeprefix(package.name).lstrip(".").replace(".", "/")
    for candidate in (f"{inside}.py", f"{inside}/__init__.py" if inside else "__init__.py"):
        if (package / candidate).is_file():
            return candidate
    return ""


def _ours(each: Import, package: str) -> str | None:
    """The imported module without the package's name; None for another's."""
    if each.module == package:
        return ""
    return each.module.removeprefix(package + ".") if each.module.startswith(package + ".") else None


def _direction(imports: Iterable[Import], package: str) -> Iterator[str]:
    for each in imports:
        inner = _ours(each, package)
        if inner is None:
            continue
        own, other = part_of(each.file), inner.partition(".")[0]
        if floor(other) > floor(own):
            yield f"{each.file}:{each.line}: imports {each.module} from a floor above"
        if own != other and own in STAGES and other in STAGES:
            yield f"{each.file}:{each.line}: the stage {own} imports the stage {other}"
        if own != other and own in PORTS and other in PORTS and (own, other) not in SIDEWAYS:
            yield f"{each.file}:{each.line}: the port {own} imports the port {other}"


def _stages(imports: Iterable[Import], package: str) -> Iterator[str]:
    """Only the carriers of a stage's folder touch ports; only they know clock, chance, sockets and processes."""
    for each in imports:
        if not _pure(each.file):
            continue
        inner = _ours(each, package)
        if inner is not None and inner.partition(".")[0] in PORTS and (each.file, inner) not in DATA_OF_PORTS:
            yield f"{each.file}:{each.line}: imports {each.module}; only {', '.join(CARRIERS)} touch ports"
        if inner is None and each.module in IMPURE:
            yield f"{each.file}:{each.line}: imports {each.module}; a pure file is handed what it needs"


def _pure(file: str) -> bool:
    return part_of(file) in STAGES and "/build/" not in file and not any(Path(file).match(each) for each in CARRIERS)


def _adapters(imports: Iterable[Import], package: str) -> Iterator[str]:
    """An adapter of log or store is imported by its own port's files only, where `connect` chooses it."""
    for each in imports:
        inner = _ours(each, package) or ""
        port = inner.partition(".")[0]
        adapter = inner.startswith(("log.memory", "log.streams", "log.kafka", "store.memory", "store.redis"))
        if adapter and part_of(each.file) != port and not each.file.startswith("bench/"):
            yield f"{each.file}:{each.line}: imports the adapter {each.module}; use {port}.connect"


def _clients(imports: Iterable[Import]) -> Iterator[str]:
    for each in imports:
        allowed = CLIENTS.get(each.module.partition(".")[0])
        if allowed is None or each.file.startswith("bench/"):
            continue
        if not any(Path(each.file).match(pattern) for pattern in allowed):
            yield f"{each.file}:{each.line}: imports {each.module}; that is for {', '.join(allowed)}"


def _environment(file: str, tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        named = isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "putenv")
        taken = isinstance(node, ast.ImportFrom) and node.module == "os" and node.names[0].name in ("environ", "getenv")
        if (named or taken) and not any(Path(file).match(each) for each in ENVIRONMENT):
            yield f"{file}:{node.lineno}: reads the environment; only {', '.join(ENVIRONMENT)} do"  # type: ignore[attr-defined]


def _clock(file: str, tree: ast.AST) -> Iterator[str]:
    """`datetime.now()` and its like in a pure file, and chance without a seed: both are passed in."""
    if not _pure(file):
        return
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        called = ast.unparse(node.func)
        if node.func.attr in ("now", "utcnow", "today") and not called.startswith("self"):
            yield f"{file}:{node.lineno}: asks the clock ({called}); `now` is passed in"
        if called.startswith("random.") and called != "random.Random":
            yield f"{file}:{node.lineno}: asks chance ({called}); a seeded random.Random is passed in or made"


def _circles(imports: Iterable[Import], package: Path) -> list[str]:
    edges: dict[str, set[str]] = {}
    for each in imports:
        target = _file_of(each.module, package)
        if target and target != each.file and not each.typing_only:
            edges.setdefault(each.file, set()).add(target)
    return [f"{' → '.join([*circle, circle[0]])}: an import circle" for circle in _loops(edges)]


def _loops(edges: dict[str, set[str]]) -> list[list[str]]:
    """One circle for every group of files that reach each other (depth-first, back edges)."""
    found: list[list[str]] = []
    done: set[str] = set()

    def walk(file: str, path: list[str]) -> None:
        if file in path:
            found.append(path[path.index(file) :])
            return
        if file in done:
            return
        done.add(file)
        for target in sorted(edges.get(file, ())):
            walk(target, [*path, file])

    for file in sorted(edges):
        walk(file, [])
    return found
