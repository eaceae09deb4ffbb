"""Terms and titles: the words that stand for a state or a body, and the words for an office.

Owns the reading of ``states*.yaml``, ``bodies.yaml``, ``seats.yaml``, ``agencies.yaml`` and ``titles.yaml``; the
comments at the head of those files describe the format to analysts. Pure but for ``Node``, which has been read.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from services.tag.rulefile import LANGS, Entry, Node
from services.tag.written import written_ways

FIELDS = {"names": "name", "demonyms": "people", "capitals": "capital", "unless": "unless"}
"""Key in the file to the kind of its terms. A body's names are of kind ``body``, a seat's ``seat``."""

ROLES = frozenset(
    """president president-elect vice-president monarch prime-minister foreign-minister interior-minister
    security-minister justice-minister defence-minister mining-minister minister ambassador spokesperson
    secretary-general prosecutor police-chief army-chief government presidency foreign-ministry interior-ministry
    security-ministry justice-ministry defence-ministry mining-ministry ministry legislature court prosecution
    police armed-forces migration-agency customs intelligence embassy agency body""".split()
)

_MARKS = frozenset("{}()<>*~|")


class Term(Struct, frozen=True):
    """One pattern that stands for an actor."""

    actor: str  # ISO 3166 alpha-2 or a body's id
    kind: str  # name people capital body seat agency unless
    lang: str  # es pt en, or "" where the words are the same in every language
    pattern: str  # in the marks of services.tag.patterns, or `=` and the exact words
    guarded: bool = False  # often means something else: counts only where the sentence speaks of a government
    role: str = ""  # of a seat or an agency
    line: int = 0
    file: str = ""

    @property
    def langs(self) -> tuple[str, ...]:
        """The languages in which the term is looked for."""
        return (self.lang,) if self.lang else LANGS

    def patterns(self) -> tuple[str, ...]:
        """The patterns to look for: `=Perú` also as `=Peru`, `=PERÚ` and `=PERU` (headlines), others as they are."""
        return written_ways(self.pattern)


class Title(Struct, frozen=True):
    """One pattern for an office or an institution, to be joined with a state: `canciller`, `Polícia Federal`."""

    role: str
    lang: str
    pattern: str
    line: int = 0


def read_terms(root: Node) -> Iterator[Term]:
    """The terms of one file. Raises ``RuleFileError``."""
    stem = root.path.stem.partition("-")[0]
    for actor, node in root.children().items():
        _check_id(node, actor, bodies=stem != "states")
        if stem == "states" or stem == "bodies":
            yield from _names(node, actor, "body" if stem == "bodies" else "name")
        else:
            for role, block in node.children().items():
                yield from _places(block, actor, role, stem.removesuffix("s") if stem == "seats" else "agency")


def _names(node: Node, actor: str, kind: str) -> Iterator[Term]:
    """Names, demonyms and capitals per language; those under ``any`` hold for all."""
    found = node.mapping((), ("any", *LANGS))
    if not found:
        raise node.fail("give at least one of any, es, pt, en")
    for lang, block in found.items():
        for key, field in block.mapping((), tuple(FIELDS)).items():
            this = kind if key == "names" else FIELDS[key]
            for entry in field.lines():
                yield _term(field, entry, Term(actor, this, "" if lang == "any" else lang, ""))


def _places(block: Node, actor: str, role: str, kind: str) -> Iterator[Term]:
    """Seats or agencies of one role: block text, the same in every language, or a block per language."""
    if role not in ROLES:
        raise block.fail(f"unknown role; known are {', '.join(sorted(ROLES))}")
    if "value" in vars(block.node) and isinstance(block.node.value, str):
        for entry in block.lines():
            yield _term(block, entry, Term(actor, kind, "", "", role=role))
        return
    for lang, field in block.mapping((), ("any", *LANGS)).items():
        for entry in field.lines():
            yield _term(field, entry, Term(actor, kind, "" if lang == "any" else lang, "", role=role))


def _term(field: Node, entry: Entry, like: Term) -> Term:
    """One line: `?` at its head guards it; a name without marks that begins with a capital is taken as exact."""
    text = entry.text
    guarded = text.startswith("?")
    text = text.lstrip("?").strip()
    if not text.lstrip("=").strip():
        raise field.fail("the line has a mark but no words", entry.line)
    proper = like.kind != "people" and not text.startswith("=") and not _MARKS & set(text)
    if proper and any(char.isupper() for char in text):
        text = "=" + text
    name = field.path.name
    return Term(like.actor, like.kind, like.lang, text, guarded, like.role, entry.line, name)


def _check_id(node: Node, actor: str, bodies: bool) -> None:
    """A state's id has two capital letters; a body's may have more."""
    fine = actor.isascii() and actor.isupper() and actor.isalpha() and len(actor) >= 2
    if actor in ("true", "false", "True", "False"):
        raise node.fail('YAML reads this key as yes or no; write it in quotes, "NO"')
    if not fine or (len(actor) != 2 and not bodies):
        raise node.fail(f"`{actor}` is no id: two capital letters of ISO 3166 (CL), for a body its short name (EU)")


def read_titles(root: Node) -> tuple[tuple[Title, ...], dict[str, tuple[str, ...]]]:
    """The titles and the ways to join them with a state. Raises ``RuleFileError``."""
    found = root.mapping(("joins", "roles"))
    joins = {
        lang: tuple(_join(field, entry) for entry in field.lines())
        for lang, field in found["joins"].mapping(LANGS).items()
    }
    titles: list[Title] = []
    for role, node in found["roles"].children().items():
        if role not in ROLES:
            raise node.fail(f"unknown role; known are {', '.join(sorted(ROLES))}")
        for lang, field in node.mapping((), LANGS).items():
            titles += [Title(role, lang, entry.text, entry.line) for entry in field.lines()]
    return tuple(titles), joins


def _join(field: Node, entry: Entry) -> str:
    if "<title>" not in entry.text or not any(word in entry.text for word in ("<state>", "<demonym>")):
        raise field.fail("a join holds <title> and one of <state>, <demonym>", entry.line)
    return entry.text
