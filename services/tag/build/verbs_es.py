"""Spanish verb forms by rule: third person and first person plural, infinitive, gerund, participles.

Owns the paradigms (regular endings, changes of stem and spelling, the irregular verbs). Does not own the list
of verbs (``verbs-es.txt``) nor any file. The rules are those of every school grammar (Real Academia Española,
*Nueva gramática*, chapter 4), written for this project, so that the forms carry no foreign licence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.tag.build.forms import Form, accented, agreements, persons

_OBJECTS = ("se", "lo", "la", "le", "los", "las", "les")


@dataclass(frozen=True)
class Parts:
    """The principal parts from which every other form follows."""

    present: tuple[str, str, str]  # rechaza, rechazan, rechazamos
    preterite: tuple[str, str, str]  # rechazó, rechazaron, rechazamos
    imperfect: str  # rechazaba
    subjunctive: tuple[str, str, str]  # rechace, rechacen, rechacemos
    future: str  # rechazar-
    gerund: str
    participles: tuple[str, ...]


def forms(lemma: str, change: str = "") -> list[Form]:
    """Every form of ``lemma``; ``change`` is the stem's change as written in the list of verbs.

    Raises ValueError when the lemma is not an infinitive or its stem has no vowel that could change.
    """
    verb = lemma.removesuffix("se") if lemma.endswith(("arse", "erse", "irse")) else lemma
    parts = _irregular(verb) or _regular(verb, change)
    return [*_finite(parts), *_nonfinite(verb, parts)]


def _finite(parts: Parts) -> list[Form]:
    """The finite forms, built out of the principal parts."""
    past = parts.preterite[1].removesuffix("ron")
    stressed = accented(past)
    first = parts.imperfect + "mos"
    if not parts.imperfect.endswith("ía"):
        first = accented(parts.imperfect[:-2]) + first[-5:]
    table: dict[tuple[str, str], tuple[str, str, str]] = {
        ("present", "indicative"): parts.present,
        ("past", "indicative"): parts.preterite,
        ("imperfect", "indicative"): (parts.imperfect, parts.imperfect + "n", first),
        ("future", "indicative"): (parts.future + "á", parts.future + "án", parts.future + "emos"),
        ("conditional", "indicative"): (parts.future + "ía", parts.future + "ían", parts.future + "íamos"),
        ("present", "subjunctive"): parts.subjunctive,
    }
    found = [form for (tense, mood), words in table.items() for form in persons(words, tense, mood)]
    for end in ("ra", "se"):
        words = (past + end, past + end + "n", stressed + end + "mos")
        found += persons(words, "past", "subjunctive")
    return found


def _nonfinite(verb: str, parts: Parts) -> list[Form]:
    """Infinitive, gerund (each bare and with a pronoun) and the participles with their agreements."""
    stressed = accented(parts.gerund[:-1]) + parts.gerund[-1]
    found = [Form(verb, "infinitive", "infinitive"), Form(parts.gerund, "gerund", "gerund")]
    found += [Form(verb + pronoun, "infinitive", "infinitive", clitic=pronoun) for pronoun in _OBJECTS]
    found += [Form(stressed + pronoun, "gerund", "gerund", clitic=pronoun) for pronoun in _OBJECTS]
    for participle in parts.participles:
        found += agreements(participle)
    return found


# --- regular verbs and changes of stem ---------------------------------------------------------------------

_DIPHTHONG = {"ie": ("e", "ie"), "ue": ("o", "ue"), "i": ("e", "i"), "í": ("i", "í"), "ú": ("u", "ú")}
_PARTICIPLES = {
    "abrir": ("abierto",), "reabrir": ("reabierto",), "cubrir": ("cubierto",), "descubrir": ("descubierto",),
    "escribir": ("escrito",), "suscribir": ("suscrito", "suscripto"), "inscribir": ("inscrito", "inscripto"),
    "romper": ("roto",), "morir": ("muerto",), "volver": ("vuelto",), "devolver": ("devuelto",),
    "resolver": ("resuelto",), "disolver": ("disuelto",), "proveer": ("provisto", "proveído"),
    "elegir": ("elegido", "electo"),
}  # fmt: skip


def _regular(verb: str, change: str) -> Parts:
    """Principal parts of a verb that follows its class, with the stem's change."""
    kind, stem = verb[-2:], verb[:-2]
    if kind not in ("ar", "er", "ir") or not stem:
        raise ValueError(f"not a Spanish infinitive: {verb!r}")
    strong, soft = _stems(stem, change)
    parts = _first_class(stem, strong, verb) if kind == "ar" else _other_class(stem, strong, soft, kind)
    return replace(parts, participles=_PARTICIPLES.get(verb, parts.participles))


def _stems(stem: str, change: str) -> tuple[str, str]:
    """The stressed stem (acuerd-) and the one before -ió, -iendo (pid-, durm-)."""
    first = change.partition("-")[0]
    if not first:
        return stem, stem
    old, new = _DIPHTHONG[first]
    if first == "ie" and stem.endswith("quir"):
        old = "i"
    at = stem[: -1 if first in ("í", "ú") and stem[-1] not in "iu" else None].rfind(old)
    if at < 0:
        raise ValueError(f"the stem {stem!r} has no {old!r} that could change to {new!r}")
    if new == "ue" and stem[at - 1 : at] == "g":
        new = "üe"
    soft = {"i": "i", "ie-i": "i", "ue-u": "u"}.get(change, "")
    return stem[:at] + new + stem[at + 1 :], (stem[:at] + soft + stem[at + 1 :]) if soft else stem


def _first_class(stem: str, strong: str, verb: str) -> Parts:
    """-ar: rechazar, acordar, enviar."""
    return Parts(
        present=(strong + "a", strong + "an", stem + "amos"),
        preterite=(stem + "ó", stem + "aron", stem + "amos"),
        imperfect=stem + "aba",
        subjunctive=(_before_e(strong) + "e", _before_e(strong) + "en", _before_e(stem) + "emos"),
        future=verb,
        gerund=stem + "ando",
        participles=(stem + "ado",),
    )


def _before_e(stem: str) -> str:
    """The spelling that keeps the sound before e: saque, pague, rechace, averigüe."""
    for old, new in (("gu", "gü"), ("c", "qu"), ("g", "gu"), ("z", "c")):
        if stem.endswith(old):
            return stem[: -len(old)] + new
    return stem


def _other_class(stem: str, strong: str, soft: str, kind: str) -> Parts:
    """-er and -ir: defender, proteger, construir, sugerir, leer."""
    glide = kind == "ir" and stem.endswith("u") and not stem.endswith(("gu", "qu"))
    strong_vowel = stem.endswith(("a", "e", "o"))
    link = "y" if glide or strong_vowel else ("" if stem.endswith(("ñ", "ll")) else "i")
    hiatus = "í" if strong_vowel else "i"
    here = strong + "y" if glide else strong
    sub_weak = soft + "y" if glide else soft
    theme = "imos" if kind == "ir" else "emos"
    return Parts(
        present=(here + "e", here + "en", stem + theme),
        preterite=(soft + link + "ó", soft + link + "eron", stem + hiatus + "mos"),
        imperfect=stem + "ía",
        subjunctive=(_before_a(here) + "a", _before_a(here) + "an", _before_a(sub_weak) + "amos"),
        future=stem + kind,
        gerund=soft + link + "endo",
        participles=(stem + hiatus + "do",),
    )


def _before_a(stem: str) -> str:
    """The spelling that keeps the sound before a: proteja, persiga, conozca, ejerza, delinca."""
    if stem.endswith("c"):
        return stem[:-1] + ("zc" if stem[-2:-1] in "aeiou" else "z")
    for old, new in (("gu", "g"), ("qu", "c"), ("g", "j")):
        if stem.endswith(old):
            return stem[: -len(old)] + new
    return stem


# --- irregular verbs ---------------------------------------------------------------------------------------

# present 3s 3p 1p, preterite 3s 3p 1p, imperfect, subjunctive 3s 3p 1p, future stem, gerund, participle
_TABLE = """
haber   ha han hemos            hubo hubieron hubimos       había   haya hayan hayamos          habr   habiendo  habido
ser     es son somos            fue fueron fuimos           era     sea sean seamos             ser    siendo    sido
ir      va van vamos            fue fueron fuimos           iba     vaya vayan vayamos          ir     yendo     ido
estar   está están estamos      estuvo estuvieron estuvimos estaba  esté estén estemos          estar  estando   estado
dar     da dan damos            dio dieron dimos            daba    dé den demos                dar    dando     dado
ver     ve ven vemos            vio vieron vimos            veía    vea vean veamos             ver    viendo    visto
prever  prevé prevén prevemos   previó previeron previmos   preveía prevea prevean preveamos    prever previendo previsto
poder   puede pueden podemos    pudo pudieron pudimos       podía   pueda puedan podamos        podr   pudiendo  podido
querer  quiere quieren queremos quiso quisieron quisimos    quería  quiera quieran queramos     querr  queriendo querido
saber   sabe saben sabemos      supo supieron supimos       sabía   sepa sepan sepamos          sabr   sabiendo  sabido
hacer   hace hacen hacemos      hizo hicieron hicimos       hacía   haga hagan hagamos          har    haciendo  hecho
decir   dice dicen decimos      dijo dijeron dijimos        decía   diga digan digamos          dir    diciendo  dicho
tener   tiene tienen tenemos    tuvo tuvieron tuvimos       tenía   tenga tengan tengamos       tendr  teniendo  tenido
poner   pone ponen ponemos      puso pusieron pusimos       ponía   ponga pongan pongamos       pondr  poniendo  puesto
venir   viene vienen venimos    vino vinieron vinimos       venía   venga vengan vengamos       vendr  viniendo  venido
traer   trae traen traemos      trajo trajeron trajimos     traía   traiga traigan traigamos    traer  trayendo  traído
salir   sale salen salimos      salió salieron salimos      salía   salga salgan salgamos       saldr  saliendo  salido
valer   vale valen valemos      valió valieron valimos      valía   valga valgan valgamos       valdr  valiendo  valido
caer    cae caen caemos         cayó cayeron caímos         caía    caiga caigan caigamos       caer   cayendo   caído
oír     oye oyen oímos          oyó oyeron oímos            oía     oiga oigan oigamos          oir    oyendo    oído
ducir   duce ducen ducimos      dujo dujeron dujimos        ducía   duzca duzcan duzcamos       ducir  duciendo  ducido
"""  # noqa: E501
_IRREGULAR = {row.split()[0]: row.split()[1:] for row in _TABLE.strip().splitlines()}
# Verbs that are built on an irregular one; longest prefix-free ending first.
_BASES = ("ducir", "hacer", "decir", "tener", "poner", "venir", "traer", "oír")
_FUTURE = {"contradecir": "contradecir", "predecir": "predecir"}


def _irregular(verb: str) -> Parts | None:
    """Principal parts of an irregular verb or of one built on it (proponer, producir); None for the others."""
    if verb in _IRREGULAR:
        return _parts("", _IRREGULAR[verb])
    for base in _BASES:
        if verb.endswith(base):
            prefix = verb.removesuffix(base)
            parts = _parts(prefix, _IRREGULAR[base])
            return replace(parts, future=_FUTURE.get(verb, parts.future))
    return None


def _parts(prefix: str, row: list[str]) -> Parts:
    """Principal parts out of one row of the table."""
    words = [prefix + word for word in row]
    return Parts(
        present=(words[0], words[1], words[2]),
        preterite=(words[3], words[4], words[5]),
        imperfect=words[6],
        subjunctive=(words[7], words[8], words[9]),
        future=words[10],
        gerund=words[11],
        participles=(words[12],),
    )
