"""A refusal without a recipient answers the last proposal on the same topic.

Owns the list of proposals of one article. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from services.tag.relations.draft import Draft, Near
from services.tag.relations.frame import CueHit, Frame, Side

_OPEN = frozenset(("propose", "request", "demand"))


class Proposals:
    """The proposals told so far, in order."""

    def __init__(self) -> None:
        self._drafts: list[Draft] = []
        self._refused: list[Draft] = []

    def note(self, draft: Draft) -> None:
        """Remember a relation if it is a proposal, or refuses one."""
        if draft.kind == "reject":
            self._refused.append(draft)
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

    def topics_answered(
        self, side: Side, frame: Frame, topics: tuple[Near, ...], host: Side | None
    ) -> tuple[Near, ...]:
        """The topics of a refusal: its own, or those of the proposal that it answers in the same words.

        At the stop of a tour (`host` is who receives) the words may stand in the sentences before ("But the corridor
        was another matter. It was turned down."), or be missing where the host was made one proposal only.
        """
        mine = set(side.countries)
        return self._topics(frame, topics, host, [d for d in reversed(self._drafts) if not set(d.actors) & mine])

    def topics_named(self, frame: Frame, topics: tuple[Near, ...], host: Side | None) -> tuple[Near, ...]:
        """The topics of a proposal that is named again: "the same proposal", "la propuesta fue rechazada"."""
        told = [*self._refused, *self._drafts]
        found = self._topics(frame, topics, host, told[::-1])
        last = self._drafts[-1:] if found is topics and not any(near.where == "same" for near in topics) else ()
        theirs = tuple(replace(n, where="answer") for draft in last for n in draft.topics if n.where in _OWN)
        return theirs or found

    def _topics(
        self, frame: Frame, topics: tuple[Near, ...], host: Side | None, drafts: Sequence[Draft]
    ) -> tuple[Near, ...]:
        if any(near.where == "same" and near.strong for near in topics):
            return topics
        asked = [d for d in drafts if d.frame.start != frame.start and any(n.where in _OWN for n in d.topics)]
        reach = range(_BACK + 1 if host else 1)
        same_words = (draft for back in reach for draft in asked if _shared_words(frame, draft.frame, back))
        answered = next(same_words, None) or (host and next((d for d in asked if d.recipient is host), None))
        if not answered:
            return topics
        theirs = tuple(replace(n, where="answer") for n in answered.topics if n.where in _OWN)
        return tuple(near for near in topics if near.where == "same") + theirs


_OWN = ("same", "cue", "answer")

_LONG = 6  # letters that a word must have to say what is spoken of


_BACK = 2
"""Sentences before a refusal in which a stop may name what is refused."""


def is_named_again(frame: Frame, hit: CueHit) -> bool:
    """Whether a cue is a proposal that was told before: "the same proposal", "la propuesta"."""
    cue = frame.field.folded[hit.start : hit.end].split()
    if _SAME & set(cue) or cue[1:2] == [b"the"]:  # "put the corridor to"
        return True
    before = frame.field.folded[max(frame.start, hit.start - 12) : hit.start].split()[-1:]
    return bool(cue) and cue[0] in _PROPOSAL and bool(before) and before[0] in _THE


_SAME = frozenset(b"same mismo misma mesmo mesma".split())
_PROPOSAL = frozenset(b"propuesta proposta proposal idea ideia iniciativa initiative".split())
_THE = frozenset(b"la a the esa essa esta dicha that this su sua his her".split())


def _shared_words(one: Frame, other: Frame, back: int = 0) -> bool:
    """Whether two sentences speak of the same thing, by a long word that is no name of a side.

    `back` takes the sentence that many before `one` for it.
    """
    number = one.number - back
    if number < 0 or (one.field is other.field and number == other.number):
        return False
    mine = _long_words(one) if back == 0 else _words_of_sentence(one, number)
    return bool(mine & _long_words(other))


def _long_words(frame: Frame) -> set[bytes]:
    taken = {word for side in frame.sides for word in frame.field.folded[side.start : side.end].split()}
    taken |= {word for hit in frame.cues for word in frame.field.folded[hit.start : hit.end].split()[:1]}
    return _words_of_sentence(frame, frame.number) - taken


def _words_of_sentence(frame: Frame, number: int) -> set[bytes]:
    start, end = frame.field.sentences[number]
    return {word for word in frame.field.folded[start:end].split() if len(word) >= _LONG and word not in _COMMON}


_COMMON = frozenset(
    b"gobierno governo government presidente president ministro minister canciller chanceler chancellor frontera"
    b" fronteira border acuerdo acordo agreement propuesta proposta proposal seguridad seguranca security"
    b" migracion migracao migration venezolanos venezuelanos venezuelans venezuelan migrantes migrants contra"
    b" autoridades authorities paises countries electo eleito semana pasada passada relaciones relacoes"
    b" martes lunes jueves viernes tuesday monday thursday friday wednesday quinta segunda terca tambien"
    b" durante despues ayer primer primera foreign exteriores interior defensa defesa mandatario".split()
)
