"""States and capitals that are named as mere places, not as who acts.

"En Bolivia", "the border with Peru", "bound for Mexico", "Argentina-based", "Mexico cartels". Pure.
"""

from __future__ import annotations

from services.tag.relations import words
from services.tag.text import Field

_ARTICLES = frozenset(b"el la the los las o a os as both ambos".split())
_BORDER = frozenset(
    b"""frontera fronteras fronteira fronteiras border borders limite limites limitrofe vecino
    fronterizo fronteriza fronterizos fronterizas fronteirico fronteirica""".split()
)
_BORDER_LINKS = frozenset(b"con com with entre between de do da of e y and que".split())
_HEADING = frozenset((b"rumbo a", b"destino a", b"procedente de", b"bound for", b"destined for", b"rumo a",
                      b"vindo de", b"oriundo de", b"headed for", b"headed to", b"camino a", b"caminho de"))  # fmt: skip
_GANGS = frozenset(b"cartel cartels gang gangs guerrilla guerrillas mafia mafias traffickers".split())
_HYPHENS = ("-", "–")
_MADE_WITH = frozenset(b"based linked born led backed origin bound".split())


def is_place(field: Field, lang: str, start: int, end: int) -> bool:
    """Named as where something is: "en Bolivia", "the border with Peru", "bound for Mexico", "Argentina-based"."""
    if field.view[end : end + 1] in _HYPHENS:
        tail = field.folded[end + 1 : end + 10].split()[:1]
        if tail and tail[0] in _MADE_WITH:
            return True
    written = field.folded[max(0, start - 40) : start].split()
    near = [word for word in written if word not in _ARTICLES][-3:]
    if not near:
        return False
    if near[-1] in _BORDER or _border_after(field, end):
        return True
    if near[-1] in words.PLACE[lang] or b" ".join(written[-2:]) in _HEADING:
        return True
    return near[-1] in _BORDER_LINKS and not _BORDER.isdisjoint(near[:-1])


def _border_after(field: Field, end: int) -> bool:
    """ "US-Mexico border", "the Colombia border"; and "Mexico cartels", which are no government."""
    after = field.folded[end : end + 24].split()
    joined = field.view[end : end + 1] in ("-", "–")
    if after and after[0] in _GANGS:
        return True
    return after[:1] == [b"border"] or (joined and after[1:2] == [b"border"])
