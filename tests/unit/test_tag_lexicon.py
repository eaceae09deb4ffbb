"""The lexicon against a naive matcher, on both engines; its cache; accents of verbs."""

from __future__ import annotations

import os
import re
import sys
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tag.engine import build, find
from services.tag.lexicon import Lexicon, Rule, RuleError
from services.tag.text import Field
from tests.unit.tagging import Verbs, tagger

VERBS = Verbs(
    {
        "rechazar": ["rechazar", "rechazó", "rechaza", "rechazado"],
        "criticar": ["criticar", "critica", "criticó"],
    }
)
PATTERNS = (
    "oro", "oro negro", "minero(s)", "mina (de oro)", "{oro|cobre} rico", "garimp*", "tráfic* de oro",
    "mina ...2 oro", "mina ...1 de ...2 cobre", "~rechazar", "~rechazar la mina", "=Oro", "=La Mina", "de", "oro oro",
    "cobre",
    "negro ...3 cobre", "de ...2 cobre", "{la|oro} ...1 de", "rico ...2 {de|la|mina}",
)  # fmt: skip
WORDS = (
    "oro", "Oro", "ORO", "negro", "minero", "mineros", "mina", "La", "Mina", "de", "cobre", "rico", "garimpo",
    "garimpeiro",     "tráfico", "trafico", "rechazó", "rechazo", "RECHAZO", "rechaza", "la", "x", "óro",
)  # fmt: skip
SEPARATORS = (" ", " ", " ", " ", ", ", ". ", "-", "\n", "  ", "; ", " “", "” ")

TEXTS = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(SEPARATORS)), max_size=14).map(
    lambda pairs: "".join(word + separator for word, separator in pairs)
)


def compiled(engine: str, patterns: tuple[str, ...] = PATTERNS) -> Lexicon:
    rules = [Rule("test", pattern, pattern, ("es",)) for pattern in patterns]
    return Lexicon.compile(rules, VERBS, None, engine)  # type: ignore[arg-type]


ENGINES = {name: compiled(name) for name in ("hyperscan", "ahocorasick")}


GAP = "[ \\-“”\n]"
"""What one separator between two words of a pattern may be."""


def bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)).lower()


def naive(view: str, strict: bool) -> set[tuple[str, int, int]]:
    """The meaning of the marks, spelt out with regular expressions and loops."""
    flat = bare(view)
    assert len(flat) == len(view)

    def spans(regex: str) -> list[tuple[int, int]]:
        """Every place and every length: each start is tried with each end."""
        return [
            (at, end)
            for at in range(len(flat))
            for end in range(at + 1, len(flat) + 1)
            if re.fullmatch(regex, flat[at:end])
            and (at == 0 or not flat[at - 1].isalnum())
            and (end == len(flat) or not flat[end].isalnum())
        ]

    def verb(span: tuple[int, int], forms: list[str]) -> bool:
        word = re.split(GAP, view[span[0] : span[1]])[0]
        if word.lower() in forms:
            return True
        return word.isascii() and (not strict or word.isupper())

    def gapped(parts: list[str], gaps: list[int]) -> set[tuple[int, int]]:
        found = set()
        for first in spans(parts[0]):
            ends = [first[1]]
            for part, gap in zip(parts[1:], gaps, strict=True):
                ends = [
                    stop
                    for end in ends
                    for start, stop in sorted(spans(part))
                    if start >= end
                    and len(re.findall(r"[a-z0-9]+", flat[end:start])) <= gap
                    and not re.search(r"[!?;\n]|\. ", view[end:start])
                    and start > end
                ]
            if ends:
                found.add((first[0], ends[0]))
        return found

    rechazar = ["rechazar", "rechazó", "rechaza", "rechazado"]
    forms = "rechaz(?:ar|o|a|ado)"
    gap = GAP
    plain = {
        "oro": "oro",
        "cobre": "cobre",
        "oro negro": f"oro{gap}negro",
        "minero(s)": "mineros?",
        "mina (de oro)": f"mina(?:{gap}de{gap}oro)?",
        "{oro|cobre} rico": f"(?:oro|cobre){gap}rico",
        "garimp*": "garimp[a-z]*",
        "de": "de",
        "oro oro": f"oro{gap}oro",
        "tráfic* de oro": f"trafic[a-z]*{gap}de{gap}oro",
    }
    found = {(name, *span) for name, regex in plain.items() for span in spans(regex)}
    found |= {("~rechazar", *span) for span in spans(forms) if verb(span, rechazar)}
    found |= {("~rechazar la mina", *s) for s in spans(f"{forms}{gap}la{gap}mina") if verb(s, rechazar)}
    found |= {("=Oro", *span) for span in spans("oro") if view[slice(*span)] == "Oro"}
    found |= {("=La Mina", *span) for span in spans("la mina") if view[slice(*span)] == "La Mina"}
    found |= {("mina ...2 oro", *span) for span in gapped(["mina", "oro"], [2])}
    found |= {("negro ...3 cobre", *span) for span in gapped(["negro", "cobre"], [3])}
    found |= {("mina ...1 de ...2 cobre", *span) for span in gapped(["mina", "de", "cobre"], [1, 2])}
    found |= {("de ...2 cobre", *span) for span in gapped(["de", "cobre"], [2])}
    found |= {("{la|oro} ...1 de", *span) for span in gapped(["(?:la|oro)", "de"], [1])}
    found |= {("rico ...2 {de|la|mina}", *span) for span in gapped(["rico", "(?:de|la|mina)"], [2])}
    return found


@settings(max_examples=150, deadline=None)
@given(TEXTS, st.booleans())
def test_both_engines_find_what_the_naive_matcher_finds(text: str, strict: bool) -> None:
    field = Field("text", text)
    wanted = naive(field.view, strict)
    for name, lexicon in ENGINES.items():
        got = {
            (match.rule.id, match.start, match.end) for match in lexicon.scan(field, "es", accented=strict)
        }
        assert got == wanted, name


@settings(max_examples=60, deadline=None)
@given(st.text())
def test_both_engines_agree_on_any_text(text: str) -> None:
    field = Field("text", text)
    ours, theirs = (list(ENGINES[name].scan(field, "es", accented=True)) for name in ("hyperscan", "ahocorasick"))
    assert ours == theirs


def test_hyperscan_is_the_engine_where_it_works() -> None:
    """The fallback must not hide a mistake of ours."""
    assert tagger().lexicon.engine == "hyperscan"


def test_matches_come_sorted_longest_first() -> None:
    found = ENGINES["hyperscan"].scan(Field("text", "mina de oro rico"), "es", accented=False)
    assert [(m.start, -m.end) for m in found] == sorted((m.start, -m.end) for m in found)
    assert found[0].rule.id == "mina (de oro)"
    assert found[0].end == len("mina de oro")


def test_another_language_is_not_looked_for() -> None:
    assert not ENGINES["hyperscan"].scan(Field("text", "oro"), "pt", accented=False)
    assert not ENGINES["hyperscan"].scan(Field("text", "oro"), "xx", accented=False)


@pytest.mark.parametrize(
    ("text", "accented", "found"),
    [
        ("Perú rechazó el plan", True, True),
        ("el rechazo de Perú", True, False),
        ("Peru rechazo el plan", False, True),
        ("PERÚ RECHAZO EL PLAN", True, True),
        ("la crítica de Perú", True, False),
        ("Perú critica el plan", True, True),
    ],
)
def test_verbs_need_their_accents_where_accents_are_written(text: str, accented: bool, found: bool) -> None:
    lexicon = compiled("auto", ("~rechazar", "~criticar"))
    assert bool(lexicon.scan(Field("text", text), "es", accented=accented)) is found


def test_a_noun_beside_a_verb_needs_no_accent() -> None:
    lexicon = compiled("auto", ("{~rechazar|rechazo} al plan",))
    assert lexicon.scan(Field("text", "El rechazo al plan creció ayer según Perú"), "es", accented=True)


def test_a_rule_that_cannot_be_read_is_named() -> None:
    with pytest.raises(RuleError, match=r"^broken: .*not closed"):
        Lexicon.compile([Rule("test", "broken", "{oro", ("es",))], VERBS)


def test_payload_and_group_come_back_untouched() -> None:
    payload = object()
    lexicon = Lexicon.compile([Rule("mine", "x", "oro", ("es",), payload)], VERBS)
    (match,) = lexicon.scan(Field("text", "Oro."), "es", accented=False)
    assert match.rule.payload is payload
    assert match.rule.group == "mine"


def test_the_compiled_form_is_kept_and_found_again(tmp_path: Path) -> None:
    literals = [b" oro ", b" cobre "]
    first = build(literals, tmp_path, "hyperscan")
    kept = list(tmp_path.iterdir())
    assert len(kept) == 1
    again = build(literals, tmp_path, "hyperscan")
    assert sorted(find(again, b" oro cobre ")) == sorted(find(first, b" oro cobre ")) == [(0, 5), (1, 11)]
    assert list(tmp_path.iterdir()) == kept


@pytest.mark.parametrize("damage", [b"", b"\0" * 10, b"x" * 5000])
def test_a_damaged_cache_costs_a_compilation_and_no_more(tmp_path: Path, damage: bytes) -> None:
    literals = [b" oro ", b" cobre "]
    build(literals, tmp_path, "hyperscan")
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(damage)
    assert find(build(literals, tmp_path, "hyperscan"), b" oro ") == [(0, 5)]
    assert find(build(literals, tmp_path, "hyperscan"), b" oro ") == [(0, 5)]
    assert kept.read_bytes() != damage


def test_a_flipped_bit_in_the_cache_is_noticed(tmp_path: Path) -> None:
    build([b" oro "], tmp_path, "hyperscan")
    (kept,) = tmp_path.iterdir()
    content = bytearray(kept.read_bytes())
    content[len(content) // 2] ^= 1
    kept.write_bytes(content)
    assert find(build([b" oro "], tmp_path, "hyperscan"), b" oro ") == [(0, 5)]


def test_what_nobody_has_loaded_for_a_month_leaves_the_cache(tmp_path: Path) -> None:
    """Each change of the rules leaves a file; one that is in use is as good as new."""
    for literal in (b" oro ", b" cobre ", b" litio "):
        build([literal], tmp_path, "hyperscan")
    month_ago = time.time() - 31 * 86_400
    for path in tmp_path.iterdir():
        os.utime(path, (month_ago, month_ago))
    build([b" oro "], tmp_path, "hyperscan")
    assert len(list(tmp_path.iterdir())) == 3
    build([b" plata "], tmp_path, "hyperscan")
    kept = {path.read_bytes() for path in tmp_path.iterdir()}
    assert len(kept) == 2
    build([b" oro "], tmp_path, "hyperscan")
    assert {path.read_bytes() for path in tmp_path.iterdir()} == kept


def test_a_cache_folder_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert find(build([b" oro "], tmp_path / "file" / "cache", "hyperscan"), b" oro ") == [(0, 5)]


def test_without_hyperscan_the_other_engine_steps_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hyperscan", None)
    assert build([b" oro "]).name == "ahocorasick"
    with pytest.raises(ImportError):
        build([b" oro "], None, "hyperscan")
