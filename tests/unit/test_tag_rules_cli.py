"""The analysts' tools: what they say, and the status they end with."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from services.model.tagged import Tagged, TopicTag, band_of
from services.tag import rules_cli, rules_diff
from services.tag.tag_cli import Line
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


def changed(config: Path) -> None:
    """Lithium has another name, copper is gone, illegal mining is weaker than it was."""
    path = config / "topics" / "lithium.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("en:\n  strong: |\n", "en:\n  strong: |\n    white petroleum\n"), encoding="utf-8")
    (config / "topics" / "copper.yaml").unlink()


ARTICLES = (
    {"id": "g", "title": "White petroleum draws miners to the salt flat", "text": "", "lang": "en"},
    {"id": "l", "title": "La producción de cobre creció", "text": "", "lang": "es"},
    {"id": "s", "title": "Rain in the city", "text": "", "lang": "en"},
    {"id": "l", "title": "La producción de cobre de Codelco creció", "text": "", "lang": "es"},
)


def compared(config: Path) -> rules_diff.Comparison:
    changed(config)
    lines = [json.dumps(each) for each in ARTICLES]
    taggers = rules_cli.pair_of(CONFIG, config, kept(), Console(quiet=True))
    assert taggers is not None
    return rules_diff.compare(*taggers, rules_cli.articles_of(lines, "here.jsonl"))


def test_diff_finds_gains_and_losses_of_the_last_version(config: Path) -> None:
    found = compared(config)
    assert found.articles == 3
    by_id = {change.id: change for change in found.changes}
    assert set(by_id) == {"g", "l"}
    assert "lithium" in by_id["g"].gained and not by_id["g"].lost
    assert "copper" in by_id["l"].lost and by_id["l"].title.endswith("Codelco creció")


def test_diff_is_shown_as_a_table_and_as_json(config: Path) -> None:
    found = compared(config)
    shown, out = console()
    rules_diff.show(found, ["A note."], shown)
    said = out.getvalue()
    assert "+lithium" in said and "-copper" in said and "A note." in said
    assert "2 of 3 articles change." in said and "Rain in the city" not in said
    read = json.loads(rules_diff.as_json(found, notes=["A note."]))
    assert read["articles"] == 3 and [each["id"] for each in read["changes"]] == ["g", "l"]
    assert {"what": "copper", "gained": 0, "lost": 1, "moved": 0} in read["counts"]


def test_a_band_that_moves_is_a_change() -> None:
    def tagged(confidence: float) -> Tagged:
        topic = TopicTag(id="gold", area="mining", confidence=confidence, band=band_of(confidence), evidence=())
        return Tagged(id="a", lang="en", topics=(topic,), actors=(), relations=(), dyads=(), blocked=())

    article = Line("a", "Gold", "")
    assert rules_diff.change_of(article, tagged(0.9), tagged(0.95)) is None
    change = rules_diff.change_of(article, tagged(0.7), tagged(0.9))
    assert change is not None and change.moved == (("gold", "likely", "firm"),)


def test_a_line_that_is_no_article_is_named() -> None:
    with pytest.raises(ValueError, match=r"here\.jsonl, line 2: not an article"):
        list(rules_cli.articles_of(['{"id": "a", "title": "b", "text": "c"}', '{"id": 1}'], "here.jsonl"))


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
