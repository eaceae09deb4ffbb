"""A refusal without a recipient answers the last proposal on the same topic.

Owns the list of proposals of one article. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.tag.relations.draft import Draft, Near
from services.tag.relations.frame import Frame, Side

_OPEN = frozenset(("propose", "request", "demand"))


class Proposals:
    """The proposals told so far, in order."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []

    def note(self, draft: Draft) -> None:
        """Remember a relation if it is a proposal."""
        if draft.kind in _OPEN and not draft.flags.negated:
            self._drafts.append(draft)

    def answered_by(self, side: Side, frame: Frame, topics: Iterable[Near]) -> Draft | None:
        """The proposal that this side refuses in this sentence: the last on the same topic or in the same words."""
        areas = {near.area for near in topics}
        mine = set(side.countries)
        others = [draft for draft in reversed(self._drafts) if not set(draft.actors) & mine]
        same_words = next((draft for draft in others if _shared_words(frame, draft.frame)), None)
        if same_words:
            return same_words
        return next((d for d in others if not areas or not d.areas or areas & set(d.areas)), None)

    def topics_answered(self, side: Side, frame: Frame, topics: tuple[Near, ...]) -> tuple[Near, ...]:
        """The topics of a refusal: its own, or those of the proposal that it answers in the same words."""
        if any(near.where == "same" and near.strong for near in topics):
            return topics
        mine = set(side.countries)
        for draft in reversed(self._drafts):
            if not set(draft.actors) & mine and _shared_words(frame, draft.frame):
                theirs = tuple(n._replace(where="answer") for n in draft.topics if n.where in ("same", "cue"))
                return tuple(near for near in topics if near.where == "same") + theirs
        return topics


_LONG = 6  # letters that a word must have to say what is spoken of


def _shared_words(one: Frame, other: Frame) -> bool:
    """Whether two sentences speak of the same thing, by a long word that is no name of a side."""
    if one.field is other.field and one.number == other.number:
        return False
    return bool(_long_words(one) & _long_words(other))


def _long_words(frame: Frame) -> set[bytes]:
    taken = {word for side in frame.sides for word in frame.field.folded[side.start : side.end].split()}
    taken |= {word for hit in frame.cues for word in frame.field.folded[hit.start : hit.end].split()}
    folded = frame.field.folded[frame.start : frame.end].split()
    return {word for word in folded if len(word) >= _LONG and word not in taken and word not in _COMMON}


_COMMON = frozenset(
    b"gobierno governo government presidente president ministro minister canciller chanceler chancellor frontera"
    b" fronteira border acuerdo acordo agreement propuesta proposta proposal seguridad seguranca security"
    b" migracion migracao migration venezolanos venezuelanos venezuelans venezuelan migrantes migrants contra"
    b" autoridades authorities paises countries electo eleito semana pasada passada relaciones relacoes"
    b" martes lunes jueves viernes tuesday monday thursday friday wednesday quinta segunda terca tambien"
    b" durante despues ayer primer primera foreign exteriores interior defensa defesa mandatario".split()
)
