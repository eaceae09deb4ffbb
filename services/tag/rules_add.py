"""Writing a sentence into a rule file as an example, or as a counter-example.

The file is changed as text, by one line (two where the language has no such block yet), so that comments, order and
line ends stay as its author left them. Nothing is written when the rules at hand would fail the sentence.

Owns the change. Does not: load rules, decide what the sentence is about.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from services.model.tagged import AREAS
from services.tag.rulefile import LANGS, Node, RuleFileError, read
from services.tag.tagger import Tagger


class Place(NamedTuple):
    """Where the sentence stands now."""

    path: Path
    line: int


def add_example(config_dir: Path, tagger: Tagger, topic: str, lang: str, text: str, *, wanted: bool) -> Place:
    """Add the sentence. `tagger` holds the rules of `config_dir`; it must agree with the sentence.

    Raises `RuleFileError`, and has changed nothing then: no such topic or language, an empty sentence or one that
    stands there already, or one that the rules would fail.
    """
    path = _path(config_dir, topic)
    key = "examples" if wanted else "counter"
    sentence = " ".join(text.split())
    if lang not in LANGS:
        raise RuleFileError(path, 1, lang, f"no such language; one of {', '.join(LANGS)}")
    if not sentence or sentence.startswith("# "):
        raise RuleFileError(path, 1, f"{lang}.{key}", "a sentence is wanted; one that begins with `# ` is a comment")
    block = read(path).children()[lang]
    _try(tagger, block, (topic, lang, key), sentence)
    return Place(path, _insert(path, block, key, sentence))


def _path(config_dir: Path, topic: str) -> Path:
    path = config_dir / ("areas" if topic in AREAS else "topics") / f"{topic}.yaml"
    if not path.exists():
        known = ", ".join(sorted(each.stem for each in (config_dir / "topics").glob("*.yaml")))
        raise RuleFileError(path, 1, "id", f"no such topic; there are: {known}")
    return path


def _try(tagger: Tagger, block: Node, where: tuple[str, str, str], sentence: str) -> None:
    topic, lang, key = where
    children = block.children()
    if key in children:
        for entry in children[key].lines():
            if entry.text == sentence:
                raise children[key].fail("this sentence stands there already", entry.line)
    found = tagger.topics_of(sentence, lang)
    if (topic in found) != (key == "examples"):
        problem = f"the rules {'do not find' if key == 'examples' else 'find'} {topic} in `{sentence}`"
        said = ", ".join(sorted(found)) or "no topic"
        advice = "Nothing was written: change the patterns first; `atalaya rules try` shows what they see"
        raise children.get(key, block).fail(f"{problem}; it has: {said}. {advice}")


def _insert(path: Path, block: Node, key: str, sentence: str) -> int:
    """The number of the new line; it becomes the first of its block."""
    lines = path.read_bytes().decode("utf-8").splitlines(keepends=True)
    end = "\r\n" if lines[0].endswith("\r\n") else "\n"
    indent = " " * block.node.start_mark.column
    children = block.children()
    if key in children:
        at, new = children[key].line, [f"{indent}  {sentence}{end}"]
    else:
        at, new = _end_of(lines, block), [f"{indent}{key}: |{end}", f"{indent}  {sentence}{end}"]
        if at and not lines[at - 1].endswith("\n"):
            lines[at - 1] += end
    lines[at:at] = new
    _replace(path, "".join(lines))
    return at + len(new)


def _end_of(lines: list[str], block: Node) -> int:
    """How many lines there are up to the last one of the block that is not blank."""
    at = block.node.end_mark.line
    while at > block.line and (at >= len(lines) or not lines[at - 1].strip()):
        at -= 1
    return at


def _replace(path: Path, text: str) -> None:
    """In one step: a running service that looks at the file sees the old text or the new one."""
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(text.encode("utf-8"))
    draft.chmod(path.stat().st_mode & 0o777)
    draft.replace(path)
