"""What the service meets during a soak: newspapers, some of them hostile, and a receiver of webhooks. One server.

An honest newspaper publishes by the clock, not by the request, so that its feed has a habit that can be learnt, and
as much at the end of a run as at its beginning. One
item in twenty is edited later, one feed in ten shows a neighbour's item too, and one answer in twenty is a fault.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from services.model.feed import Feed
from tests.chaos.corpus import SENTENCES, SUBSCRIPTIONS, entry
from tests.chaos.run import SECRET
from tests.hostile.behaviours import endless, feed, silent, slow_body
from tests.hostile.cases import CASES, Case
from tests.hostile.feeds import item, rss
from tests.hostile.newsroom import a_feed
from tests.hostile.server import Behaviour, Request, answer

EVERY = 7200.0
"""Seconds of the compressed clock between two items of a feed."""
_SHOWN = 10
_WANDERERS = 5
_LEFT_OUT = {"5000-entries"}  # would be most of the load
_REPOSITORY = Path(__file__).resolve().parents[2]
_KINDS = list(SENTENCES)

_Clock = Callable[[], float]


def routes(feeds: int, clock: _Clock) -> dict[str, Sequence[Behaviour]]:
    """Path → behaviours, of newspapers, wandering feeds, hostile cases and the receiver."""
    chance = random.Random(5)
    found: dict[str, Sequence[Behaviour]] = {
        f"/steady-{number}/feed.xml": [_newspaper(number, clock, chance)] for number in range(feeds)
    }
    for number in range(_WANDERERS):
        found[f"/wanders-{number}/feed.xml"] = [_wanderer(number)]
        found[f"/wandered-{number}/feed.xml"] = [_newspaper(1000 + number, clock, chance)]
    for case in _cases():
        found[case.path or f"/{case.name}/feed.xml"] = case.steps
        found.update(case.more)
    found.update({f"/hook/{name}": [_receiver(chance)] for name in SUBSCRIPTIONS})
    return found


def polled(feeds: int, port: int) -> list[Feed]:
    """The feeds; every one has a host of its own."""
    names = [(case.name, case.path or f"/{case.name}/feed.xml") for case in _cases()]
    names += [(f"steady-{number}", f"/steady-{number}/feed.xml") for number in range(feeds)]
    names += [(f"wanders-{number}", f"/wanders-{number}/feed.xml") for number in range(_WANDERERS)]
    return [a_feed(f"http://{name.lower()}.test:{port}{path}", name) for name, path in names]


def configure(folder: Path, port: int) -> None:
    """The project's own rules, and subscriptions that tell the receiver."""
    config = folder / "config"
    shutil.copytree(_REPOSITORY / "config", config)
    rows = "".join(
        f"  - id: {name}\n    title: {name}\n    areas: [{', '.join(sorted(areas))}]\n    targets:\n"
        f"      - webhook: http://127.0.0.1:{port}/hook/{name}\n        secrets: [{SECRET}]\n"
        for name, areas in SUBSCRIPTIONS.items()
    )
    (config / "subscriptions.yaml").write_text(f"subscriptions:\n{rows}", encoding="utf-8")


def _cases() -> list[Case]:
    return [case for case in CASES if case.name not in _LEFT_OUT]


def _newspaper(number: int, clock: _Clock, chance: random.Random) -> Behaviour:
    faults = (answer(500), answer(429, b"", {"Retry-After": "600"}), slow_body(), silent(), endless(3000), answer(404))

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        if chance.random() < 0.05:
            await chance.choice(faults)(request, writer)
            return
        now = clock()
        newest = int(now / EVERY + number / 300)
        shown = [_item(number, n, now) for n in range(newest, newest - _SHOWN, -1)]
        if number % 10 == 0:
            shown.append(_item(number + 1, newest, now, "?utm_source=soak"))
        await feed(rss(shown))(request, writer)

    return behave


def _item(number: int, n: int, now: float, tracking: str = "") -> str:
    """The n-th item of this newspaper as it looks now: one in twenty is edited six hours after it came out."""
    chance = random.Random(f"{number} {n}")
    published = (n - number / 300) * EVERY
    link = f"https://steady-{number}.example/nota-{n}"
    words = entry(0, n, link, _KINDS[(number + n) % len(_KINDS)], chance)
    edited = ", actualizado" if (7 * number + n) % 20 == 0 and now - published > 3 * EVERY else ""
    return item(
        n,
        title=words.title + edited,
        link=link + tracking,
        guid=f"{number}-{n}",
        description=words.text,
        pubDate=format_datetime(datetime.fromtimestamp(published, UTC)),
    )


def _wanderer(number: int) -> Behaviour:
    """Sends every request to a host that nobody has seen before."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        port = request.base.rpartition(":")[2]
        target = f"http://edge-{number}-{request.count}.test:{port}/wandered-{number}/feed.xml"
        await answer(302, b"", {"Location": target})(request, writer)

    return behave


def _receiver(chance: random.Random) -> Behaviour:
    """Takes most webhooks; refuses some, stalls at some, wants some no more for good."""

    async def behave(request: Request, writer: asyncio.StreamWriter) -> None:
        luck = chance.random()
        if luck < 0.02:
            await asyncio.sleep(4.0)
        await answer(500 if luck < 0.10 else 204)(request, writer)

    return behave
