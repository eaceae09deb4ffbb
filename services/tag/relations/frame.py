"""A sentence as relations are read from it: its sides, its cues and the small words around them.

A *side* is one state, or several of one rank ("Chile y Perú"), made of mentions that stand together. Owns the
grouping and what stands before a side. Does not decide who acts on whom (`roles`).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from services.tag.lazy import lazy
from services.tag.mention import Mention
from services.tag.relations import apposed, guards, words
from services.tag.relations.kinds import Cue
from services.tag.text import Field

_REACH = 60  # code points before a side that are looked at for its preposition
_GAP = 90  # code points between two mentions of one group, at most


class Side(Struct, frozen=True, dict=True):
    """States that stand together in a sentence. Span of `field.view`."""

    countries: tuple[str, ...]
    start: int
    end: int
    mentions: tuple[Mention, ...]
    before: bytes  # the preposition that governs it, b"" when it has none
    field: Field
    trust: float  # of its best mention

    @lazy
    def is_place(self) -> bool:
        """Whether all its mentions name mere places."""
        return all(mention.place for mention in self.mentions)

    @lazy
    def how(self) -> str:
        """How its most trusted mention was recognised."""
        if len(self.mentions) == 1:
            return self.mentions[0].how
        return max(self.mentions, key=lambda mention: mention.trust).how


class CueHit(Struct, frozen=True, gc=False):
    """A cue in a sentence."""

    cue: Cue
    rule: str
    start: int
    end: int
    tense: str  # of its verb: past, present, future, conditional, infinitive, participle, gerund, or "" for a noun


class Frame(Struct, frozen=True, dict=True):
    """One sentence with a cue or a side in it."""

    field: Field
    lang: str
    number: int  # of the sentence in its field
    start: int
    end: int
    sides: tuple[Side, ...]
    cues: tuple[CueHit, ...]

    @lazy
    def folded(self) -> bytes:
        """Its folded text."""
        return self.field.folded[self.start : self.end]

    @lazy
    def padded(self) -> bytes:
        """The same with a space before, where phrases that begin with one are looked for."""
        return b" " + self.folded

    @lazy
    def states(self) -> frozenset[str]:
        """Every state that it names."""
        return frozenset(country for side in self.sides for country in side.countries)

    @lazy
    def folded_words(self) -> list[bytes]:
        """Its folded words."""
        return self.folded.split()

    @lazy
    def guarded(self) -> int:
        """How many words it holds that give sport, stage or weather away, two at most."""
        return guards.guarded(self.folded_words)

    @lazy
    def says_both(self) -> bool:
        """Whether it says "both governments", "os dois países", "bilateral" and the like."""
        if words.SAYS_TWO[self.lang].search(self.folded):
            return True
        return not words.BOTH[self.lang].isdisjoint(self.folded_words)


def words_before(field: Field, position: int, start: int, count: int) -> list[bytes]:
    """The last `count` folded words of the sentence before a position, nearest last."""
    return field.folded[max(start, position - _REACH) : position].split()[-count:]


def last_mark(text: str, marks: str) -> int:
    """Where the last of these marks stands, -1 when none does."""
    last = -1
    for mark in marks:
        at = text.rfind(mark, last + 1)
        if at >= 0:
            last = at
    return last


def words_between(field: Field, start: int, end: int) -> list[bytes]:
    """The folded words of a span."""
    return field.folded[start:end].split()


def sides(field: Field, lang: str, start: int, mentions: Sequence[Mention]) -> tuple[Side, ...]:
    """Group the mentions of one sentence; `start` is where it begins."""
    groups: list[list[Mention]] = []
    joins: list[list[str]] = []
    for mention in mentions:
        join = _join(field, lang, groups[-1], mention) if groups else ""
        if join:
            groups[-1].append(mention)
            joins[-1].append(join)
        else:
            groups.append([mention])
            joins.append([""])
    closed = [part for group, links in zip(groups, joins, strict=True) for part in _closed(group, links)]
    return tuple(side_of(field, lang, start, group) for group in closed)


def lone_sides(field: Field, mentions: Sequence[Mention]) -> tuple[Side, ...]:
    """Each mention as a side of its own: enough for a sentence without a cue, which is only remembered."""
    return tuple(Side(m.countries, m.start, m.end, (m,), b"", field, m.trust) for m in mentions)


def _closed(group: list[Mention], links: list[str]) -> list[list[Mention]]:
    """A list with commas holds only as far as its last "and"; what follows or lacks one stands alone."""
    last = max((at for at, link in enumerate(links) if link == "and"), default=-1)
    parts: list[list[Mention]] = []
    for at, (mention, link) in enumerate(zip(group, links, strict=True)):
        if not parts or (link == "comma" and at > last):
            parts.append([mention])
        else:
            parts[-1].append(mention)
    return parts


_PARTING = frozenset(':“”"«»')
_WITHIN = {lang: words.FILLERS[lang] | words.JOINS[lang] for lang in words.JOINS}


def _join(field: Field, lang: str, group: Sequence[Mention], mention: Mention) -> str:
    """How a mention continues a group: "same" state, "and", "comma", or "" when it does not."""
    last = group[-1]
    if mention.start - last.end > _GAP:
        return ""
    between = field.view[last.end : mention.start]
    if not _PARTING.isdisjoint(between) or between.strip() in (".", "?", "!"):
        return ""
    if ";" in between and between.strip() != ";":
        return ""
    inner = _between_names(field, last.end, mention.start)
    if set(mention.countries) <= {c for m in group for c in m.countries}:
        return "same" if len(inner) <= 3 and words.FILLERS[lang].issuperset(inner) else ""
    if mention.acts != last.acts:
        return ""
    if "(" in between or ")" in between:
        return apposed.bracketed(between)
    if len(inner) > 7 or not _WITHIN[lang].issuperset(inner):
        return ""
    if not words.JOINS[lang].isdisjoint(inner) or between.strip() in ("-", "–", "/", "&"):
        return "and"
    if field.name == "title" and lang == "en" and between == ", " and last.how == mention.how == "state":
        return "and"
    alike = last.how == mention.how or "title" in (last.how, mention.how)
    return "comma" if between.strip().startswith((",", ";")) and alike else ""


def _between_names(field: Field, start: int, end: int) -> list[bytes]:
    """The folded words of a span without the names of persons that stand in apposition."""
    names = apposed.spans(field.view[start:end])
    if not names:
        return words_between(field, start, end)
    edges = [start, *(start + edge for span in names for edge in span), end]
    parts = zip(edges[::2], edges[1::2], strict=True)
    return [word for first, last in parts for word in words_between(field, first, last)]


def side_of(field: Field, lang: str, start: int, group: list[Mention]) -> Side:
    """Mentions that stand together as one side; `start` is where their sentence begins."""
    countries = tuple(dict.fromkeys(country for mention in group for country in mention.countries))
    before = _preposition(field, lang, start, group[0].start)
    if group[0].place:  # "en Quito y Lima": both
        group = [replace(mention, place=True) for mention in group]
    trust = max(mention.trust for mention in group)
    return Side(countries, group[0].start, group[-1].end, tuple(group), before, field, trust)


def _preposition(field: Field, lang: str, start: int, position: int) -> bytes:
    if position > start and field.view[position - 1] in '"“«(':
        position -= 1
    if lang == "pt" and _is_article(field, position):
        position = max(start, position - 2)
    known, fillers = words.PREPOSITIONS[lang], words.FILLERS[lang]
    gap = field.view[max(start, position - _REACH) : position]
    cut = last_mark(gap, ",;:(")
    near = words_before(field, position, max(start, position - len(gap) + cut + 1), 5)
    for word in reversed(near):
        if word in known and not (lang == "pt" and word in (b"a", b"o") and word is not near[-1]):
            return word
        if word not in fillers:
            return b""
    return b""


_ACCENTS = 300  # code points on either side in which Portuguese has an accent if it is written with any
_NO_ARTICLE = ("cuba", "costa rica", "guatemala", "nicaragua", "angola")


def _is_article(field: Field, position: int) -> bool:
    """Portuguese `a` before a name in -a ("a Bolívia chegou"); `à` is a preposition, and so is `a` without accents."""
    view = field.view[max(0, position - 2) : position + 16]
    if view[:2] not in ("a ", "A ") or field.folded[max(0, position - 3) : position - 2].strip(b" "):
        return False
    if field.view[max(0, position - _ACCENTS) : position + _ACCENTS].isascii():
        return False
    name = field.folded[position : position + 40].split(b" ", 1)[0].decode("latin-1")
    return name.endswith("a") and not name.startswith(_NO_ARTICLE)


def cue_hits(field: Field, hits: Sequence[CueHit], mentions: Sequence[Mention]) -> tuple[CueHit, ...]:
    """The cues of a sentence: the longest at each place, none inside an actor's name."""
    kept: list[CueHit] = []
    void = [hit for hit in hits if hit.cue.strength == 0]
    for hit in hits:  # sorted by (start, -end)
        if void and (hit.cue.strength == 0 or any(v.start < hit.end and hit.start < v.end for v in void)):
            continue
        if mentions and any(m.start <= hit.start < m.end for m in mentions):
            continue
        if _aside(field, hit.start):
            continue
        if kept and hit.start < kept[-1].end:
            last = kept[-1]
            if "," in field.view[last.start : hit.start]:  # its gap runs into another clause
                kept[-1] = hit
                continue
            longer = hit.end - hit.start > last.end - last.start
            stronger = (hit.start, hit.end) == (last.start, last.end) and hit.cue.strength > last.cue.strength
            if longer or stronger:
                kept[-1] = hit
            continue
        kept.append(hit)
    return tuple(kept)


_ASIDES = (
    b"lea", b"lee", b"le ", b"lo ", b"vea", b"ver", b"puede", b"podria", b"tambien", b"de seguro", b"por contexto",
    b"en contexto", b"mas ", b"read", b"see also", b"leia", b"veja", b"saiba", b"contexto", b"te puede",
    b"escuche", b"lo invitamos", b"urgente", b"no se pierda", b"siga leyendo",
)  # fmt: skip


def _aside(field: Field, position: int) -> bool:
    """Inside "(Lea también: ...)": a link to another story, which says nothing of this one."""
    opening = field.view.rfind("(", max(0, position - 200), position)
    if opening < 0 or field.view.find(")", opening, position) >= 0:
        return False
    return field.folded[opening + 1 : opening + 20].lstrip().startswith(_ASIDES)
