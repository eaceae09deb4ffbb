"""One worker of a soak, as the service runs it: `services.runner`, with its log, store, health and reports.

    python -m tests.soak.stages STAGE PLAN

Only the poller is put together here, because it gets the compressed clock and a resolver that knows the newspapers.
"""

from __future__ import annotations

import os
import sys

import msgspec

from services import pipeline, runner, telemetry
from services.http.client import Client
from services.poll import canonical
from services.poll.parse import Limits
from services.poll.parsers import Parsers
from services.poll.source import Fetching, PollSource
from services.poll.stage import PollStage, Rules
from tests.hostile.server import Local
from tests.soak.plan import PACE, REMEMBER, Plan
from tests.soak.world import polled


def poller(context: pipeline.Context, plan: Plan) -> pipeline.Parts:
    """Source and stage of the poller on the compressed clock."""
    _fill_caches()
    rules = Rules(PACE, PACE, Limits(), 48 * 3600.0, REMEMBER)
    store = context.store
    stage = PollStage(store.feeds, Parsers(2, 1.0), rules)
    how = Fetching(
        concurrency=64,
        lease=900.0,
        spacing=0.0,
        remember=REMEMBER / plan.factor,
        backoff=stage.backoff,
        read=stage.read,
        clock=plan.now,
        closing=stage.close,
        tell=store.sights.put,
    )
    feeds = polled(plan.feeds, plan.port)
    return pipeline.Parts(PollSource(store.feeds, feeds, lambda: Client(plan.http(), (), Local()), how), stage)


def _fill_caches() -> None:
    """What is bounded by a count is full from the start, or its filling would pass for growth."""
    for number in range(canonical.CACHED):
        canonical.identity(f"https://before-{number}.example/noticia/{number}?utm_source=rss")


def main() -> int:
    """The command line."""
    stage, plan = sys.argv[1], msgspec.json.decode(sys.argv[2], type=Plan)
    telemetry.configure_logging("info", stage)
    steps = pipeline.STEPS
    steps["poll"] = steps["poll"]._replace(build=lambda context: poller(context, plan))
    return runner.run(plan.settings(), stage, 0, 0, os.getppid())


if __name__ == "__main__":
    sys.exit(main())
