"""The kinds of relation and their cues, read from `config/kinds.yaml`.

Owns the reading and checking of the file, and its patterns as rules for the lexicon. Does not own what is done
with a cue once found (`assemble`). Errors are `RuleFileError` and name the file, the line and the field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, cast, get_args

from services.model.tagged import Kind, Sign, Stance
from services.tag.lexicon import LANGS, Rule
from services.tag.rulefile import Node, read

Shape = Literal["mutual", "directed", "noun", "act", "joint"]


class Cue(NamedTuple):
    """One group of patterns that say the same thing in the same shape; the payload of its rules."""

    kind: Kind
    id: str
    shape: Shape
    strength: int  # 3 says it alone, 2 usually, 1 only beside two named sides and a topic, 0 another sense
    topic: str | None  # a topic that the cue itself is about
    loose: bool = False  # says it only at the stop of a tour, where the sides are known


class KindInfo(NamedTuple):
    """What is fixed for a kind."""

    name: Kind
    sign: Sign
    stance: Stance
    label: Mapping[str, str]
    definition: str


class Sample(NamedTuple):
    """A sentence that must give a relation of the kind, or none of it."""

    kind: Kind
    lang: str
    wanted: bool
    text: str
    path: Path
    line: int


class Kinds(NamedTuple):
    """The whole file."""

    info: Mapping[Kind, KindInfo]
    rules: tuple[Rule, ...]
    samples: tuple[Sample, ...]


def load(path: Path) -> Kinds:
    """Read and check the file. Raises `RuleFileError`."""
    names = cast("tuple[Kind, ...]", get_args(Kind))
    entries = read(path).mapping(names)
    info: dict[Kind, KindInfo] = {}
    rules: list[Rule] = []
    samples: list[Sample] = []
    for name in names:
        required = ("sign", "stance", "label", "definition", "cues")
        keys = entries[name].mapping(required, ("unless", "examples", "not"))
        info[name] = _info(name, keys)
        for cue_id, node in keys["cues"].children().items():
            rules += _rules(name, cue_id, node)
        if "unless" in keys:
            rules += _unless(name, keys["unless"])
        for key in ("examples", "not"):
            if key in keys:
                samples += _samples(name, keys[key], wanted=key == "examples")
    return Kinds(info, tuple(rules), tuple(samples))


def _info(name: Kind, keys: Mapping[str, Node]) -> KindInfo:
    label = {lang: node.string() for lang, node in keys["label"].mapping(LANGS).items()}
    return KindInfo(
        name,
        cast(Sign, _one_of(keys["sign"], get_args(Sign))),
        cast(Stance, _one_of(keys["stance"], get_args(Stance))),
        label,
        keys["definition"].string(),
    )


def _one_of(node: Node, allowed: tuple[str, ...]) -> str:
    value = node.string()
    if value not in allowed:
        raise node.fail(f"`{value}`; one of {', '.join(allowed)}")
    return value


def _rules(kind: Kind, cue_id: str, node: Node) -> Iterator[Rule]:
    keys = node.mapping(("shape", "strength"), ("topic", "when", *LANGS))
    shape = cast(Shape, _one_of(keys["shape"], get_args(Shape)))
    strength = int(_one_of(keys["strength"], ("1", "2", "3")))
    topic = keys["topic"].string() if "topic" in keys else None
    loose = "when" in keys and _one_of(keys["when"], ("stop",)) == "stop"
    cue = Cue(kind, cue_id, shape, strength, topic, loose)
    for lang in LANGS:
        for entry in keys[lang].lines() if lang in keys else ():
            yield Rule("cue", f"{kind}/{cue_id}/{lang}/{entry.text}", entry.text, (lang,), cue)


def _unless(kind: Kind, node: Node) -> Iterator[Rule]:
    """Words in which a cue means something else; they are cues of strength 0, which swallow what they overlap."""
    void = Cue(kind, "unless", "noun", 0, None)
    for lang, block in node.mapping((), LANGS).items():
        for entry in block.lines():
            yield Rule("cue", f"{kind}/unless/{lang}/{entry.text}", entry.text, (lang,), void)


def _samples(kind: Kind, node: Node, wanted: bool) -> Iterator[Sample]:
    for lang, block in node.mapping((), LANGS).items():
        for entry in block.lines():
            yield Sample(kind, lang, wanted, entry.text, node.path, entry.line)
