"""Topic and area files: what they hold, and the lexicon rules they give.

A topic is one file of `config/topics`, named after its id. An area is one file of `config/areas`: words that raise
the whole area without saying which topic, and blockers that hold for all its topics.

Strengths of a pattern:
  strong       one mention in a sentence of its own is about the topic
  weak         needs company: another pattern nearby, or a place in the title
  unless       another sense: a match of the topic that overlaps it does not count
  unless_near  another sense: no match of the topic in the same sentence counts
  against      the article is probably about something else (sport, film, history): lowers the score

Owns the reading of the files. Does not: scan (`services.tag.lexicon`), decide (`services.tag.topic_score`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, cast, get_args

from services.model.tagged import Area
from services.tag.lexicon import Rule
from services.tag.rulefile import LANGS, Entry, Node, RuleFileError, files, read

STRENGTHS = ("strong", "weak", "unless", "unless_near", "against")
_TOPIC_KEYS = ("area", "label", "definition", "crosswalk", *LANGS)
_OPTIONAL_KEYS = ("lists", "firm")
_IN_COMPANY = "in company"
_AREA_KEYS = ("label", "definition", *LANGS)


class Source(NamedTuple):
    """Payload of a topic rule: where the pattern stands and what it is good for."""

    topic: str  # the id of a topic, or of an area for its shared patterns
    area: Area
    strength: str
    path: Path
    line: int
    shy: bool = False  # `firm: in company`: matches of this topic alone never make an article firm


class Example(NamedTuple):
    """A sentence that must have the topic (or, as a counter-example, must not)."""

    text: str
    lang: str
    wanted: bool
    path: Path
    line: int


class Topic(NamedTuple):
    """A topic file, read. An area file is one whose id is the area's."""

    id: str
    area: Area
    label: Mapping[str, str]
    definition: str
    crosswalk: Mapping[str, tuple[str, ...]]
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]

    @property
    def is_area(self) -> bool:
        """Whether this came from an area file."""
        return self.id == self.area


def load(config_dir: Path) -> list[Topic]:
    """All area and topic files under `config_dir`. Raises `RuleFileError`."""
    areas = [_area(path) for path in files(config_dir / "areas")]
    topics = [_topic(path) for path in files(config_dir / "topics")]
    if not topics:
        raise RuleFileError(config_dir / "topics", 1, "folder", "holds no topic file (*.yaml)")
    return [*areas, *topics]


def _topic(path: Path) -> Topic:
    root = read(path)
    keys = root.mapping(("id", *_TOPIC_KEYS), _OPTIONAL_KEYS)
    if keys["id"].string() != path.stem:
        raise keys["id"].fail(f"must be `{path.stem}`, the name of the file")
    area = _area_name(keys["area"])
    return _build(path.stem, area, keys)


def _area(path: Path) -> Topic:
    keys = read(path).mapping(("id", *_AREA_KEYS), ("lists",))
    area = _area_name(keys["id"])
    if area != path.stem:
        raise keys["id"].fail(f"must be `{path.stem}`, the name of the file")
    return _build(area, area, keys)


def _area_name(node: Node) -> Area:
    name = node.string()
    if name not in get_args(Area):
        raise node.fail(f"`{name}` is no area; one of {', '.join(get_args(Area))}")
    return cast(Area, name)


def _build(name: str, area: Area, keys: Mapping[str, Node]) -> Topic:
    crosswalk = keys["crosswalk"].children() if "crosswalk" in keys else {}
    label = keys["label"].mapping(LANGS)
    lists = _lists(keys["lists"]) if "lists" in keys else {}
    about = _About(name, area, "firm" in keys and _shy(keys["firm"]))
    rules: list[Rule] = []
    examples: list[Example] = []
    for lang in LANGS:
        optional = ("weak", "unless", "unless_near", "against", "counter")
        block = keys[lang].mapping((), ("strong", *optional, "examples"))
        rules += _rules(about, lang, block, lists.get(lang, {}))
        examples += _examples(lang, block)
    return Topic(
        name,
        area,
        {lang: node.string() for lang, node in label.items()},
        keys["definition"].string(),
        {scheme: tuple(node.strings()) for scheme, node in crosswalk.items()},
        tuple(rules),
        tuple(examples),
    )


def _lists(node: Node) -> dict[str, dict[str, tuple[str, ...]]]:
    """`lists` by language: names for what `<name>` stands for in this file's patterns."""
    return {
        lang: {name: tuple(entry.text for entry in block.lines()) for name, block in child.children().items()}
        for lang, child in node.mapping((), LANGS).items()
    }


class _About(NamedTuple):
    """What all patterns of a file share."""

    topic: str
    area: Area
    shy: bool


def _shy(node: Node) -> bool:
    if node.string() != _IN_COMPANY:
        raise node.fail(f"`{node.string()}` is no choice; `{_IN_COMPANY}`, or leave the line out")
    return True


def _rules(about: _About, lang: str, block: Mapping[str, Node], lists: Mapping[str, tuple[str, ...]]) -> Iterator[Rule]:
    for strength in STRENGTHS:
        if strength not in block:
            continue
        node = block[strength]
        seen: set[str] = set()
        for entry in node.lines():
            if entry.text in seen:
                raise node.fail(f"`{entry.text}` stands twice", entry.line)
            seen.add(entry.text)
            rule_id = f"{about.topic}/{lang}/{strength}/{entry.text}"
            payload = Source(about.topic, about.area, strength, node.path, entry.line, about.shy)
            yield Rule("topic", rule_id, entry.text, (lang,), payload, lists)


def _examples(lang: str, block: Mapping[str, Node]) -> Iterator[Example]:
    for key, wanted in (("examples", True), ("counter", False)):
        entries: list[Entry] = block[key].lines() if key in block else []
        for entry in entries:
            yield Example(entry.text, lang, wanted, block[key].path, entry.line)
