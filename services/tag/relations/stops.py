"""Where the journey that an article tells is at a sentence, and who is meant there by nobody's name.

    stops = Stops(traveller)
    stops.move(frame)                       # arrives, stays or goes home
    stops.sides(frame)                      # its sides, with "the visitor" and "his host" as sides
    stops.pair(frame, hit, roles)           # who a relation without names is between

A stop begins where the state is arrived at ("flew on to Quito", "Lima was cooler", "the Peruvian president received
him") and lasts until the next one, or until the traveller is home. A third state named in passing is no stop and no
party. A refusal in which nobody is named is the host's. Owns the state of one journey. Pure.
"""

from __future__ import annotations

import re

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.frame import CueHit, Frame, Side, side_of
from services.tag.relations.roles import Roles
from services.tag.relations.tour import is_head

_OPENING = 5  # words of a sentence before a state that it opens with: "Lima was cooler", "La última fue Lima"
_NEAR_VERB = 3  # words between "asked" and a third state that is asked
_FRESH = 3  # sentences of a paragraph in which a head of state that is named is the next host


class Stops:
    """One journey. Moves with the sentences."""

    def __init__(self, traveller: Side | None) -> None:
        self.traveller = traveller
        self._host: Side | None = None

    @property
    def host(self) -> Side | None:
        """Who receives the traveller now; None on the way and at home."""
        return self._host

    def move(self, frame: Frame) -> bool:
        """Take in a sentence; True when it leads to another stop or home."""
        if self.traveller is None:
            return False
        arrived = self._arrival(frame)
        if arrived is not None and (self._host is None or arrived.countries != self._host.countries):
            self._host = arrived
            return True
        if arrived is None and self._host is not None and self._goes_home(frame):
            self._host = None
            return True
        return False

    def _arrival(self, frame: Frame) -> Side | None:
        others = [m for m in _mentions(frame) if self._is_other(m)]
        heads = [m for m in others if is_head(m) or m.how == "seat" or m.role == "counterpart"]
        if heads:
            met = self._is_fresh(frame) or _has(frame, _MEETING[frame.lang])
            return self._one_of(frame, heads) if met else None
        return self._one_of(frame, [m for m in others if _arrived_at(frame, m)])

    def _is_other(self, mention: Mention) -> bool:
        return len(mention.countries) == 1 and (not self.traveller or mention.countries != self.traveller.countries)

    def _one_of(self, frame: Frame, mentions: list[Mention]) -> Side | None:
        if len({m.countries for m in mentions}) != 1:
            return None
        first = mentions[0]
        return Side(first.countries, first.start, first.end, (first,), b"", frame.field, first.trust)

    def _is_fresh(self, frame: Frame) -> bool:
        """Whether the sentence is among the first of its paragraph, or paragraphs say nothing here."""
        view = frame.field.view
        if self._host is None or frame.field.name == "title" or "\n" not in view:
            return True
        begin = view.rfind("\n", 0, frame.start + 1) + 1
        return frame.number - frame.field.sentence_at(begin) < _FRESH

    def _goes_home(self, frame: Frame) -> bool:
        if _has(frame, _HOME[frame.lang], words_from_start=6):
            return True
        capitals = [m for m in _mentions(frame) if m.how == "capital" and not self._is_other(m)]
        return any(m.place and _words_before(frame, m) <= _OPENING for m in capitals)

    def sides(self, frame: Frame) -> tuple[Side, ...]:
        """The sides of a sentence, "the visitor" and "his host" among them."""
        if self.traveller is None or self._host is None:
            return frame.sides
        found = list(frame.sides)
        for side, pattern in ((self.traveller, _VISITOR), (self._host, _RECEIVER)):
            for match in pattern.finditer(frame.field.folded, frame.start, frame.end):
                if not any(m.start < match.end() and match.start() < m.end for s in found for m in s.mentions):
                    named = Mention(side.countries, "carried", match.start(), match.end(), "stop")
                    found.append(side_of(frame.field, frame.lang, frame.start, [named]))
        return tuple(sorted(found, key=lambda side: side.start))

    def real(self, hit: CueHit, sides: tuple[Side, Side, str]) -> tuple[Side, Side, str] | None:
        """The same with the named side for a stand-in; None when both are one state."""
        actor, recipient, _ = sides
        if self.traveller is None or self._host is None:
            return sides
        if actor.countries == self.traveller.countries and _right_behind(hit, recipient):
            return actor, recipient, "stop"  # "and urged Venezuela to let them in"
        named = [self._named(side) for side in (actor, recipient)]
        if recipient is not actor and set(named[0].countries) == set(named[1].countries):
            return None
        same = named[0] is actor and named[1] is recipient
        return sides if same else (named[0], named[1], "stop")

    def _named(self, side: Side) -> Side:
        if side.mentions[0].rule != "stop" or self.traveller is None or self._host is None:
            return side
        return self.traveller if side.countries == self.traveller.countries else self._host

    def pair(self, frame: Frame, hit: CueHit, found: Roles) -> tuple[Side, Side, str] | None:
        """Who a relation is between that names one side at most; None when the stop does not say."""
        if self.traveller is None or self._host is None:
            return None
        present = found.actor or found.recipient
        answer = hit.cue.kind == "reject"
        idle = hit.cue.kind == "support" or (hit.cue.strength == 1 and hit.cue.kind in _IDLE)
        if idle and _only_stand_ins(frame) and not (hit.cue.kind == "propose" and found.actor):
            return None
        if answer and found.syntax == "passive" and present and present.before not in words.BY[frame.lang]:
            present = None  # "it was turned down before the visitor had finished"
        if present is None:
            return (self._host, self.traveller, "stop") if answer else (self.traveller, self._host, "stop")
        mine = set(present.countries)
        if len(mine) > 1:
            return None
        party = mine & {*self.traveller.countries, *self._host.countries}
        if not party:
            return self._with_third(frame, hit, found)
        other = self._host if mine & set(self.traveller.countries) else self.traveller
        if answer and not found.actor and not _does_it_to(hit, present):
            return present, other, "stop"
        return (present, other, "stop") if found.actor else (other, present, "stop")

    def _with_third(self, frame: Frame, hit: CueHit, found: Roles) -> tuple[Side, Side, str] | None:
        """A third state that is asked something right behind the verb is party to it; in passing it is none."""
        third = found.recipient
        if third is None or self._host is None or self.traveller is None:
            return None
        if _right_behind(hit, third):
            return self.traveller, third, "stop"
        return self.traveller, self._host, "stop"


_IDLE = ("request", "propose", "demand")
"""Kinds that a weak cue does not say of a pair that the sentence names nobody of: "he asked for another coffee"."""


def _only_stand_ins(frame: Frame) -> bool:
    return all(side.mentions[0].rule == "stop" for side in frame.sides)


def _right_behind(hit: CueHit, side: Side) -> bool:
    words_between = side.field.folded[hit.end : max(hit.end, side.start)].split()
    return side.start >= hit.end and len(words_between) <= _NEAR_VERB


def _does_it_to(hit: CueHit, side: Side) -> bool:
    return side.start >= hit.end and bool(side.before)


def _mentions(frame: Frame) -> list[Mention]:
    return [mention for side in frame.sides for mention in side.mentions]


def _has(frame: Frame, pattern: re.Pattern[bytes], words_from_start: int = 0) -> bool:
    folded = frame.field.folded[frame.start : frame.end]
    if words_from_start:
        folded = b" ".join(folded.split()[:words_from_start])
    return pattern.search(folded) is not None


def _words_before(frame: Frame, mention: Mention) -> int:
    return len(frame.field.folded[frame.start : mention.start].split())


def _arrived_at(frame: Frame, mention: Mention) -> bool:
    """Whether a sentence leads to a state or capital: it opens with it, or a word of travel stands before it."""
    if mention.how == "people":
        near = frame.field.folded[max(frame.start, mention.start - 14) : mention.end + 12].split()
        return any(word in _STAGES for word in near)
    if mention.how not in ("state", "capital"):
        return False
    before = frame.field.folded[frame.start : mention.start].split()
    asked = any(0 <= mention.start - c.end <= 20 and c.cue.kind in ("request", "propose", "demand") for c in frame.cues)
    if asked or any(word in _ASIDE for word in before):
        return False
    return len(before) <= _OPENING or any(word in words.TRAVEL for word in before[-6:])


_ASIDE = frozenset(b"que which where donde onde whose cuyo cuja cujo who quien quem while mientras enquanto as".split())
"""A state that stands behind one of these is told of in passing."""

_STAGES = frozenset(b"etapa escala parada visita capital estacion paragem estacao stop leg visit stage".split())
_VISITOR = re.compile(
    rb"\b(?:visitante|viajero|viajante|huesped|invitado|hospede|convidado|visitor|(?:his|her|the) guest"
    rb"|(?:mandatario|presidente) (?:electo|eleito)|president-elect|travell?er)\b"
)
_RECEIVER = re.compile(
    rb"\b(?:anfitriona?|anfitriones|duen[oa] de casa|anfitriao|anfitria|anfitrioes|dono da casa|dona da casa"
    rb"|(?:his|her|the|their) hosts?|su (?:par|homologo|homologa|colega)|(?:seu|sua) (?:par|homologo|homologa|colega)"
    rb"|(?:his|her) (?:counterpart|opposite number))\b"
)
_MEETING = {
    "es": re.compile(
        rb"\b(?:recibi|encontr|reuni|esper|aguard|visit|almorz|cen[oa]|convers|habl|salud|abraz|senta|sento|viaj|volo|vuelo"
        rb"|llego|con|etapa|escala|parada|estacion|invitad)"
    ),
    "pt": re.compile(
        rb"\b(?:receb|encontr|reuni|esper|aguard|visit|almoc|jant|convers|fal|salud|abrac|sent|viaj|voo|voou|chegou|com"
        rb"|etapa|escala|parada|paragem|estacao|convid)"
    ),
    "en": re.compile(
        rb"\b(?:receiv|met|meet|greet|welcom|await|wait|visit|lunch|dine|dinner|talk|spoke|embrac|hug|sat|flew|flight"
        rb"|arriv|with|stop|leg|audience|host|invit|call)"
    ),
}
_HOME = {
    "es": re.compile(rb"\b(?:en casa|de vuelta|de regreso|regreso|vuelo de vuelta|al volver|de retorno|en su pais)\b"),
    "pt": re.compile(rb"\b(?:em casa|de volta|na volta|de regresso|no regresso|ao voltar|voo de volta|no seu pais)\b"),
    "en": re.compile(rb"\b(?:back home|at home|flight home|flew home|back in|way home|returned home|meanwhile)\b"),
}
