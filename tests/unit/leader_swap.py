"""Texts with an office-holder who acts replaced by the country: "Milei propuso" becomes "Argentina propuso".

Only where the grammar allows it: the name, with its title and article, opens a clause and a finite verb follows.
"""

from __future__ import annotations

from collections.abc import Sequence

from services.tag.actors import find
from services.tag.lexicon import Match
from services.tag.mention import Mention
from services.tag.relation_tags import day_of
from services.tag.relations.tenses import tense_of
from services.tag.text import Field
from tests.unit.tagging import tagger

NAMES = {
    "es": {"AR": "Argentina", "BO": "Bolivia", "BR": "Brasil", "CL": "Chile", "CO": "Colombia", "EC": "Ecuador",
           "GY": "Guyana", "PE": "Perú", "PY": "Paraguay", "SR": "Surinam", "UY": "Uruguay", "VE": "Venezuela"},
    "pt": {"AR": "a Argentina", "BO": "a Bolívia", "BR": "o Brasil", "CL": "o Chile", "CO": "a Colômbia",
           "EC": "o Equador", "GY": "a Guiana", "PE": "o Peru", "PY": "o Paraguai", "SR": "o Suriname",
           "UY": "o Uruguai", "VE": "a Venezuela"},
    "en": {"AR": "Argentina", "BO": "Bolivia", "BR": "Brazil", "CL": "Chile", "CO": "Colombia", "EC": "Ecuador",
           "GY": "Guyana", "PE": "Peru", "PY": "Paraguay", "SR": "Suriname", "UY": "Uruguay", "VE": "Venezuela"},
}  # fmt: skip
_ARTICLES = {"es": ("el", "la"), "pt": ("o", "a"), "en": ("the",)}
_FINITE = ("past", "present", "future", "imperfect", "conditional")
_HELPS = ("se", "le", "les", "lhe", "no", "não", "has", "had", "will", "is", "was", "ha", "había", "vai", "foi", "fue")
_CLAUSE = '.?!"“«,'


def swapped(title: str, text: str, lang: str, published: str | None) -> tuple[str, str, int]:
    """Title and text with countries for leaders, and how many."""
    reading = tagger().read(title, text, lang)
    day = day_of(published)
    fields = ((reading.document.title, reading.title), (reading.document.text, reading.text))
    spans = [_spans(field, lang, matches, find(field, lang, matches, day)) for field, matches in fields]
    return _replaced(title, spans[0]), _replaced(text, spans[1]), len(spans[0]) + len(spans[1])


def _replaced(text: str, spans: Sequence[tuple[int, int, str]]) -> str:
    for start, end, name in reversed(spans):
        text = text[:start] + name + text[end:]
    return text


def _spans(
    field: Field, lang: str, matches: Sequence[Match], mentions: Sequence[Mention]
) -> list[tuple[int, int, str]]:
    found = []
    titles = [match for match in matches if match.rule.group == "title"]
    for at, mention in enumerate(mentions):
        name = NAMES[lang].get(mention.countries[0])
        if mention.how != "leader" or (mention.role or "").startswith("former") or name is None:
            continue
        start = _start(field, lang, mention, mentions[at - 1] if at else None, titles)
        before = field.view[:start].rstrip(" ")
        clause = not before or before[-1] in _CLAUSE or before[-1] == "\n"
        if clause and _acts(field, lang, mention.end):
            opens = not before or before[-1] != ","
            found.append((start, mention.end, name[0].upper() + name[1:] if opens else name))
    return found


def _start(field: Field, lang: str, mention: Mention, last: Mention | None, titles: Sequence[Match]) -> int:
    """Where the name begins with its title and article."""
    start = mention.start
    if last and last.how == "title" and last.countries == mention.countries and start - last.end <= 2:
        start = last.start
    else:
        start = next((title.start for title in titles if start - title.end == 1), start)
    for article in _ARTICLES[lang]:
        begin = start - len(article) - 1
        whole = begin == 0 or (begin > 0 and not field.view[begin - 1].isalpha())
        if whole and field.view[begin:start].lower() == article + " ":
            return begin
    return start


def _acts(field: Field, lang: str, end: int) -> bool:
    after = field.view[end : end + 30]
    if not after.startswith(" "):
        return False
    word = after.split()[0] if after.split() else ""
    return word.islower() and (word in _HELPS or tense_of(lang, word.strip(",.;:")) in _FINITE)
