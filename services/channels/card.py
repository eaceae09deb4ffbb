"""An alert as a card on a terminal: where, what, the sentence that says so, the link, the age. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from services.model.alert import Alert, Quote

AREA_STYLES = {"security": "bold red", "migration": "bold cyan", "mining": "bold yellow"}
NAMES = {
    "AR": "Argentina", "BO": "Bolivia", "BR": "Brazil", "CL": "Chile", "CO": "Colombia", "EC": "Ecuador",
    "GY": "Guyana", "PE": "Peru", "PY": "Paraguay", "SR": "Suriname", "UY": "Uruguay", "VE": "Venezuela",
    "US": "United States", "MX": "Mexico", "ES": "Spain", "CN": "China", "PA": "Panama", "CR": "Costa Rica",
}  # fmt: skip
MARK, REFUSAL = "bold reverse", "bold magenta"
_QUOTES = 2


def card(alert: Alert, now: float, colour: bool = True, width: int = 100) -> str:
    """The card's lines, the last one empty. Control characters of the article are left out."""
    console = Console(
        file=io.StringIO(),
        width=max(width, 30),
        force_terminal=colour,
        color_system="256" if colour else None,
        no_color=not colour,
        legacy_windows=False,
        highlight=False,
        emoji=False,
        markup=False,
    )
    with console.capture() as captured:
        console.print(Rule(_heading(alert), align="left", style="dim"))
        for line in _lines(alert, colour):
            console.print(Padding(line, (0, 0, 0, 2)))
        # Never broken into lines, so that a terminal can open it and a reader can copy it.
        console.print(Text("  ").append(_clean(alert.url), style="underline"), soft_wrap=True)
        console.print(Padding(Text(_clean(" · ".join(_footer(alert, now))), style="dim"), (0, 0, 0, 2)))
    return "\n".join(line.rstrip() for line in captured.get().split("\n"))


def age(seconds: float) -> str:
    """How long ago, in the largest unit that fits."""
    for name, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{int(seconds // size)} {name} ago"
    return f"{max(0, int(seconds))} s ago"


def _heading(alert: Alert) -> Text:
    heading = Text()
    if alert.sample:
        heading.append("SAMPLE ", style="bold black on white")
    areas = [Text(area.upper(), style=AREA_STYLES.get(area, "bold")) for area in alert.areas]
    heading.append_text(Text(" + ").join(areas or [Text("ALERT", style="bold")]))
    where = ", ".join("–".join(map(_name, pair.split("-"))) for pair in alert.pairs)
    where = where or ", ".join(map(_name, alert.countries))
    if where:
        heading.append(" · ").append(_clean(where), style="bold")
    if alert.stance:
        heading.append(" · ")
        heading.append(alert.stance, style=REFUSAL if alert.stance in ("reject", "conflict") else "bold green")
    return heading


def _name(code: str) -> str:
    return NAMES.get(code, code)


def _lines(alert: Alert, colour: bool) -> Iterable[RenderableType]:
    yield Text(_clean(alert.title), style="bold")
    body = [quote for quote in alert.quotes if quote.field == "text"] or list(alert.quotes)
    for quote in body[:_QUOTES]:
        yield _sentence(quote, colour)


def _footer(alert: Alert, now: float) -> list[str]:
    stamp = alert.stamps.published if alert.stamps.published is not None else alert.stamps.seen
    country = f" ({alert.outlet_country})" if alert.outlet_country else ""
    parts = [f"{alert.outlet}{country}", age(now - stamp), alert.lang]
    return [*parts, f"confidence {alert.confidence:.2f}", alert.subscription]


def _sentence(quote: Quote, colour: bool) -> Text:
    """The sentence with its marks: reversed in colour, in brackets without."""
    text = Text("“")
    at = 0
    for start, end in quote.marks:
        text.append(_clean(quote.text[at:start]))
        marked = _clean(quote.text[start:end])
        text.append(marked if colour else f"[{marked}]", style=MARK)
        at = end
    text.append(_clean(quote.text[at:]))
    return text.append("”")


def _clean(text: str) -> str:
    """One line, without what could steer a terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
