"""An article page's bytes → its text, date and canonical address. Pure, slow, hostile input: runs in a child process.

trafilatura finds the article; what it leaves of menus, teasers and calls to subscribe is dropped line by line here,
because a teaser about another story would raise a false alert. Figures of both: docs/polling.md.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import trafilatura
from lxml import etree

from services.fulltext.page import PageJob, PageText

_LEAST = 250  # characters; a page with less is no article, or is behind a wall
_MARKS = '.!?…"”»’):;'
_WALL = re.compile(
    r"suscr[ií]b(?:ete|ase|irte|irse) para (?:seguir|continuar)|contenido exclusivo para suscriptores"
    r"|solo para suscriptores|exclusivo para assinantes|conte[úu]do (?:exclusivo )?para assinantes"
    r"|assine para (?:continuar|ler)"
    r"|para seguir leyendo|inicia sesi[óo]n para (?:leer|continuar)|subscribe to (?:read|continue)|subscribers only"
    r"|already a subscriber|já é assinante|ya eres suscriptor|isaccessibleforfree\W{1,6}false",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"antes de (?:continuar|seguir)[^.]{0,40}cookies|before you continue|aceptar (?:y continuar|todas las cookies)"
    r"|aceitar (?:todos os )?cookies e continuar|consent\.(?:google|yahoo)|enable javascript|habilit[ea] javascript"
    r"|checking your browser|verify you are human|verificando que (?:eres|usted es)",
    re.IGNORECASE,
)
_CALL = re.compile(
    r"^(?:lea|lee|leia|mira|vea|ver|le puede interesar|te puede interesar|leia também|lee también|lea también"
    r"|veja também|read (?:more|also)|s[íi]guenos|siga-nos|follow us|suscr[ií]bete|assine|comparte|compartilhe"
    r"|publicidad|newsletter|recibe|receba|hazte|whatsapp|telegram)\b",
    re.IGNORECASE,
)


_DATE_PUBLISHED = re.compile(rb'"datePublished"\s*:\s*"([^"]{8,40})"')


def extract(job: PageJob) -> PageText:
    """Raises whatever its bytes make a parser raise: the caller is a child that may fail."""
    tree = trafilatura.load_html(job.body)
    if tree is None:
        return PageText(problem="short")
    canonical, amp = _links(tree)
    published = _published(tree) or _from_data(job.body)
    found = trafilatura.extract(tree, favor_precision=True, include_comments=False, include_tables=False, url=job.url)
    text = "\n".join(sentences((found or "").splitlines()))
    if len(text) >= _LEAST:
        cut = _WALL.search(job.body[:400_000].decode("utf-8", "replace")) and len(text) < 4 * _LEAST
        return PageText(text[: job.limit], published, canonical, amp, "wall" if cut else "")
    return PageText("", published, canonical, amp, _why(job.body))


def sentences(lines: list[str]) -> list[str]:
    """The lines that are prose: those that end like a sentence, or are long enough to be one.

    Headlines of other stories, menu entries and captions do neither; calls to subscribe, follow or read something
    else are dropped even when they do.
    """
    kept = []
    for line in lines:
        text = line.strip().lstrip("•–—-* ").strip()
        words = len(text.split())
        if not text or (words < 18 and text[-1] not in _MARKS) or (words < 25 and _CALL.match(text)):
            continue
        kept.append(text)
    return kept


def _why(body: bytes) -> str:
    words = body[:400_000].decode("utf-8", "replace")
    if _WALL.search(words):
        return "wall"
    return "consent" if _CONSENT.search(words) else "short"


def _links(tree: etree._Element) -> tuple[str, str]:
    """The page's own word about its address, and its AMP twin."""
    found: dict[str, str] = {}
    for link in tree.iter("link"):
        relation = (link.get("rel") or "").lower()
        if relation in ("canonical", "amphtml") and link.get("href"):
            found.setdefault(relation, link.get("href", "").strip()[:2000])
    return found.get("canonical", ""), found.get("amphtml", "")


def _published(tree: etree._Element) -> float | None:
    """From the page's metadata (Open Graph, schema.org in meta elements), never guessed from its text."""
    names = ("article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "og:published_time")
    found: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name in names and meta.get("content"):
            found.setdefault(name, meta.get("content", ""))
    for name in names:
        if (moment := _moment(found.get(name, ""))) is not None:
            return moment
    return None


def _from_data(body: bytes) -> float | None:
    """From the page's schema.org data (JSON-LD), which names the date even where no meta element does."""
    found = _DATE_PUBLISHED.search(body)
    return _moment(found[1].decode("ascii", "replace")) if found else None


def _moment(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
