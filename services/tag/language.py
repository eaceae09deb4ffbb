"""The language of an article: es, pt or en, or another that is not tagged.

Owns the decision. Looks at the title and the first few hundred characters only. Small words settle nearly every
article in a few microseconds; py3langid is asked about the rest, restricted to the three and to languages that a
headline of theirs is not mistaken for (Galician and its like are not among the rivals: short Spanish would often
be taken for them).
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from services.tag.text import fold

SUPPORTED = ("es", "pt", "en")
_RIVALS = tuple("fr it de nl ru ar zh pl tr ro sv el he ja ko uk vi id hi hu cs da".split())
_CHARS = 300
_MODEL_CHARS = 120
_SURE = 0.9
"""Probability at which an unsupported language is believed; below it the best of the three is taken."""

_SMALL = {
    "es": "el los las del y una con por su al lo sus pero fue desde hasta sobre entre segun".split(),
    "pt": "os do da dos das no na nos nas um uma com em ao pelo pela nao foi seu sua mas ate".split(),
    "en": "the of and to in for is on with by at from was that its his has after over as".split(),
}
_VOTES = {word.encode(): lang for lang, words in _SMALL.items() for word in words}


class Guess(NamedTuple):
    """A language code, and whether articles in it are tagged."""

    lang: str
    supported: bool


def language_of(title: str, text: str, given: str | None = None) -> Guess:
    """The language given (`es-AR` is `es`), else the one found in the words. Wordless text is taken for Spanish."""
    if given:
        code = given.replace("_", "-").split("-")[0].strip().lower()
        if code:
            return Guess(code, code in SUPPORTED)
    sample = f"{title}. {text[:_CHARS]}" if title else text[:_CHARS]
    return _by_small_words(sample) or _by_model(sample)


def _by_small_words(sample: str) -> Guess | None:
    """The language whose small words prevail: at least four of three kinds, and four times those of the others."""
    found = [word for word in fold(sample).split() if word in _VOTES]
    votes = [_VOTES[word] for word in found]
    best = max(SUPPORTED, key=votes.count)
    most = votes.count(best)
    kinds = len({word for word, lang in zip(found, votes, strict=True) if lang == best})
    if most >= 4 and kinds >= 3 and most >= 4 * (len(votes) - most):
        return Guess(best, True)
    return None


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    found.set_languages([*SUPPORTED, *_RIVALS])
    return found


def _by_model(sample: str) -> Guess:
    clean = sample[:_MODEL_CHARS].encode("utf-8", "ignore").decode("utf-8")  # lone surrogates
    if not any(char.isalpha() for char in clean):
        return Guess("es", True)
    ranked: list[tuple[str, float]] = _identifier().rank(clean)
    best, probability = ranked[0]
    if best in SUPPORTED:
        return Guess(best, True)
    if probability >= _SURE:
        return Guess(best, False)
    return Guess(next(code for code, _ in ranked if code in SUPPORTED), True)
