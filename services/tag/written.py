"""The ways in which the press writes a proper name: with its accents, without them, and all in capitals. Pure."""

from __future__ import annotations

import unicodedata


def without_accents(word: str) -> str:
    """``word`` with base letters: Perú, México, Brasília, España lose their marks, and nothing else changes."""
    split = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(char for char in split if not unicodedata.combining(char)))


def written_ways(pattern: str) -> tuple[str, ...]:
    """The patterns to look for: `=Perú` also as `=Peru`, `=PERÚ` and `=PERU` (headlines), others as they are.

    An empty pattern gives none.
    """
    if not pattern.startswith("="):
        return (pattern,) if pattern else ()
    word = pattern[1:]
    ways = (word, without_accents(word), word.upper(), without_accents(word.upper()))
    return tuple(dict.fromkeys(f"={way}" for way in ways))
