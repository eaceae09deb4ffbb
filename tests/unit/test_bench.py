"""The benchmark's arithmetic and shape; never a timing."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from services.bench.__main__ import PARTS, main
from services.bench.corpus import CorpusError, read
from services.bench.obvious import expression, fold
from services.bench.row import Row, document
from services.bench.text import TextMaker, sentences
from services.bench.timing import in_turns
from services.bench.wanted import WANTED, Wanted
from services.tag.topics import load as load_topics
from services.tag.verbs import VerbTables

KEYS = {"value", "unit", "baseline", "ratio", "limit", "share_of_limit"}


@pytest.mark.parametrize(
    ("row", "ratio", "share"),
    [
        (Row("rate", 300.0, "texts/s", baseline=3.0, limit=600.0), 100.0, 0.5),
        (Row("slower", 70.0, "records/s", baseline=100.0, limit=100.0), 0.7, 0.7),
        (Row("beyond its limit by noise", 105.0, "records/s", baseline=100.0, limit=100.0), 1.05, 1.0),
        (Row("cost", 2.0, "times the cost", baseline=10.0, limit=1.0, less_is_better=True), 5.0, 0.5),
        (Row("less than can be", 0.9, "times the time", baseline=1.0, limit=1.0, less_is_better=True), 1 / 0.9, 1.0),
        (Row("alone", 5.0, "articles/s"), None, None),
        (Row("nothing measured", 0.0, "s", baseline=1.0, less_is_better=True), None, None),
    ],
    ids=lambda value: value.name if isinstance(value, Row) else "",
)
def test_a_ratio_is_times_better_and_a_share_at_most_one(row: Row, ratio: float | None, share: float | None) -> None:
    """Also where less is better."""
    assert row.ratio == (pytest.approx(ratio) if ratio is not None else None)
    assert row.share_of_limit == (pytest.approx(share) if share is not None else None)


def test_the_document_has_the_six_keys_and_plain_numbers() -> None:
    """The shape of build/bench.json."""
    found = document([Row("scan", 12_345.678, "texts/s", 24.0, 20_000.0), Row("bare", 1.0, "s")])
    assert list(found) == ["scan", "bare"]
    assert all(set(row) == KEYS for row in found.values())
    assert found["scan"]["value"] == 12_350.0
    assert found["scan"]["share_of_limit"] == pytest.approx(12_350 / 20_000, rel=1e-3)
    assert found["bare"]["ratio"] is None
    assert json.loads(json.dumps(found)) == found


def test_two_rows_of_one_name_are_a_mistake() -> None:
    """One would hide the other."""
    with pytest.raises(ValueError, match="two rows are called scan"):
        document([Row("scan", 1.0, "s"), Row("scan", 2.0, "s")])


def test_ways_are_compared_by_the_median_of_the_rounds_ratios() -> None:
    """A round in which the machine was slow for both counts no more than another."""
    fast, slow = iter([9.0, 100.0, 10.0, 100.0]), iter([9.0, 50.0, 5.0, 25.0])
    turns = in_turns({"ours": lambda: next(fast), "other": lambda: next(slow)}, rounds=3)
    assert turns.figures["ours"] == [100.0, 10.0, 100.0]  # the first round is not counted
    assert turns["ours"] == 100.0
    assert turns.compared("ours", "other") == 50.0  # the rounds' ratios are 2, 2 and 4


def test_ways_take_turns() -> None:
    """Whatever slows the machine slows all of them."""
    order: list[str] = []

    def way(name: str) -> float:
        order.append(name)
        return 1.0

    in_turns({"a": lambda: way("a"), "b": lambda: way("b")}, rounds=2)
    assert order == ["a", "b"] * 3


def test_what_is_wanted_is_judged_on_the_figure_that_it_names() -> None:
    """At least, at most, and a figure that is missing."""
    row = Row("x", 2.0, "s", baseline=10.0, limit=1.0, less_is_better=True)
    assert Wanted("value", 2.0, at_most=True).met(row)
    assert not Wanted("value", 1.9, at_most=True).met(row)
    assert Wanted("ratio", 5.0).met(row)
    assert not Wanted("ratio", 5.1).met(row)
    assert not Wanted("ratio", 0.1).met(Row("y", 1.0, "s"))


def test_the_guide_explains_every_figure_that_something_is_wanted_of(repository: Path) -> None:
    """docs/performance.md names them all."""
    guide = (repository / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [name for name in WANTED if f"`{name}`" not in guide] == []


def test_one_seed_makes_the_same_articles() -> None:
    """So that two runs measure the same work."""
    assert TextMaker(seed=5).stream(30) == TextMaker(seed=5).stream(30)
    assert TextMaker(seed=5).stream(30) != TextMaker(seed=6).stream(30)
    assert len({each.id for each in TextMaker().stream(500) + TextMaker(seed=2).stream(500)}) == 1_000


def test_articles_have_the_length_and_the_share_of_subjects_that_is_asked_for() -> None:
    """One in twelve of a stream is about an area; an article on a subject has some four thousand characters."""
    about = {
        re.split(r"\{\w+\}", each, maxsplit=1)[0][:20]: lang
        for lang, words in sentences().items()
        for each in words.on_topic
    }
    starts = tuple(start for start in about if len(start) > 5)
    stream = TextMaker(seed=9).stream(2_400)
    share = sum(each.title.startswith(starts) for each in stream) / len(stream)
    assert 1 / 18 < share < 1 / 8
    assert all(3_900 < len(each.text) < 4_600 for each in TextMaker(seed=9).on_topic(20))


def test_no_sentence_is_left_with_a_slot() -> None:
    """Every slot has its values."""
    assert all("{" not in each.text + each.title for each in TextMaker(seed=11).stream(300))


def test_the_obvious_design_looks_for_the_words_of_a_topic(repository: Path) -> None:
    """Whole words, in any case, with or without accents."""
    topic = next(each for each in load_topics(repository / "config") if each.id == "illegal-mining")
    found = expression(topic.rules, "es", VerbTables.load())
    assert found.search(fold("Avanza la MINERÍA ilegal"))
    assert not found.search(fold("La paraminería ilegalizada"))
    assert not expression((), "es", VerbTables({})).search("minería ilegal")


def test_a_corpus_is_read_gzipped_or_not(tmp_path: Path) -> None:
    """Evenly spread when there is more than is wanted."""
    lines = [{"id": f"a{n}", "title": f"t{n}", "text": "x", "lang": "es", "source": "unused"} for n in range(10)]
    text = "\n".join(json.dumps(each) for each in lines).encode() + b"\n\n"
    plain, packed = tmp_path / "a.jsonl", tmp_path / "a.jsonl.gz"
    plain.write_bytes(text)
    packed.write_bytes(gzip.compress(text))
    assert read(plain) == read(packed)
    assert [each.title for each in read(plain, most=5)] == ["t0", "t2", "t4", "t6", "t8"]
    assert len({each.id for each in read(plain)}) == 10


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"title": "a", "text": "b"}\n{"title": 7, "text": "b"}\n', r"a\.jsonl:2: Expected `str`.*\$\.title"),
        (b'\n{"title": "a", "text": "b", "url": null}\n{"title": "a"}\n', r"a\.jsonl:3: .*`text`"),
        (b"not json\n", r"a\.jsonl:1: "),
        (b"\n", "holds no articles"),
    ],
)
def test_a_bad_corpus_is_told_with_file_and_line(content: bytes, said: str, tmp_path: Path) -> None:
    """And what would be right."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(CorpusError, match=said):
        read(path)


def test_a_missing_corpus_ends_with_status_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is measured then."""
    assert main(["--corpus", str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl: cannot be read" in capsys.readouterr().err


def test_one_part_alone_prints_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """build/bench.json holds one whole run, never parts of several."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(PARTS, "records", lambda bench: [Row("records", 4.0, "records/s", 1.0, 8.0)])
    assert main(["--only", "records"]) == 0
    out = capsys.readouterr().out
    assert "records/s" in out
    assert "50%" in out
    assert not Path("build").exists()
