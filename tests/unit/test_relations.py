"""Relations sentence by sentence: who does what to or with whom, and what is no relation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.model.tagged import RelationTag
from services.tag.accuracy_report import Input
from services.tag.relation_tags import try_samples
from services.tag.relations import kinds
from services.tag.rulefile import RuleFileError
from tests.unit.tagging import CONFIG, ROOT, tagger

DATA = ROOT / "tests" / "data" / "relations"


def cases(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def relations(text: str, lang: str, title: str = "", floor: float = 0.0) -> tuple[RelationTag, ...]:
    return tagger().tag(Input("x", title, text, lang, None, None), floor).relations


@pytest.mark.parametrize("case", cases("sentences.jsonl"), ids=lambda case: str(case["id"]))
def test_a_sentence_gives_the_relation_and_its_sides(case: dict[str, Any]) -> None:
    """The kind, the acting side and the other side are the expected ones."""
    told = relations(case["text"], case["lang"], case.get("title", ""))
    found = [(r.kind, list(r.actors), list(r.recipients)) for r in told]
    assert (case["kind"], case["actors"], case["recipients"]) in found


@pytest.mark.parametrize("case", cases("nothing.jsonl"), ids=lambda case: str(case["id"]))
def test_what_only_looks_like_a_relation_gives_none(case: dict[str, Any]) -> None:
    """Nothing at or above the default floor."""
    assert not relations(case["text"], case["lang"], floor=0.6), case["why"]


@pytest.mark.parametrize("case", cases("between-others.jsonl"), ids=lambda case: str(case["id"]))
def test_an_act_of_others_is_none_between_the_states_that_stand_near(case: dict[str, Any]) -> None:
    """Firms, gangs, mayors, the press and those who only react make no relation, however unsure."""
    found = tagger().tag(Input("x", case.get("title", ""), case["text"], case["lang"], None, None), 0.0)
    pair = set(case["pair"])
    if case.get("dyad"):
        assert pair not in [set(dyad.pair) for dyad in found.dyads], case["why"]
        return
    told = [{*r.actors, *r.recipients} for r in found.relations if r.kind == case["kind"]]
    assert not any(pair <= states for states in told), case["why"]


def test_every_relation_shows_its_cue_and_both_sides() -> None:
    """Evidence equals the slice, and holds the cue and whatever the sides were carried from."""
    text = "Perú se reunió con Chile en Tacna. Acusó a Bolivia de abrir pasos ilegales."
    found = relations(text, "es")
    assert found
    for relation in found:
        assert all(text[e.start : e.end] == e.text for e in relation.evidence)
        shown = " ".join(e.text for e in relation.evidence)
        assert len(relation.evidence) >= 2, shown
    accused = next(r for r in found if r.kind == "accuse")
    assert {"Acusó", "Perú", "Bolivia"} <= {e.text for e in accused.evidence}


def test_ids_are_counted_and_every_score_is_explained() -> None:
    """r1, r2, ... in reading order; `why` adds terms with signs."""
    found = relations("Chile acusó a Bolivia. Perú y Ecuador firmaron un convenio contra la minería.", "es")
    assert [r.id for r in found] == [f"r{number}" for number in range(1, len(found) + 1)]
    assert all(r.why and all(line[0] in "+-" for line in r.why) for r in found)


def test_a_refusal_stands_above_the_proposal_that_it_answers() -> None:
    """Both relations are told; the dyad is a refusal."""
    text = "Chile propuso a Perú un corredor para migrantes. El Perú rechazó el corredor."
    found = tagger().tag(Input("x", "", text, "es", None, None), 0.0)
    assert {"propose", "reject"} <= {r.kind for r in found.relations}
    stances = {(d.pair, d.area): d.stance for d in found.dyads}
    assert stances[("CL", "PE"), "migration"] == "reject"


def test_the_samples_of_the_rule_file_hold() -> None:
    """Every example has its kind, every counter-example lacks it."""
    rules = tagger().relations
    assert len(rules.kinds.samples) > 60
    try_samples(rules, tagger().read)


def test_a_sample_that_fails_is_told_with_file_and_line() -> None:
    """The message names file, line and field and says what was found instead."""
    rules = tagger().relations
    wrong = kinds.Sample("reject", "es", True, "Perú y Chile negociaron.", Path("kinds.yaml"), 7)
    broken = rules._replace(kinds=rules.kinds._replace(samples=(wrong,)))
    with pytest.raises(RuleFileError, match=r"kinds.yaml, line 7, reject.examples.es: .* lacks reject"):
        try_samples(broken, tagger().read)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("  sign: cooperation", "  sign: friendly", "one of cooperation, neutral, conflict"),
        ("      shape: mutual", "      shape: round", "one of mutual, directed, noun, act"),
        ("      strength: 3", "      strength: 9", "one of 1, 2, 3"),
        ("  stance: cooperate\n", "", "`stance` is missing"),
        ("demand:", "demands:", "unknown key"),
    ],
)
def test_a_kinds_file_that_is_wrong_says_where(tmp_path: Path, old: str, new: str, message: str) -> None:
    """File, line and what would be right."""
    text = (CONFIG / "kinds.yaml").read_text(encoding="utf-8")
    path = tmp_path / "kinds.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RuleFileError, match=message) as caught:
        kinds.load(path)
    assert caught.value.line > 1 or "unknown" in message


PIECES = st.sampled_from(
    ["Perú", "Chile", " y ", " con ", "acordó", "rechazó", "frontera", "(", ")", "«", "»", "\"", ", ", ". ", "\n",
     "el canciller ", "migrantes ", "ambos gobiernos ", "no ", "descartó ", "́", "\u200f", "\ud800", "Boric", " a ",
     "corredor ", "gira ", "Quito", "en "]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_is_read_without_error_and_with_exact_evidence(text: str) -> None:
    """Whatever the order of words and marks: no crash, evidence equals the slice, pairs are sorted."""
    found = tagger().tag(Input("x", text[:40], text, "es", None, None), 0.0)
    spans = [*(e for a in found.actors for e in a.evidence), *(e for r in found.relations for e in r.evidence)]
    for entry in spans:
        source = text[:40] if entry.field == "title" else text
        assert source[entry.start : entry.end] == entry.text
        assert entry.end > entry.start
    assert all(list(d.pair) == sorted(d.pair) and d.pair[0] != d.pair[1] for d in found.dyads)
