"""`atalaya tag`: the contract of its lines."""

from __future__ import annotations

import io
import json
from typing import Any

import msgspec
import pytest

from services.model.tagged import Tagged
from services.tag.tag_cli import tag_stream
from tests.unit.tagging import tagger

ON_TOPIC = {
    "id": "a1",
    "title": "Perú y Ecuador acuerdan patrullas conjuntas contra el narcotráfico",
    "text": "Los dos gobiernos harán operativos conjuntos en la frontera para frenar el narcotráfico.",
    "lang": "es",
}


def run(*lines: str | bytes, all_: bool = False) -> tuple[int, list[dict[str, Any]], str]:
    out, err = io.StringIO(), io.StringIO()
    status = tag_stream(lines, out, err, tagger(), all_=all_)
    return status, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_one_line_out_for_each_line_in_in_the_same_order() -> None:
    lines = [json.dumps({**ON_TOPIC, "id": f"a{number}"}) for number in range(5)]
    status, out, err = run(*lines)
    assert (status, err) == (0, "")
    assert [tags["id"] for tags in out] == ["a0", "a1", "a2", "a3", "a4"]


def test_the_shape_is_the_contracts() -> None:
    (tags,) = run(json.dumps(ON_TOPIC))[1]
    assert list(tags) == ["id", "lang", "topics", "actors", "relations", "dyads", "blocked"]
    for topic in tags["topics"]:
        assert set(topic) == {"id", "area", "confidence", "band", "evidence"}
        assert topic["evidence"], "evidence is never empty"
    assert {topic["id"] for topic in tags["topics"]} >= {"drug-trafficking", "defence-cooperation"}
    msgspec.convert(tags, Tagged)  # raises where a closed list is left


def test_evidence_equals_its_slice() -> None:
    (tags,) = run(json.dumps(ON_TOPIC), all_=True)[1]
    spans = [span for key in ("topics", "actors", "relations") for item in tags[key] for span in item["evidence"]]
    assert spans
    for span in spans:
        assert ON_TOPIC[span["field"]][span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not an article"),
        ('{"id": "x"}', "missing required field `title`"),
        ('{"id": 5, "title": "a", "text": "b"}', "Expected `str`, got `int` - at `$.id`"),
        ('{"id": "x", "title": null, "text": "b"}', "$.title"),
        ("[]", "not an article"),
        (b"\xff\xfe", "not an article"),
        ("[" * 5_000, "not an article"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_and_the_others_come_out(line: str | bytes, said: str) -> None:
    status, out, err = run(json.dumps(ON_TOPIC), line, json.dumps({**ON_TOPIC, "id": "a3"}))
    assert status == 1
    assert [tags["id"] for tags in out] == ["a1", "a3"]
    assert err.startswith("atalaya: line 2: ")
    assert said in err
    assert err.count("\n") == 1


def test_blank_lines_are_skipped_and_counted() -> None:
    status, out, err = run("\n", json.dumps(ON_TOPIC), "  \n", "{")
    assert (status, len(out)) == (1, 1)
    assert "line 4" in err


def test_another_language_is_unsupported() -> None:
    french = {"id": "f", "title": "Le président a signé un accord avec la ville de Lyon", "text": "", "lang": None}
    _, out, _ = run(json.dumps(french), json.dumps({**ON_TOPIC, "lang": "de"}))
    empty = {"topics": [], "actors": [], "relations": [], "dyads": [], "blocked": []}
    assert out == [
        {"id": "f", "lang": "fr", **empty, "unsupported": True},
        {"id": "a1", "lang": "de", **empty, "unsupported": True},
    ]


def test_weak_tags_come_only_when_asked_for() -> None:
    article = json.dumps({"id": "w", "title": "", "text": "La policía llegó tarde al desfile.", "lang": "es"})
    assert run(article)[1][0]["topics"] == []
    weak = run(article, all_=True)[1][0]["topics"]
    assert weak
    assert {topic["band"] for topic in weak} == {"weak"}


def test_fields_of_others_are_ignored_and_dates_may_be_either() -> None:
    odd = {**ON_TOPIC, "published": 1700000000.5, "areas": {"x": 1}, "source": []}
    dated = {**ON_TOPIC, "published": "2025-03-01T10:00:00Z", "outlet_country": "PE"}
    status, out, _ = run(json.dumps(odd), json.dumps(dated))
    assert status == 0
    assert len(out) == 2


def test_a_lone_surrogate_goes_in_and_out() -> None:
    text = "Crece la minería ilegal \ud800 en la selva. Minería\ud800 ilegal."
    status, out, _ = run(json.dumps({"id": "s\udfff", "title": "", "text": text, "lang": "es"}))
    assert status == 0
    assert out[0]["id"] == "s\udfff"
    assert out[0]["topics"]
