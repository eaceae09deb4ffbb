"""One page: robots.txt, the request, the extraction; its AMP twin, after a while, when it gives nothing."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from services.fulltext.extractors import Extractors
from services.fulltext.page import PageJob, PageText
from services.http.base import Answer, Http, HttpError, Refused, TooBig
from services.http.robots import Robots

_WAIT = {403, 429, 500, 502, 503, 504}
_LONGEST = 86_400.0


class Outcome(NamedTuple):
    """`page`: what it says; `again`: worth another attempt, after `wait` seconds if the host said so."""

    page: PageText
    again: bool = False
    wait: float = 0.0


class PageFetcher:
    """Fetches and extracts. `limit`: characters of text kept; `cap`: bytes of a page."""

    def __init__(
        self, http: Http, robots: Robots | None, extractors: Extractors, threads: Executor, cap: int, limit: int
    ) -> None:
        self._http = http
        self._robots = robots
        self._extractors = extractors
        self._threads = threads
        self._cap = cap
        self._limit = limit

    async def fetch(self, url: str, pause: float) -> Outcome:
        """Raises nothing. `pause`: seconds between two requests to the page's host, which is ours meanwhile."""
        found = await self._one(url)
        amp = urljoin(url, found.page.amp) if found.page.amp else ""
        if found.page.problem in ("short", "wall", "consent") and amp and _same_site(url, amp):
            await asyncio.sleep(pause)
            twin = await self._one(amp)
            if twin.page.text and not twin.page.problem:
                return twin._replace(page=_with_canonical(twin.page, found.page.canonical))
        return found

    async def _one(self, url: str) -> Outcome:
        try:
            if self._robots is not None and not await self._robots.allows(url):
                return Outcome(PageText(problem="robots"))
            answer = await self._http.get(url, {"Accept": "text/html, application/xhtml+xml;q=0.9"}, self._cap)
        except (Refused, TooBig) as error:
            return Outcome(PageText(problem=error.reason))
        except HttpError as error:
            return Outcome(PageText(problem=f"unreachable_{error.reason}"), again=True)
        return await self._read(answer)

    async def _read(self, answer: Answer) -> Outcome:
        if answer.status != 200:
            wait = answer.headers.get("retry-after", "")
            seconds = min(float(wait), _LONGEST) if wait.isdigit() else 0.0
            return Outcome(PageText(problem=f"http_{answer.status}"), answer.status in _WAIT, seconds)
        if "html" not in answer.headers.get("content-type", "text/html"):
            return Outcome(PageText(problem="no_page"))
        job = PageJob(answer.body, answer.url, self._limit)
        loop = asyncio.get_running_loop()
        return Outcome(await loop.run_in_executor(self._threads, self._extractors.extract, job))


def _same_site(one: str, other: str) -> bool:
    """The last two labels of the hosts are equal: amp.diario.example belongs to www.diario.example."""
    try:
        hosts = [(urlsplit(each).hostname or "").split(".")[-2:] for each in (one, other)]
    except ValueError:
        return False
    return hosts[0] == hosts[1]


def _with_canonical(page: PageText, canonical: str) -> PageText:
    return PageText(page.text, page.published, canonical or page.canonical, "", page.problem)
