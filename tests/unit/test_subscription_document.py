"""Subscription documents: every fault at once with its line, and what is read comes back when written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.match.document import DocumentError, read, write
from services.model.subscription import Sets, Subscription, Target

DATA = Path(__file__).parent.parent / "data" / "subscriptions"
SECRET = "whsec_" + "QUJD" * 8


def one(body: str) -> Subscription:
    (found,) = read(f"subscriptions:\n  - id: x\n    {body}\n", "file.yaml")
    return found


def test_every_fault_is_named_with_its_line_and_what_would_be_right() -> None:
    """Against a golden file, all in one go."""
    with pytest.raises(DocumentError) as caught:
        read((DATA / "faults.yaml").read_text("utf-8"), "f", frozenset({"lithium", "gold"}))
    expected = [f"f:{line}" for line in (DATA / "faults.txt").read_text("utf-8").splitlines()]
    assert caught.value.faults == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "f:1: subscriptions: the document must start"),
        ("- a", "f:1: subscriptions: the document must start"),
        ("subscriptions: 3", "f:1: subscriptions: must be a list"),
        ("subscriptions: []\nmore: 1", "f:2: more: there is no such field"),
        ("subscriptions:\n  - id: [", "f:2: not YAML"),
        ("subscriptions:\n\t- id: a", "f:2: not YAML"),
        ("a: &a [*a]\n", "f:1: a: there is no such field"),
        ("subscriptions:\n  - id: {a: b}\n    areas: mining", "f:2: subscriptions[0].id: must be one value"),
        ("subscriptions:\n  - id: a\n    areas: {any: mining}", "f:3: a.areas: must be a list"),
        (f"subscriptions:\n  - id: a\n    pairs: [XX-{'A' * 3}]", "f:3: a.pairs: 'AAA' is no country"),
    ],
)
def test_documents_of_the_wrong_shape(text: str, fault: str) -> None:
    """A fault, never an exception of another kind."""
    with pytest.raises(DocumentError) as caught:
        read(text, "f")
    assert caught.value.faults[0].startswith(fault)


def test_values_mean_what_they_say() -> None:
    """`NO` is Norway, a single value stands for a list, pairs are sorted, stars stay at the end."""
    assert one("countries: NO").countries == Sets(any=("NO",))
    assert one("countries: {all: [cl, pe]}").countries == Sets(all=("CL", "PE"))
    assert one("pairs: [pe-cl, '*-BO', EU-MERCOSUR]").pairs == ("CL-PE", "BO-*", "EU-MERCOSUR")
    assert one("words: no").words == Sets(any=("no",))
    assert one("areas: mining\n    enabled: no").enabled is False
    assert one("areas: mining\n    muted_until: 2026-12-01T08:00:00-03:00").muted_until == 1796122800.0
    hook = one(f"areas: mining\n    targets: [{{webhook: 'https://r.example/', secrets: {SECRET}}}, console]")
    assert hook.targets == (Target("webhook", "https://r.example/", (SECRET,)), Target("console"))


def test_secrets_are_not_shown() -> None:
    """Not in a representation, so not in a stack or a log line."""
    assert SECRET not in repr(Subscription(id="a", targets=(Target("webhook", "https://r.example/", (SECRET,)),)))


def test_json_is_read_too() -> None:
    """The same document in another dress."""
    document = {"subscriptions": [{"id": "a", "areas": ["mining"], "words": {"any": ["oro", "ñandú"]}}]}
    assert read(json.dumps(document), "f.json") == [
        Subscription(id="a", areas=("mining",), words=Sets(any=("oro", "ñandú")))
    ]


some_words = st.lists(st.from_regex(r"[a-zñáé*]{0,4}[a-z]", fullmatch=True), max_size=3, unique=True).map(tuple)
SUBSCRIPTIONS = st.builds(
    Subscription,
    id=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}", fullmatch=True),
    title=st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20).map(str.strip),
    areas=st.just(("mining",)),
    countries=st.builds(Sets, any=st.sampled_from(((), ("CL", "NO"))), none=st.sampled_from(((), ("US",)))),
    pairs=st.sampled_from(((), ("CL-PE", "BO-*"))),
    words=st.builds(Sets, any=some_words, all=some_words, none=some_words),
    min_confidence=st.floats(0, 1),
    targets=st.sampled_from(((), (Target("console"), Target("webhook", "https://r.example/?a=1", (SECRET,))))),
    enabled=st.booleans(),
    muted_until=st.one_of(st.none(), st.integers(10**9, 4 * 10**9).map(float)),
)


@given(st.lists(SUBSCRIPTIONS, max_size=4, unique_by=lambda each: each.id))
def test_what_is_written_is_read_back(subscriptions: list[Subscription]) -> None:
    """Export and import are inverses."""
    assert read(write(subscriptions), "f") == subscriptions


@given(st.text(max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is a document or it has faults."""
    try:
        read("subscriptions:\n  - " + text, "f")
    except DocumentError as error:
        assert error.faults
