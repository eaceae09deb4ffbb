"""The language of an article: es, pt or en, or another that is not tagged.

Owns the decision. Looks at the title and the first few hundred characters only (a whole body costs fifty times
more and decides the same). A short headline rarely carries enough to tell Spanish from Galician, so languages
that are written much like the three are not among the rivals.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

SUPPORTED = ("es", "pt", "en")
_RIVALS = ("fr", "it", "de", "ca", "nl", "ru", "ar", "zh", "pl", "tr", "ro", "sv", "el", "he", "ja", "ko", "uk", "qu")
_CHARS = 300
_SURE = 0.9
"""Probability at which an unsupported language is believed; below it the best of the three is taken."""


class Guess(NamedTuple):
    """A language code, and whether articles in it are tagged."""

    lang: str
    supported: bool


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    found.set_languages([*SUPPORTED, *_RIVALS])
    return found


def language_of(title: str, text: str, given: str | None = None) -> Guess:
    """The language given (`es-AR` is `es`), else the one found in the words. Empty text is taken for Spanish."""
    if given:
        code = given.replace("_", "-").split("-")[0].strip().lower()
        if code:
            return Guess(code, code in SUPPORTED)
    return find(f"{title}. {text[:_CHARS]}" if title else text[:_CHARS])


def find(sample: str) -> Guess:
    """The language of a sample of text."""
    clean = sample.encode("utf-8", "ignore").decode("utf-8")  # lone surrogates
    if not any(char.isalpha() for char in clean):
        return Guess("es", True)
    ranked: list[tuple[str, float]] = _identifier().rank(clean)
    best, probability = ranked[0]
    if best in SUPPORTED:
        return Guess(best, True)
    if probability >= _SURE:
        return Guess(best, False)
    return Guess(next(code for code, _ in ranked if code in SUPPORTED), True)
