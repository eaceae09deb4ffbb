"""The newsroom's files: what ships is sound and plentiful, and a fault in a file is named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from services.newsroom.library import MARK, LibraryError, load, sample_feeds, shipped

GOOD = """\
id: la-prueba
title: La Prueba (muestra)
country: CL
language: es
family: la-prueba
articles:
  - slug: uno
    turn: 0
    title: Un título
    text: Un texto.
    dyads: [CL-PE migration propose]
"""

FAULTS = {
    "unmarked": ("(muestra)", "", "title: must end with (muestra)"),
    "other name": ("id: la-prueba", "id: otra", "must be the file's name, 'la-prueba'"),
    "unknown field": ("country: CL", "country: CL\ncolour: red", "colour"),
    "no such format": ("language: es", "language: es\nformat: json", "$.format"),
    "bad dyad": ("CL-PE migration", "CL-PE weather", "uno: dyads: 'CL-PE weather propose'"),
    "early edit": ("dyads:", "edit: {turn: 0}\n    dyads:", "uno: edit.turn: 0 must come after"),
    "copy of nothing": ("articles:", "copies: [{of: la-prueba/dos, turn: 1}]\narticles:", "no article 'la-prueba/dos'"),
    "not YAML": ("id: la-prueba", "id: [", "not YAML"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_names_file_and_field(case: str, tmp_path: Path) -> None:
    """A file with a fault is refused with a message that says where and what."""
    good, bad, message = FAULTS[case]
    (tmp_path / "la-prueba.yaml").write_text(GOOD.replace(good, bad), encoding="utf-8")
    with pytest.raises(LibraryError) as refused:
        load(tmp_path)
    assert "la-prueba.yaml: " in str(refused.value)
    assert message in str(refused.value)


def test_the_good_file_loads(tmp_path: Path) -> None:
    """The file that the faults are planted in has none itself."""
    (tmp_path / "la-prueba.yaml").write_text(GOOD, encoding="utf-8")
    assert load(tmp_path)[0].articles[0].dyads == ("CL-PE migration propose",)


def test_what_ships_is_plentiful() -> None:
    """At least 45 articles in three languages, on all areas and stances, and enough look-alikes."""
    stories = [(outlet, story) for outlet in shipped() for story in outlet.articles]
    assert len(stories) >= 45
    for language in MARK:
        assert sum(outlet.language == language for outlet, _ in stories) >= 10
    assert {area for _, story in stories for area in story.areas} == {"security", "migration", "mining"}
    stances = {dyad.split()[-1] for _, story in stories for dyad in story.dyads}
    assert stances == {"cooperate", "propose", "consult", "reject", "conflict"}
    assert sum(not story.areas for _, story in stories) >= 12


def test_what_ships_has_every_quirk() -> None:
    """Each quirk that the documentation promises is in some outlet."""
    outlets = shipped()
    assert {outlet.format for outlet in outlets} == {"rss", "atom"}
    assert any(outlet.charset == "latin-1" for outlet in outlets)
    assert any(outlet.dates == "portuguese" for outlet in outlets)
    assert any(outlet.titles == "html" for outlet in outlets)
    assert any(outlet.content == "summary" for outlet in outlets)
    assert any(outlet.breaks for outlet in outlets)
    assert any(outlet.copies for outlet in outlets)
    assert any(outlet.reprints for outlet in outlets)
    stories = [story for outlet in outlets for story in outlet.articles]
    assert any(story.undated for story in stories)
    assert any(story.edit and story.edit.areas and not story.areas for story in stories)


def test_the_first_lot_speaks_of_every_area() -> None:
    """Alerts of every area are due at once, and look-alikes beside them."""
    first = [story for outlet in shipped() for story in outlet.articles if story.turn == 0]
    assert {area for story in first for area in story.areas} == {"security", "migration", "mining"}
    assert any(not story.areas for story in first)


def test_choices_are_well_formed() -> None:
    """Every [[…]] is closed and offers a choice."""
    for outlet in shipped():
        for story in outlet.articles:
            text = story.title + story.text + (story.edit.text if story.edit else "")
            choices = re.findall(r"\[\[([^\[\]]+)\]\]", text)
            assert text.count("[[") == text.count("]]") == len(choices), story.slug
            assert all("|" in choice or choice == "today" for choice in choices), story.slug


def test_feeds_are_marked_as_sample() -> None:
    """The feeds for the poller are on the given port, unique, and marked in title, provenance and flag."""
    feeds = sample_feeds(8123)
    assert len({feed.url for feed in feeds}) == len(feeds) == len(shipped()) >= 8
    for feed in feeds:
        assert feed.url.startswith("http://127.0.0.1:8123/feeds/")
        assert feed.provenance == "sample"
        assert feed.sample
        assert MARK[feed.language] in feed.title
