"""The analysts' tools: what they say, and the status they end with."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from services.tag import rules_cli
from services.tag.rulefile import RuleFileError
from tests.unit.tagging import CONFIG, kept


@pytest.fixture
def config(tmp_path: Path) -> Path:
    shutil.copytree(CONFIG, tmp_path / "config", ignore=shutil.ignore_patterns("feeds*"))
    return tmp_path / "config"


def console() -> tuple[Console, io.StringIO]:
    out = io.StringIO()
    return Console(file=out, width=200), out


def test_check_counts_what_there_is() -> None:
    shown, out = console()
    assert rules_cli.check(CONFIG, kept(), shown) == 0
    assert "illegal-mining" in out.getvalue()
    assert "All examples hold." in out.getvalue()


def test_check_says_where_a_file_is_wrong(config: Path) -> None:
    path = config / "topics" / "lithium.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("area: mining", "area: metal"), encoding="utf-8")
    shown, out = console()
    assert rules_cli.check(config, kept(), shown) == 1
    assert "lithium.yaml, line 2, area: `metal` is no area" in out.getvalue()


def test_try_shows_matches_and_why() -> None:
    shown, out = console()
    sentence = "Bolivia y Chile combaten la minería ilegal; la minería de datos no cuenta."
    assert rules_cli.try_text(sentence, CONFIG, kept(), shown, "es") == 0
    text = out.getvalue()
    assert sentence in text
    assert "mining 0.9" in text
    assert "strong sentences +" in text
    assert "illegal-mining/es/strong/" in text
    assert "Blocked" in text


def test_try_colours_what_it_found() -> None:
    out = io.StringIO()
    shown = Console(file=out, width=200, force_terminal=True, color_system="standard")
    rules_cli.try_text("Crece la minería ilegal.", CONFIG, kept(), shown, "es")
    assert "\x1b[" in out.getvalue().splitlines()[0]


def test_try_says_when_there_is_nothing() -> None:
    shown, out = console()
    assert rules_cli.try_text("Llueve en la costa y hace frío en la sierra.", CONFIG, kept(), shown) == 0
    assert "No topic" in out.getvalue()


def test_try_refuses_another_language() -> None:
    shown, out = console()
    assert rules_cli.try_text("Le président a signé un accord avec la ville de Lyon", CONFIG, kept(), shown) == 1
    assert "The language is `fr`" in out.getvalue()


def test_diff_lists_gains_and_losses(config: Path) -> None:
    path = config / "topics" / "lithium.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("en:\n  strong: |\n", "en:\n  strong: |\n    white petroleum\n"), encoding="utf-8")
    shutil.rmtree(config / "topics" / "none", ignore_errors=True)
    (config / "topics" / "copper.yaml").unlink()
    articles = [
        json.dumps({"id": "g", "title": "White petroleum draws miners to the salt flat", "text": "", "lang": "en"}),
        json.dumps({"id": "l", "title": "La producción de cobre creció", "text": "", "lang": "es"}),
        json.dumps({"id": "s", "title": "Rain in the city", "text": "", "lang": "en"}),
    ]
    shown, out = console()
    assert rules_cli.diff(CONFIG, config, articles, kept(), shown) == 0
    said = out.getvalue()
    assert "+lithium" in said
    assert "-copper" in said
    assert "2 articles change" in said
    assert "Rain in the city" not in said


def test_examples_tell_what_holds(config: Path) -> None:
    path = config / "topics" / "lithium.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(
        text.replace("  examples: |\n", "  examples: |\n    Hoy llueve en la costa.\n", 1), encoding="utf-8"
    )
    shown, out = console()
    assert rules_cli.examples(config, shown, "lithium") == 1
    assert "FAILS  es is lithium: Hoy llueve en la costa." in out.getvalue()
    assert out.getvalue().count("holds") >= 6
    assert "copper:" not in out.getvalue()


def test_a_sentence_becomes_an_example(config: Path) -> None:
    path = rules_cli.add_example(config, "lithium", "en", "Chile  raised its lithium output.", wanted=True)
    assert "  examples: |\n    Chile raised its lithium output.\n" in path.read_text(encoding="utf-8")
    shown, _ = console()
    assert rules_cli.check(config, kept(), shown) == 0


def test_a_counter_example_that_fails_is_found_by_check(config: Path) -> None:
    rules_cli.add_example(config, "lithium", "en", "Chile raised its lithium output.", wanted=False)
    shown, out = console()
    assert rules_cli.check(config, kept(), shown) == 1
    assert "wrongly has lithium" in out.getvalue()


def test_an_example_for_a_topic_that_is_not_there_is_refused(config: Path) -> None:
    with pytest.raises(RuleFileError, match="no such topic; there are: armed-groups"):
        rules_cli.add_example(config, "gnomes", "en", "Gnomes met.", wanted=True)
