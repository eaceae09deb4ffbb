"""Pattern marks, read into the literal strings that a multi-pattern matcher looks for.

The marks (one pattern a line; spaces separate words; case and accents do not matter; whole words only):

    minería ilegal         these words, in this order, side by side
    minero(s)              text in brackets may be missing; as a word of its own too: `tráfico (ilícito) de drogas`
    {oro|cobre|plata}      one of these; an alternative may hold several words or marks, or be empty
    <metal>                one entry of the list `metal` of the same file
    garimp*                any word that begins so
    ~rechazar              any form of the verb: third person, infinitive, gerund, participle, with clitics
    tren ...3 aragua       up to three words between, in the same sentence
    =La Paz                exactly so, case and accents included
    \\{ \\} \\( \\) \\| \\* \\~ \\= \\<   the character itself

Owns the notation and its expansion. Does not: search text (`services.tag.lexicon`), read files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import NamedTuple, Protocol

from services.tag.text import fold_pattern

MAX_LITERALS = 20_000
"""Literals that one pattern may expand to; more is a pattern that should be several."""

MAX_GAP = 20


class PatternError(ValueError):
    """A pattern that cannot be read; the message says what is wrong and what would be right."""


class VerbForms(Protocol):
    """Where the forms of a verb come from."""

    def forms(self, lang: str, lemma: str) -> Sequence[str]:
        """The written forms of a verb; `PatternError` when the tables do not hold it."""
        ...


class Literal(NamedTuple):
    """One folded string to look for."""

    text: str  # folded words with single spaces between; the written form where the pattern is exact
    verbs: tuple[tuple[int, str], ...] = ()  # (word index, written form in lower case) of its verb forms


class Part(NamedTuple):
    """Alternatives for one unbroken stretch of a pattern."""

    literals: tuple[Literal, ...]
    open_end: bool  # ends in `*`: the match goes on to the end of the word
    gap: int  # words that may stand between the previous part and this one


class Pattern(NamedTuple):
    """A pattern, read. One part unless it has a gap or a `*` inside."""

    source: str
    parts: tuple[Part, ...]
    exact: str | None  # the written form to be equal to, or None


_TOKEN = re.compile(r"\.\.\.\d+")
_ESCAPED = re.compile(r"\\([{}()|*~=<>\\])")
_HIDE = {char: chr(0xE000 + i) for i, char in enumerate("{}()|*~=<>\\")}
_SHOW = str.maketrans({hidden: char for char, hidden in _HIDE.items()})


def parse(source: str, lang: str, verbs: VerbForms, lists: Mapping[str, Sequence[str]] | None = None) -> Pattern:
    """Read one pattern for one language. Raises `PatternError`."""
    text = source.strip()
    if not text:
        raise PatternError("the pattern is empty")
    if text.startswith("="):
        return _exact(source, text[1:].strip())
    hidden = _ESCAPED.sub(lambda found: _HIDE[found.group(1)], text)
    parts = tuple(_parts(hidden, lang, verbs, lists or {}))
    return Pattern(source, parts, None)


def _exact(source: str, wanted: str) -> Pattern:
    literal = " ".join(fold_pattern(wanted).split(" ")).strip()
    if not literal:
        raise PatternError(f"`{source}` holds no letter or digit")
    return Pattern(source, (Part((Literal(literal),), False, 0),), wanted)


def _parts(text: str, lang: str, verbs: VerbForms, lists: Mapping[str, Sequence[str]]) -> Iterator[Part]:
    gap, stretch = 0, []
    first = True
    for word in [*_words(text), ""]:
        gapped = _TOKEN.fullmatch(word)
        if not gapped and word:
            stretch.append(word)
        open_end = bool(stretch) and stretch[-1].endswith("*")
        if not (gapped or open_end or not word):
            continue
        if stretch:
            yield _part(stretch, open_end, 0 if first else gap, lang, verbs, lists)
            gap, first, stretch = 0, False, []
        elif gapped and first:
            raise PatternError(f"`{text}` begins with a gap: a gap stands between words")
        if gapped:
            gap = int(word[3:])
            if gap > MAX_GAP:
                raise PatternError(f"`{word}`: at most ...{MAX_GAP}")
    if gap:
        raise PatternError(f"`{text}` ends with a gap: a gap stands between words")


def _part(
    words: list[str],
    open_end: bool,
    gap: int,
    lang: str,
    verbs: VerbForms,
    lists: Mapping[str, Sequence[str]],
) -> Part:
    words = [*words[:-1], words[-1].removesuffix("*")]
    choices = [_expand(word, lang, verbs, lists) for word in words]
    size = 1
    for choice in choices:
        size *= len(choice)
    if size > MAX_LITERALS:
        raise PatternError(f"`{' '.join(words)}` stands for {size} strings; at most {MAX_LITERALS}: split it")
    found = dict.fromkeys(_literal(combination) for combination in product(*choices))
    literals = tuple(literal for literal in found if literal.text)
    if not literals or (open_end and any(len(item.text) < 3 for item in literals)):
        raise PatternError(f"`{' '.join(words)}`: too short, it would match nearly everything")
    return Part(literals, open_end, gap)


def _literal(pieces: Sequence[tuple[str, bool]]) -> Literal:
    """Join expanded words; `pieces` are (written text, is a verb form). Punctuation between words stays a space."""
    kept = [(_folded(written), written, is_verb) for written, is_verb in pieces if written]
    text = " ".join(folded for folded, _, _ in kept)
    lead = len(text) - len(text.lstrip(" "))
    forms = tuple(
        (" ".join([*(folded for folded, _, _ in kept[:at]), ""])[lead:].count(" "), written.lower())
        for at, (_, written, is_verb) in enumerate(kept)
        if is_verb
    )
    return Literal(text.strip(" "), forms)


@lru_cache(maxsize=65_536)  # verb forms come back with every pattern that names the verb
def _folded(written: str) -> str:
    return fold_pattern(written.translate(_SHOW))


def _words(text: str) -> Iterator[str]:
    """Split at spaces outside brackets; `(de la)` and `{a b|c}` stay whole."""
    depth, word = 0, ""
    for char in text:
        depth += (char in "{(<") - (char in "})>")
        if depth < 0:
            raise PatternError(f"`{text}`: a bracket is closed that was not opened")
        if char == " " and depth == 0:
            if word:
                yield word
            word = ""
        else:
            word += char
    if depth:
        raise PatternError(f"`{text}`: a bracket is not closed")
    if word:
        yield word


def _expand(word: str, lang: str, verbs: VerbForms, lists: Mapping[str, Sequence[str]]) -> list[tuple[str, bool]]:
    """What one word of a pattern stands for: (written text, is a verb form)."""
    if "*" in word:
        raise PatternError(f"`{word}`: `*` stands at the end of a word only, outside brackets")
    if word.startswith("~"):
        return [(form, True) for form in verbs.forms(lang, word[1:])]
    if len(word) > 1 and word[0] == "{" and _closes(word) == len(word) - 1:
        return [item for choice in _choices(word[1:-1]) for item in _sequence(choice, lang, verbs, lists)]
    if word[0] == "<" and word.endswith(">"):
        return _list(word[1:-1], lang, verbs, lists)
    return [(text, False) for text in _letters(word)]


def _sequence(text: str, lang: str, verbs: VerbForms, lists: Mapping[str, Sequence[str]]) -> list[tuple[str, bool]]:
    words = list(_words(text))
    if not words:
        return [("", False)]
    if len(words) == 1:
        return _expand(words[0], lang, verbs, lists)
    choices = [_expand(word, lang, verbs, lists) for word in words]
    if any(is_verb for choice in choices for _, is_verb in choice):
        raise PatternError(f"`{text}`: a verb inside braces stands alone; put the other words outside")
    return [(" ".join(piece for piece, _ in pieces if piece), False) for pieces in product(*choices)]


def _list(name: str, lang: str, verbs: VerbForms, lists: Mapping[str, Sequence[str]]) -> list[tuple[str, bool]]:
    if name not in lists:
        known = ", ".join(sorted(lists)) or "none"
        raise PatternError(f"`<{name}>`: no such list in this file (there are: {known})")
    return [item for entry in lists[name] for item in _sequence(entry, lang, verbs, lists)]


def _closes(word: str) -> int:
    depth = 0
    for at, char in enumerate(word):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return at
    raise PatternError(f"`{word}`: `{{` is not closed by `}}`")


def _choices(inside: str) -> list[str]:
    depth, found, word = 0, [], ""
    for char in inside:
        depth += (char in "{(") - (char in "})")
        if char == "|" and depth == 0:
            found.append(word)
            word = ""
        else:
            word += char
    return [*found, word]


_OPTION = re.compile(r"\(([^()]*)\)|\{([^{}]*)\}")


def _letters(word: str) -> list[str]:
    """Expand `minero(s)` and `narco{s|tráfico}`."""
    found = _OPTION.search(word)
    if found is None:
        if any(char in word for char in "{}()<>|~"):
            raise PatternError(f"`{word}`: a mark that has no meaning here; write `\\` before it to mean itself")
        return [word]
    options = ["", *found.group(1).split("|")] if found.group(1) is not None else found.group(2).split("|")
    return [text for option in options for text in _letters(word[: found.start()] + option + word[found.end() :])]
