"""Names of persons between the states of a list: "el ministro de Perú, Juan Pérez, y su par de Chile".

Wire reports name who came: after the state between commas, before it with the state in brackets, or after a
semicolon. For grouping they are as good as not there. Owns finding such names between two mentions. Pure.
"""

from __future__ import annotations

import re

_RANK = r"(?:(?:general|almirante|vicealmirante|contralmirante|coronel|brigadier|embajador|embaixador|señor|doctor)\s)?"
_PART = r"(?:de|del|da|do|dos|das|la|van|von|y|e)\s"
_WORD = r"[A-ZÁÉÍÓÚÑÂÊÔÃÕÇÀÜ][\w.'’-]*"
_NAME = rf"{_RANK}{_WORD}(?:\s(?:{_PART})?{_WORD}){{0,6}}"
_AFTER = re.compile(rf",\s{_NAME}(?=\s?[,;]|\s(?:y|e|and|com|con)\s|$)")  # "de Perú, Juan Pérez, y de Chile"
# "Juan Pérez (Perú), Ana Soto (Chile)"
_BRACKETED = re.compile(rf"^\)\s?(?:[,;]|(?:\s|,\s)(?:y|e|and)\s)\s?(?:\w+\s)?{_NAME}\s\($")


def spans(between: str) -> list[tuple[int, int]]:
    """The spans of apposed names in what stands between two mentions."""
    if "," not in between or not any(char.isupper() for char in between):
        return []
    return [(found.start() + 1, found.end()) for found in _AFTER.finditer(between)]


def bracketed(between: str) -> str:
    """How two states in brackets, each behind its person, are joined: "and", "comma", or "" when they are not."""
    if not between.startswith(")") or not _BRACKETED.match(between):
        return ""
    head = between[1:8].replace(",", " ").split()[:1]
    return "and" if head and head[0] in ("y", "e", "and") else "comma"
