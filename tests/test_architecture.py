"""The house stands as ARCHITECTURE.md says; and the checker finds each kind of breach when one is planted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import CARRIERS, CLIENTS, DATA_OF_PORTS, ENVIRONMENT, FLOORS, faults

PACKAGE = Path(__file__).resolve().parent.parent / "services"

HOUSE = {
    "__init__.py": "",
    "model/__init__.py": "",
    "model/article.py": "import msgspec",
    "settings/__init__.py": "from house.settings.reading import load",
    "settings/reading.py": "import os\n\nload = os.environ",
    "log/__init__.py": "",
    "log/base.py": "from house.model.article import msgspec",
    "log/streams.py": "import redis\nfrom house.log.base import msgspec",
    "log/connect.py": "def connect():\n    from house.log import streams",
    "store/__init__.py": "",
    "store/base.py": "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from house.store.feeds import x",
    "store/feeds.py": "from house.store.base import y",
    "worker.py": "from house.log.base import msgspec",
    "tag/__init__.py": "",
    "tag/stage.py": "from house.log.base import msgspec\nfrom house.tag.text import fold",
    "tag/text.py": "from house.model.article import msgspec\nimport random\n\nchance = random.Random(1)",
    "match/__init__.py": "",
    "match/stage.py": "import time\nfrom house.store.base import y",
    "pipeline.py": "def build():\n    from house.tag.stage import fold",
    "cli.py": "from house.pipeline import build",
}
"""A small house without a fault."""

PLANTED = {
    "a port that imports the pipeline": ("log/base.py", "from house.pipeline import build", "from a floor above"),
    "the model that imports the settings": ("model/article.py", "import house.settings", "from a floor above"),
    "an upward import inside a function": (
        "worker.py",
        "def run():\n    from house.tag import stage",
        "from a floor above",
    ),
    "an upward import for a type": (
        "worker.py",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.cli import main",
        "from a floor above",
    ),
    "an upward import from a package": ("worker.py", "from house import cli", "from a floor above"),
    "an upward relative import": ("log/base.py", "from ..pipeline import build", "from a floor above"),
    "a stage that imports a stage": ("match/stage.py", "from house.tag.text import fold", "imports the stage tag"),
    "a port that imports a port": ("store/feeds.py", "import house.log.base", "imports the port log"),
    "a pure file that touches a port": ("tag/text.py", "from house.log.base import msgspec", "touch ports"),
    "a pure file that opens sockets": ("tag/text.py", "import socket", "a pure file is handed what it needs"),
    "a pure file that asks the clock": (
        "tag/text.py",
        "import datetime\n\ndef age():\n    return datetime.datetime.now()",
        "`now` is passed in",
    ),
    "a pure file that asks chance": ("tag/text.py", "import random\n\nx = random.random()", "asks chance"),
    "an adapter taken past connect": ("pipeline.py", "from house.log.streams import redis", "use log.connect"),
    "redis outside its adapters": ("match/stage.py", "import redis", "that is for log/streams*.py"),
    "a part of redis outside its adapters": ("worker.py", "from redis.backoff import NoBackoff", "that is for"),
    "kafka in the streams adapter": ("log/streams.py", "import kafka.errors", "that is for log/kafka*.py"),
    "the environment elsewhere": ("worker.py", "import os\n\nx = os.environ['X']", "reads the environment"),
    "the environment by name": ("worker.py", "from os import getenv", "reads the environment"),
    "two files that import each other": ("log/base.py", "from house.log import streams", "an import circle"),
    "a circle through a function": ("log/streams.py", "def late():\n    import house.log.connect", "an import circle"),
}


def build(root: Path, files: dict[str, str]) -> Path:
    """The files as a package."""
    for name, text in files.items():
        path = root / "house" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root / "house"


def test_the_house_has_no_fault() -> None:
    """Each line is a file, a line and the rule; ARCHITECTURE.md says why the rules are there."""
    assert faults(PACKAGE) == []


def test_a_house_without_faults_has_none(tmp_path: Path) -> None:
    assert faults(build(tmp_path, HOUSE)) == []


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_breach_is_found_and_nothing_else(tmp_path: Path, name: str) -> None:
    file, text, expected = PLANTED[name]
    found = faults(build(tmp_path, HOUSE | {file: f"{HOUSE[file]}\n{text}"}))
    assert any(expected in fault for fault in found), found
    assert all(fault.startswith(file) or "circle" in fault for fault in found), found


def test_a_new_folder_must_be_given_a_floor(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="add it to FLOORS"):
        faults(build(tmp_path, HOUSE | {"attic/__init__.py": "", "attic/box.py": "import house.model.article"}))


def test_the_lists_name_what_is_there() -> None:
    """An exception for a file that is gone would let a new one of that name through."""
    files = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    patterns = [*CARRIERS, *ENVIRONMENT, *(file for file, _ in DATA_OF_PORTS)]
    patterns += [pattern for allowed in CLIENTS.values() for pattern in allowed]
    assert [each for each in patterns if not any(file.match(each) for file in files)] == []
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()}
    later = {"web"}  # has its place before it is built
    named = {each for floor in FLOORS for each in floor if "*" not in each and each}
    assert named - parts - later == set()
