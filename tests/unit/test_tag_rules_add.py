"""A sentence becomes an example: one line more, all else as it was; or a refusal, and nothing changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services.tag.rulefile import RuleFileError
from services.tag.rules_add import Place, add_example
from services.tag.topics import load
from tests.unit.tagging import CONFIG, tagger

LITHIUM = "Chile raised its lithium output."
Add = Callable[..., Place]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The project's topics and areas, to write into."""
    for folder in ("topics", "areas"):
        shutil.copytree(CONFIG / folder, tmp_path / folder)
    return tmp_path


@pytest.fixture
def add(config: Path) -> Add:
    """`add_example` on that folder, under the project's rules."""

    def call(topic: str, lang: str, text: str, *, wanted: bool = True) -> Place:
        return add_example(config, tagger(), topic, lang, text, wanted=wanted)

    return call


def added(before: str, after: str) -> list[str]:
    """The lines of `after` that are not in `before`; the others must be the same, in the same order."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    extra = []
    while new:
        if old and new[0] == old[0]:
            old.pop(0)
        else:
            extra.append(new[0])
        new.pop(0)
    assert not old
    return extra


def test_a_sentence_is_one_line_more_and_comments_stay(config: Path, add: Add) -> None:
    path = config / "topics" / "lithium.yaml"
    text = "# why this file is here\n" + path.read_text(encoding="utf-8").replace("en:\n", "en: # the third\n")
    path.write_text(text, encoding="utf-8")
    place = add("lithium", "en", "  Chile  raised its\nlithium output. ")
    after = path.read_text(encoding="utf-8")
    assert added(text, after) == [f"    {LITHIUM}\n"]
    assert after.splitlines()[place.line - 1].strip() == LITHIUM
    example = next(each for topic in load(config) for each in topic.examples if each.text == LITHIUM)
    assert (example.lang, example.wanted, example.line) == ("en", True, place.line)


def test_a_counter_example_goes_to_its_own_language(config: Path, add: Add) -> None:
    """Also where that language has no such block and a later one has."""
    path = config / "topics" / "lithium.yaml"
    text = path.read_text(encoding="utf-8")
    start = text.index("  counter: |", text.index("\nes:"))
    text = text[:start] + text[text.index("pt:\n") :]
    path.write_text(text, encoding="utf-8")
    add("lithium", "es", "Hoy llueve en la costa.", wanted=False)
    assert added(text, path.read_text(encoding="utf-8")) == ["  counter: |\n", "    Hoy llueve en la costa.\n"]
    found = [each for topic in load(config) for each in topic.examples if each.text == "Hoy llueve en la costa."]
    assert [(each.lang, each.wanted) for each in found] == [("es", False)]


def test_line_ends_of_another_system_stay(config: Path, add: Add) -> None:
    path = config / "topics" / "lithium.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    add("lithium", "en", LITHIUM)
    assert f"    {LITHIUM}\r\n".encode() in path.read_bytes()
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n")


def test_an_area_takes_counter_examples_too(config: Path, add: Add) -> None:
    place = add("security", "en", "The bakery opens at seven.", wanted=False)
    assert place.path == config / "areas" / "security.yaml"
    assert "    The bakery opens at seven.\n" in place.path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("topic", "lang", "text", "wanted", "said"),
    [
        ("lithium", "en", LITHIUM, False, "the rules find lithium in"),
        ("lithium", "en", "Rain fell on the coast.", True, "do not find lithium in .* it has: no topic. Nothing was"),
        ("gnomes", "en", "Gnomes met.", True, "no such topic; there are: armed-groups"),
        ("lithium", "fr", "Le Chili produit du lithium.", True, "no such language; one of es, pt, en"),
        ("lithium", "en", "  ", True, "a sentence is wanted"),
        ("lithium", "en", "# lithium output rose", True, "a sentence is wanted"),
    ],
)
def test_what_is_refused_changes_nothing(
    config: Path, add: Add, topic: str, lang: str, text: str, wanted: bool, said: str
) -> None:
    before = {path: path.read_bytes() for path in config.rglob("*") if path.is_file()}
    with pytest.raises(RuleFileError, match=said):
        add(topic, lang, text, wanted=wanted)
    assert {path: path.read_bytes() for path in config.rglob("*") if path.is_file()} == before


def test_the_same_sentence_twice_is_refused_with_its_line(add: Add) -> None:
    place = add("lithium", "en", LITHIUM)
    with pytest.raises(RuleFileError, match=rf"line {place.line}, en.examples: this sentence stands there already"):
        add("lithium", "en", LITHIUM)
