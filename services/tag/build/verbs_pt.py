"""Portuguese verb forms by rule: third person and first person plural, infinitives, gerund, participles.

Owns the paradigms of Brazil and Portugal (spelling of 1990, with *acordámos* beside *acordamos*), enclitic and
mesoclitic pronouns that change the verb (*assiná-lo*, *reunir-se-á*). Does not own the list of verbs
(``verbs-pt.txt``) nor any file. The rules are those of every school grammar (Cunha and Cintra, *Nova gramática
do português contemporâneo*, chapter 13), written for this project, so that the forms carry no foreign licence.
"""

from __future__ import annotations

from dataclasses import replace

from services.tag.build.forms import Form, accented, agreements, bare, persons
from services.tag.build.irregular_pt import PARTICIPLES, Parts, irregular


def forms(lemma: str, change: str = "") -> list[Form]:
    """Every form of ``lemma``; ``change`` is the stem's change as written in the list of verbs.

    Raises ValueError when the lemma is not an infinitive or its stem has no vowel that could change.
    """
    parts = irregular(lemma) or _regular(lemma, change)
    parts = replace(parts, participles=PARTICIPLES.get(lemma, parts.participles))
    return [*_finite(parts), *_nonfinite(lemma, parts), *_with_pronouns(lemma, parts)]


def _finite(parts: Parts) -> list[Form]:
    """The finite forms, built out of the principal parts."""
    past = parts.preterite[1].removesuffix("ram")
    stressed = accented(past, parts.close)
    future = parts.future
    table: dict[tuple[str, str], tuple[str, str, str]] = {
        ("present", "indicative"): parts.present,
        ("past", "indicative"): parts.preterite,
        ("imperfect", "indicative"): (parts.imperfect, _plural(parts.imperfect), _we_imperfect(parts.imperfect)),
        ("pluperfect", "indicative"): (past + "ra", past + "ram", stressed + "ramos"),
        ("future", "indicative"): (future + "á", future + "ão", future + "emos"),
        ("conditional", "indicative"): (future + "ia", future + "iam", future + "íamos"),
        ("present", "subjunctive"): parts.subjunctive,
        ("past", "subjunctive"): (past + "sse", past + "ssem", stressed + "ssemos"),
        ("future", "subjunctive"): (_no_hiatus(past) + "r", past + "rem", _no_hiatus(past) + "rmos"),
    }
    found = [form for (tense, mood), words in table.items() for form in persons(words, tense, mood)]
    if parts.preterite[2].endswith("amos"):
        found.append(Form(parts.preterite[2][:-4] + "ámos", "past", "indicative", "1", "pl"))
    return found


def _plural(word: str) -> str:
    """The third plural of an imperfect: rejeitavam, defendiam, tinham."""
    return word + "m"


def _we_imperfect(word: str) -> str:
    """The first plural of an imperfect: rejeitávamos, defendíamos, tínhamos, éramos."""
    if word.endswith("nha"):
        return accented(word[:-3]) + "nhamos"
    cut = -1 if word.endswith(("ia", "ía")) else -2
    return accented(word[:cut]) + word[cut:] + "mos"


def _no_hiatus(past: str) -> str:
    """The stem of the future subjunctive: concluí- gives concluir, saí- gives sair."""
    return past[:-1] + "i" if past.endswith("í") else past


def _nonfinite(lemma: str, parts: Parts) -> list[Form]:
    """Infinitive (also personal), gerund, participles."""
    plain = bare(lemma) if lemma == "pôr" else lemma
    stem = plain[:-2] + "ír" if lemma.endswith(("uir", "air")) and not lemma.endswith(("guir", "quir")) else plain
    found = [Form(lemma, "infinitive", "infinitive"), Form(parts.gerund, "gerund", "gerund")]
    found.append(Form(stem + "em", "infinitive", "infinitive", "3", "pl"))
    found.append(Form(plain + "mos", "infinitive", "infinitive", "1", "pl"))
    for participle in parts.participles:
        found += agreements(participle)
    return found


def _with_pronouns(lemma: str, parts: Parts) -> list[Form]:
    """Forms with a pronoun after the verb or inside it: reuniu-se, assiná-lo, reunir-se-á."""
    third = [*parts.present[:2], *parts.preterite[:2], parts.imperfect, _plural(parts.imperfect)]
    tenses = ["present", "present", "past", "past", "imperfect", "imperfect"]
    numbers = ["sg", "pl"] * 3
    found = [
        Form(word + "-se", tense, "indicative", "3", number, "se")
        for word, tense, number in zip(third, tenses, numbers, strict=True)
    ]
    found += [Form(lemma + "-se", "infinitive", "infinitive", clitic="se")]
    found += [Form(parts.gerund + "-se", "gerund", "gerund", clitic="se")]
    cut = _before_object(lemma)
    found += [Form(f"{cut}-{word}", "infinitive", "infinitive", clitic=word) for word in ("lo", "la", "los", "las")]
    for end, tense, number in _INSIDE:
        found.append(Form(f"{parts.future}-se-{end}", tense, "indicative", "3", number, "se"))
    return found


_INSIDE = (("á", "future", "sg"), ("ão", "future", "pl"), ("ia", "conditional", "sg"), ("iam", "conditional", "pl"))


def _before_object(lemma: str) -> str:
    """The infinitive before -lo: assiná-, defendê-, permiti-, concluí-, propô-."""
    stem = bare(lemma[:-1])
    if stem.endswith(("a", "e", "o")):
        return accented(stem, circumflex=True) if stem[-1] in "eo" else accented(stem)
    hiatus = stem.endswith(("ui", "ai")) and not stem.endswith(("gui", "qui"))
    return accented(stem) if hiatus else stem


# --- regular verbs and changes of stem ---------------------------------------------------------------------

_ACCENT = {"ú": "u", "í": "i"}


def _regular(verb: str, change: str) -> Parts:
    """Principal parts of a verb that follows its class, with the stem's change."""
    kind, stem = verb[-2:], verb[:-2]
    if kind not in ("ar", "er", "ir") or not stem:
        raise ValueError(f"not a Portuguese infinitive: {verb!r}")
    if kind == "ar":
        return _first_class(stem, change, verb)
    if kind == "ir" and stem.endswith(("u", "a")) and not stem.endswith(("gu", "qu")):
        return _vowel_class(stem, change, verb)
    return _other_class(stem, change, verb)


def _change(stem: str, old: str, new: str) -> str:
    """``stem`` with its last ``old`` made ``new``."""
    at = stem.rfind(old)
    if at < 0:
        raise ValueError(f"the stem {stem!r} has no {old!r} that could change to {new!r}")
    return stem[:at] + new + stem[at + 1 :]


def _first_class(stem: str, change: str, verb: str) -> Parts:
    """-ar: rejeitar, negociar, bloquear (bloqueia), mediar (medeia), saudar (saúda)."""
    strong = stem
    if change == "ei":
        strong = stem[:-1] + "ei"
    elif change in _ACCENT:
        strong = _change(stem, _ACCENT[change], change)
    elif stem.endswith("e"):
        strong = stem + "i"
    return Parts(
        present=(strong + "a", strong + "am", stem + "amos"),
        preterite=(stem + "ou", stem + "aram", stem + "amos"),
        imperfect=stem + "ava",
        subjunctive=(_before_e(strong) + "e", _before_e(strong) + "em", _before_e(stem) + "emos"),
        future=verb,
        gerund=stem + "ando",
        participles=(stem + "ado",),
    )


def _before_e(stem: str) -> str:
    """The spelling that keeps the sound before e: busque, negue, avance."""
    for old, new in (("c", "qu"), ("g", "gu"), ("ç", "c")):
        if stem.endswith(old):
            return stem[:-1] + new
    return stem


def _other_class(stem: str, change: str, verb: str) -> Parts:
    """-er and -ir: defender, exercer, sugerir, descobrir, agredir, proibir."""
    kind = verb[-2:]
    strong, subject = stem, stem
    if change in ("i", "ii"):
        subject = _change(stem, "e", "i")
        strong = subject if change == "ii" else stem
    elif change == "u":
        subject = _change(stem, "o", "u") if "o" in stem else stem
        strong = stem if "o" in stem else _change(stem, "u", "o")
    elif change in _ACCENT:
        strong = subject = _change(stem, _ACCENT[change], change)
    weak = stem if change in _ACCENT else subject
    theme = kind[0]
    return Parts(
        present=(strong + "e", strong + "em", stem + theme + "mos"),
        preterite=(stem + ("eu" if kind == "er" else "iu"), stem + theme + "ram", stem + theme + "mos"),
        imperfect=stem + "ia",
        subjunctive=(_before_a(subject) + "a", _before_a(subject) + "am", _before_a(weak) + "amos"),
        future=verb,
        gerund=stem + theme + "ndo",
        participles=(stem + "ido",),
        close=kind == "er",
    )


def _before_a(stem: str) -> str:
    """The spelling that keeps the sound before a: reconheça, proteja, persiga, extorqua."""
    for old, new in (("gu", "g"), ("c", "ç"), ("g", "j")):
        if stem.endswith(old):
            return stem[: -len(old)] + new
    return stem


def _vowel_class(stem: str, change: str, verb: str) -> Parts:
    """-uir and -air: concluir (conclui), construir (constrói), atrair (atrai)."""
    if change == "ó":
        present = (stem[:-1] + "ói", stem[:-1] + "oem", stem + "ímos")
    else:
        present = (stem + "i", stem + "em", stem + "ímos")
    link = "" if stem.endswith("u") else "i"
    return Parts(
        present=present,
        preterite=(stem + "iu", stem + "íram", stem + "ímos"),
        imperfect=stem + "ía",
        subjunctive=(stem + link + "a", stem + link + "am", stem + link + "amos"),
        future=verb,
        gerund=stem + "indo",
        participles=(stem + "ído",),
    )
