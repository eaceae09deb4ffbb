"""States and capitals that are named as mere places, not as who acts, or as part of another name.

"En Bolivia", "the border with Peru", "bound for Mexico", "Argentina-based", "Mexico cartels"; "Voluntad Perú",
"Brazil Minerals Inc". Pure.
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
    if field.view[start - 1 : start] in ("-", "–") and start > 1 and len(written) > 1:
        written = written[:-1]  # "frontera EEUU-México": what is said of the first holds of the second
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


_FIRMS = frozenset(
    b"""inc corp ltd llc minerals resources mining lithium metals gold copper energy petroleum airlines airways bank
    humana vamos libre posible nostrum""".split()
)
_NO_NAME = frozenset(
    b"""gran nueva nuevo novo nova viva republica presidente presidenta president gobierno governo government estado
    ministro ministra minister canciller chanceler ministerio ministry policia police embajada embaixada
    embassy monday tuesday wednesday thursday friday saturday sunday january february march april may june
    july august september october november december el la los las o a os as the en em in de do da dos das
    nos nas of y e and con com with contra against para to por by entre between que si se no nao not south
    north northern southern eastern western former ex interim acting vice prime foreign interior defense
    defence embajador embaixador ambassador secretario secretary ejercito exercito army armada marinha navy
    fuerza forca force cancilleria chancelaria senado congreso congresso congress senate corte supremo
    suprema court fiscalia republic kingdom state federal alto superior regional mandatario lider leader mr
    sr sra dr eeuu us eua oea onu ue brics""".split()
)
"""Capitalised words that may stand before a state without making one name with it."""


def in_a_name(field: Field, lang: str, start: int, end: int) -> bool:
    """Whether a state is part of a longer name of somebody else: "Voluntad Perú", "Brazil Minerals Inc"."""
    after = field.view[end : end + 16].split(" ", 2)
    if len(after) > 1 and not after[0] and after[1][:1].isupper():
        word = field.folded[end + 1 : end + 16].split()[:1]
        if word and word[0] in _FIRMS:
            return True
    if lang == "en" or field.name == "title" or field.view[start - 1 : start] != " ":
        return False  # English capitalises too much, above all in headlines that follow each other
    first = field.view.rfind(" ", max(0, start - 26), start - 1) + 1
    before = field.view[first : start - 1]
    if not first or len(before) < 3 or not before[0].isupper() or not before.isalpha():
        return False
    sentence = field.sentences[field.sentence_at(start)][0]
    if first <= sentence + 1 or field.view[first - 2] in ".:;,\"“«'‘(-–—?!\n":
        return False
    return field.folded[first : start - 1] not in _NO_NAME
