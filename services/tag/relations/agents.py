"""Whether somebody who is no state stands where a side should: as subject, as agent or as partner.

    taken(frame, hit, syntax, group)    # True: the relation is between others, whatever states stand near

"La minera firmó un acuerdo con la comunidad", "the mayor accused …", "firmado por especialistas", "se reunió con
sindicatos". Owns the classes of those who are no state (gangs, firms, parties, the press, local offices, private
persons) and how a clause is searched for them. Does not own gangs that topics know by name (`services.tag.score`).
Pure.
"""

from __future__ import annotations

from services.tag.mention import Mention
from services.tag.relations import words
from services.tag.relations.frame import CueHit, Frame, Side

GUESSED = ("carried", "article", "home", "both", "stop", "office")
"""How syntaxes begin whose sides are not both named in the sentence."""

_PRIVATE = frozenset(
    b"""banda bandas pandilla pandillas cartel carteles cartels mafia mafias guerrilla guerrillas guerrillero
    guerrilleros disidencia disidencias disidentes narcos narcotraficante narcotraficantes delincuente delincuentes
    criminales sicarios terroristas faccao faccoes quadrilha quadrilhas bandidos traficantes traficante rebeldes
    paramilitares gang gangs militia militias rebels guerrillas traffickers smugglers hackers hacker terrorists
    militants jihadists insurgents paramilitaries gunmen
    empresa empresas compania companias companhia companhias minera mineras mineradora mineradoras petrolera
    petroleras petroleira petroleiras multinacional multinacionales multinacionais company companies corporation
    multinational startup airline airlines aerolinea aerolineas inversionistas investidores investors empresario
    empresarios empresaria businessman businessmen businesswoman consorcio consortium executives
    ong ongs ngo ngos fundacion fundacao foundation activista activistas ativista ativistas activist activists
    analista analistas analyst analysts experto expertos experta especialista especialistas expert experts
    periodico diario jornal newspaper periodista periodistas jornalista jornalistas journalist journalists
    reporteros reporters encuesta pesquisa sondeo poll academicos scholars universidad universidade university
    partido partidos opositor opositores opositora oposicion oposicao opposition democrats republicans democratas
    republicanos
    alcalde alcaldesa alcaldes alcaldia prefeito prefeita prefeitos mayor mayors gobernador gobernadora gobernadores
    governador governadora governadores governor governors concejal concejales vereador vereadores
    migrantes migrante migrants migrant refugiados refugees victima victimas vitima vitimas victim victims familia
    familias familiares families residentes residents moradores manifestantes protesters ciudadanos ciudadano
    cidadaos cidadao citizens pasajeros passageiros passengers estudiantes estudantes students trabajadores
    trabalhadores workers mineros garimpeiros miners sindicato sindicatos unions abogado abogados abogada advogado
    advogados advogada lawyer lawyers attorneys sospechoso sospechosos suspeito suspeitos suspect suspects acusado
    acusados reo reos presos prisoners inmates hombre hombres homem homens mujer mujeres mulher mulheres man men
    woman women caller callers
    turistas tourists iglesia igreja church obispos bispos bishops hinchas torcedores fans""".split()
)
"""Nouns for those who act in the news and are no state, folded, in three languages."""

_MEMBERS = frozenset(
    b"""miembro miembros integrante integrantes lider lideres jefe jefes grupo grupos directivos representantes vocero
    portavoz membro membros chefe chefes dirigentes representante porta-voz member members leader leaders group groups
    head heads boss bosses spokesman spokeswoman representatives""".split()
)
"""Words that stand for those whom their "de" names."""

_TWO = frozenset(b"two both dos ambos dois duas ambas".split())
_EMPTY = frozenset(
    b"se le les lo la no ya y e o a ha han has have had he she it ele ela also tambien tambem asi assim then ayer ontem"
    b" hoy hoje today este esta el los las os as un una um uma the and to will would va vai van vao not nao would"
    b" haber ter have be been ser sido".split()
)
_CLAUSE = frozenset(
    b"que quien quienes who which that where donde onde quem cuando quando when mientras enquanto while si if pero but"
    b" mas porque because aunque embora although as".split()
)
_MARKS = ',;:()"“”«»—–'
_VERBAL = ("mutual", "directed")
_NOT_FINITE = ("infinitive", "gerund", "participle")
_DONE_TO_PERSONS = frozenset(("extradite", "extradition-request", "hand-over", "captured-abroad", "deport"))
_RELATED = (b"ado", b"ados", b"ada", b"adas", b"ed")  # "temas relacionados con"
_REACH = 60  # code points after a preposition within which the state it governs is named
_WORDS = 5  # words in which an office without a state is looked for there


def taken(frame: Frame, hit: CueHit, syntax: str, *, group: bool) -> bool:
    """Whether the place of one of the sides is taken by somebody who is no state."""
    if syntax not in ("passive", "of", "between") and private_subject(frame, hit, guessed(syntax)):
        return True
    return by_someone(frame, hit) or ((not group or guessed(syntax)) and with_someone(frame, hit))


def private_subject(frame: Frame, hit: CueHit, guessed: bool) -> bool:
    """Whether a finite verb's subject is a firm, a gang, a mayor …; the head of the noun phrase before it decides.

    A noun whose sides stand elsewhere belongs to the verb before it: "la minera firmó un acuerdo".
    """
    if hit.tense == "participle" or hit.cue.id in _DONE_TO_PERSONS:
        return False  # its subject is whom it is done to
    if (hit.cue.shape not in _VERBAL or hit.tense in _NOT_FINITE) and not guessed:
        return False
    if _is_passive(frame, hit) or (hit.cue.kind == "coerce" and hit.tense == "present" and frame.lang == "en"):
        return False  # "democrats decry the attack": a noun that looks like a verb
    return _headed_by_private(frame.lang, _subject_words(frame, hit))


def _headed_by_private(lang: str, found: list[bytes]) -> bool:
    """Whether one of the words is private and heads its phrase, by itself or as "miembros de la banda"."""
    for at, word in enumerate(found):
        before = [one for one in found[:at] if one not in _EMPTY]
        if word not in _PRIVATE or (before and before[-1] in _TWO):
            continue  # "the two men" are those who meet
        governed = bool(before) and before[-1] in words.PREPOSITIONS[lang]
        if not governed or (len(before) > 1 and before[-2] in _MEMBERS):
            return True
    return False


def _is_passive(frame: Frame, hit: CueHit) -> bool:
    before = frame.field.folded[max(frame.start, hit.start - 30) : hit.start].split()[-2:]
    return any(word in words.BE[frame.lang] for word in before)


def _subject_words(frame: Frame, hit: CueHit) -> list[bytes]:
    """The words of the clause before a verb that can be the head of its subject, sides left out."""
    end = hit.start
    for _ in range(3):
        start = _clause_start(frame, end)
        found = frame.field.folded[start:end].split()
        content = [word for word in found if word not in _EMPTY and word not in _CLAUSE]
        if _named(frame, start, end) or (content and not _only_a_name(frame, start, end)):
            return _head(frame, start, end)
        if start <= frame.start:
            return []
        end = start - 1
    return []


def _clause_start(frame: Frame, end: int) -> int:
    """Where the clause before a position begins: behind the last mark or the last word that opens a clause."""
    text = frame.field.view[frame.start : end]
    start = frame.start + max(text.rfind(mark) for mark in _MARKS) + 1
    at = start
    for word in frame.field.folded[start:end].split(b" "):
        at += len(word) + 1
        if word in _CLAUSE and at < end:
            start = at
    return start


def _only_a_name(frame: Frame, start: int, end: int) -> bool:
    """ "El alcalde de Cali, Juan Pérez, acusó": a name between commas says who the head before it is."""
    if frame.field.view[start - 1 : start] != ",":
        return False
    found = [word for word in frame.field.view[start:end].split() if word.strip(_MARKS)]
    return bool(found) and all(word[:1].isupper() for word in found)


def _head(frame: Frame, start: int, end: int) -> list[bytes]:
    """Words before the first side of a clause; in English, where heads come last, those behind the last one too."""
    inside = _named(frame, start, end)
    if not inside:
        return frame.field.folded[start:end].split()
    found = frame.field.folded[start : inside[0].start].split()
    if frame.lang == "en" and _ends_private(frame, inside[-1].end, end):
        found += [b"company"]
    return found


def _named(frame: Frame, start: int, end: int) -> list[Mention]:
    """The mentions of states in a span."""
    return [one for side in frame.sides for one in side.mentions if start <= one.start < end]


def _ends_private(frame: Frame, start: int, end: int) -> bool:
    """English: "the Canadian mining company Andes Gold" ends in its head and a name; "the cartel threats" do not."""
    written = frame.field.view[start:end].split()
    if frame.field.name == "title":
        return not _PRIVATE.isdisjoint(frame.field.folded[start:end].split()[-1:])
    last = next((at for at in range(len(written) - 1, -1, -1) if not _trails(written[at])), -1)
    folded = frame.field.folded[start:end].split()
    return last >= 0 and len(folded) == len(written) and folded[last] in _PRIVATE


def _trails(word: str) -> bool:
    return word[:1].isupper() or word.endswith("ly") or word in ("has", "have", "had", "also")


def by_someone(frame: Frame, hit: CueHit) -> bool:
    """Whether a participle's agent is no state: "firmado por especialistas", "criticised by activists"."""
    if hit.tense != "participle" and not (frame.lang == "en" and hit.tense == "past"):
        return False
    follow = frame.field.folded[hit.end : hit.end + _REACH].split()
    if not follow or follow[0] not in words.BY[frame.lang] or _side_within(frame, hit.end, _REACH):
        return False
    if any(word in _PRIVATE for word in follow[1 : 1 + _WORDS]):
        return True
    written = frame.field.view[hit.end : hit.end + _REACH].split()[1:2]
    return bool(written) and written[0][:1].isupper() and frame.field.name == "text"


def with_someone(frame: Frame, hit: CueHit) -> bool:
    """Whether the partner named after "with" is no state and no office: "se reunió con sindicatos"."""
    at = _partner(frame, hit)
    if at is None or _side_within(frame, at, _REACH):
        return False
    follow = frame.field.folded[at : min(frame.end, at + _REACH)].split()[:_WORDS]
    if not follow or follow[0][-2:] in (b"ar", b"er", b"ir"):
        return False
    if frame.field.view[at:].lstrip()[:1].isupper():
        return False  # a person's name may be an official's
    return not any(word in words.OFFICES for word in follow)


def _partner(frame: Frame, hit: CueHit) -> int | None:
    """Where the partner of a mutual cue begins: behind a "with" that the cue ends in or that follows it."""
    if hit.cue.shape not in ("mutual", "noun"):
        return None
    last = frame.field.folded[hit.start : hit.end].split()[-1:]
    if last and last[0] in words.WITH[frame.lang]:
        return hit.end
    at, end = hit.end, _phrase_end(frame, hit.end)
    before = b""
    for word in frame.field.folded[hit.end : end].split(b" ")[:5]:
        at += len(word) + 1
        if word in words.WITH[frame.lang]:
            return None if before.endswith(_RELATED) else at - 1
        before = word
    return None


def _phrase_end(frame: Frame, start: int) -> int:
    """Where the phrase that begins at a position ends: at the next mark, or out of reach."""
    end = min(frame.end, start + _REACH)
    found = (frame.field.view.find(mark, start, end) for mark in _MARKS)
    return min((at for at in found if at >= 0), default=end)


def _side_within(frame: Frame, start: int, reach: int) -> bool:
    return any(start <= side.start <= start + reach for side in frame.sides)


def guessed(syntax: str) -> bool:
    """Whether a side was taken over from elsewhere."""
    return syntax.startswith(GUESSED)


def own_agent(lang: str, text_between: str, last: Side | None) -> bool:
    """English: whether the side right before a noun is its agent: "U.S. military operation", "China's threat"."""
    if lang != "en" or last is None:
        return False
    between = text_between.replace("’", "'").strip()
    if between.startswith("'s"):
        between = between[2:].strip()
    return len(between.split()) <= 1 and not any(mark in between for mark in _MARKS)
