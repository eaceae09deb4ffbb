"""One form of a verb, and what the languages' rules share. Pure."""

from __future__ import annotations

from dataclasses import dataclass

_ACUTE = dict(zip("aeiou", "áéíóú", strict=True))
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_BARE = str.maketrans("áéíóúâêô", "aeiouaeo")


@dataclass(frozen=True)
class Form:
    """A word and its features; an empty string stands for a feature that the form has not."""

    word: str
    tense: str  # present past imperfect pluperfect future conditional infinitive gerund participle
    mood: str  # indicative subjunctive infinitive gerund participle
    person: str = ""  # 3 1
    number: str = ""  # sg pl
    clitic: str = ""  # se lo la le los las les


def accented(stem: str, circumflex: bool = False) -> str:
    """``stem`` with a written accent on its last vowel; one that already has an accent there is kept."""
    for at in range(len(stem) - 1, -1, -1):
        letter = stem[at]
        if letter in "áéíóúâêô":
            return stem
        if letter in _ACUTE:
            mark = _CIRCUMFLEX.get(letter, _ACUTE[letter]) if circumflex else _ACUTE[letter]
            return stem[:at] + mark + stem[at + 1 :]
    raise ValueError(f"no vowel to accent in {stem!r}")


def bare(word: str) -> str:
    """``word`` without acute and circumflex accents; ç, ã, õ and ñ stay."""
    return word.translate(_BARE)


def persons(words: tuple[str, str, str], tense: str, mood: str) -> list[Form]:
    """The three persons that news texts use: third singular, third plural, first plural."""
    who = (("3", "sg"), ("3", "pl"), ("1", "pl"))
    return [Form(word, tense, mood, *which) for word, which in zip(words, who, strict=True)]


def agreements(participle: str) -> list[Form]:
    """The four agreements of a Spanish or Portuguese participle in -o; one in -e agrees in number only."""
    ends: tuple[tuple[str, str], ...] = (("o", "sg"), ("a", "sg"), ("os", "pl"), ("as", "pl"))
    if participle.endswith("e"):
        ends = (("e", "sg"), ("es", "pl"))
    return [Form(participle[:-1] + end, "participle", "participle", "", number) for end, number in ends]
