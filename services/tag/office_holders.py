"""Office-holders: who held which office of which state from when to when, and where that was read.

Owns the reading of ``config/actors/office-holders/*.yaml`` and the report on rows that are unsure or have gone
stale. Pure: the day is passed in. Days are dates of the calendar, ``since`` included, ``until`` not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from msgspec import Struct

from services.tag.rulefile import Entry, Node
from services.tag.written import written_ways

TERM_YEARS = {"president-elect": 1}
"""Years after which an open row must have expired; for every other role ``LONGEST``."""

LONGEST = 6
_COLUMNS = ("name", "also", "since", "until", "source")


class OfficeHolder(Struct, frozen=True):
    """One person in one office."""

    name: str
    aliases: tuple[str, ...]  # patterns, the name first; `=Boric`, `=BORIC` are the surname alone, exactly so
    country: str  # ISO 3166 alpha-2 or a body's id
    role: str
    since: date
    until: date | None  # None: still in office when the row was written
    source: str  # addresses of the pages or public data sets that were opened, separated by spaces
    unsure: bool = False  # a date is not certain
    confirmed: date | None = None  # the last day on which a source had the person in office; None: none was noted
    line: int = 0
    file: str = ""

    def holds(self, day: date) -> bool:
        """Whether the person is in office on that day."""
        return self.since <= day and (self.until is None or day < self.until)


class Report(Struct, frozen=True):
    """What an analyst should look after."""

    rows: int
    unsure: tuple[OfficeHolder, ...]
    expired: tuple[OfficeHolder, ...]  # open rows whose term must be over
    vacant: tuple[tuple[str, str], ...]  # (country, role) that has rows but none that holds today

    @property
    def unsure_share(self) -> float:
        """Unsure rows among all, 0 to 1."""
        return len(self.unsure) / self.rows if self.rows else 0.0


def office_holder_report(rows: Sequence[OfficeHolder], now: date) -> Report:
    """Unsure rows, open rows that must have expired by ``now``, and offices that nobody holds."""
    open_rows = [row for row in rows if row.until is None]
    offices = {(row.country, row.role) for row in rows if row.role != "president-elect"}
    held = {(row.country, row.role) for row in rows if row.holds(now)}
    return Report(
        rows=len(rows),
        unsure=tuple(row for row in rows if row.unsure),
        expired=tuple(row for row in open_rows if _over(row, now)),
        vacant=tuple(sorted(offices - held)),
    )


def report_lines(report: Report) -> Iterator[str]:
    """The report in words: the share of unsure rows, then each stale row with its place, then the vacant offices."""
    yield f"Office-holders: {report.rows} rows, {len(report.unsure)} of them unsure ({report.unsure_share:.1%})."
    for row in report.expired:
        seen = row.confirmed or row.since
        yield f"  stale: {row.file}, line {row.line}: {row.name}, {row.country} {row.role}, last known {seen}"
    if report.vacant:
        yield "  nobody today: " + ", ".join(f"{country} {role}" for country, role in report.vacant)


def _over(row: OfficeHolder, now: date) -> bool:
    """Whether the longest term is over since the person was last known to hold the office. Monarchs reign on."""
    if row.role == "monarch":
        return False
    years = TERM_YEARS.get(row.role, LONGEST)
    return (now - (row.confirmed or row.since)).days > years * 366


def read_holders(root: Node, known: frozenset[str], roles: frozenset[str]) -> Iterator[OfficeHolder]:
    """The rows of one file. Raises ``RuleFileError``; ``known`` are the actors' ids, ``roles`` the titles' roles."""
    found = root.mapping(("sources", "holders"))
    sources = {name: node.string() for name, node in found["sources"].children().items()}
    for country, node in found["holders"].children().items():
        if country not in known:
            raise node.fail(f"`{country}` is no actor; add it to states.yaml or bodies.yaml, or write its ISO code")
        for role, block in node.children().items():
            if role not in roles:
                raise block.fail(f"`{role}` is no role of titles.yaml")
            for entry in block.lines():
                yield _row(block, entry, country, role, sources)


def _row(block: Node, entry: Entry, country: str, role: str, sources: dict[str, str]) -> OfficeHolder:
    """One line: name | also written | since | until | source."""
    cells = [cell.strip() for cell in entry.text.split("|")]
    if len(cells) != len(_COLUMNS) or not cells[0]:
        raise block.fail(f"expected `{' | '.join(_COLUMNS)}`, found {len(cells)} parts", entry.line)
    name, also, since, until, source = cells
    for key in source.split() or [source]:
        if key not in sources:
            known = ", ".join(sorted(sources)) or "none"
            raise block.fail(f"`{key}` is not among this file's sources ({known})", entry.line)
    begin = _day(block, entry, since)
    last = _day(block, entry, until.removeprefix(">").strip()) if until else None
    end, confirmed = (None, last) if until.startswith(">") else (last, None)
    if last is not None and last <= begin:
        raise block.fail(f"`{since}` to `{until}`: the office must begin before it ends", entry.line)
    return OfficeHolder(
        name=name,
        aliases=tuple(dict.fromkeys(way for word in [name, *also.split(",")] for way in written_ways(word.strip()))),
        country=country,
        role=role,
        since=begin,
        until=end,
        source=" ".join(sources[key] for key in source.split()),
        unsure="?" in since + until,
        confirmed=confirmed,
        line=entry.line,
        file=block.path.name,
    )


def _day(block: Node, entry: Entry, text: str) -> date:
    """`2022-03-11`; with `?` when unsure; `2022-03` and `2022` stand for their first day and must be unsure."""
    plain = text.removesuffix("?").strip()
    parts = plain.split("-")
    if len(parts) < 3 and not text.endswith("?"):
        raise block.fail(f"`{text}`: a date is YYYY-MM-DD; with less known write `{text}?`", entry.line)
    try:
        return date.fromisoformat("-".join([*parts, "01", "01"][:3]))
    except ValueError:
        raise block.fail(f"`{text}`: expected YYYY-MM-DD, or YYYY-MM? when unsure", entry.line) from None
