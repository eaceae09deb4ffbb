"""The poller against a newsroom that misbehaves in every way we know: nothing crashes, hangs or is lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator, Mapping

import pytest

from tests.hostile.cases import CASES, STEP, Case
from tests.hostile.newsroom import Newsroom, Result, a_feed
from tests.hostile.server import HostileServer, answer

ROBOTS = "User-agent: *\nDisallow: /forbidden/\n"


@pytest.fixture(scope="module")
def results() -> Iterator[Mapping[str, Result]]:
    """Four rounds over all cases at once, as a poller meets them."""
    routes = {"/robots.txt": [answer(200, ROBOTS, {"Content-Type": "text/plain"})]}
    for case in CASES:
        routes[_path(case)] = list(case.steps)
        routes.update({path: list(steps) for path, steps in case.more.items()})
    with HostileServer(routes) as server:
        newsroom = Newsroom(server, [a_feed(server.of_host(case.name) + _path(case), case.name) for case in CASES])
        try:
            for _ in range(4):
                newsroom.round()
                newsroom.clock.now += STEP
            by_url = newsroom.results()
            yield {case.name: by_url[server.of_host(case.name) + _path(case)] for case in CASES}
        finally:
            newsroom.close()


def _path(case: Case) -> str:
    return case.path or f"/{case.name}/feed.xml"


def test_there_are_enough_cases() -> None:
    """And each has a name of its own."""
    assert len({case.name for case in CASES}) == len(CASES) >= 60


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_behaviour(case: Case, results: Mapping[str, Result]) -> None:
    """State after each round, articles in all, next due time after the first round, and the case's own check."""
    result = results[case.name]
    fits = [
        state in ("unchanged", "silent") if wanted == "quiet" else state == wanted
        for state, wanted in zip(result.states, case.states, strict=True)
    ]
    assert all(fits), (result.states, result.state.detail)
    assert len(result.articles) == case.articles, [article.title for article in result.articles][:10]
    low, high = case.due
    assert low <= result.dues[0] <= high
    assert case.check(result), result.state


def test_memory_stays_bounded(results: Mapping[str, Result]) -> None:
    """Neither the bomb nor the endless body has ever been held: the process stays below 400 MB."""
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 400 * 1024
