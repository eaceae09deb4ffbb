"""`make chaos`: both logs, the full dose; prints the report and writes build/chaos.json. 1 when anything was lost."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.broker import Broker
from tests.chaos.run import Plan, chaos
from tests.chaos.service import REPOSITORY


def main() -> int:
    """Runs what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--log", choices=["embedded", "kafka", "both"], default="both")
    parser.add_argument("--articles", type=int, default=Plan().articles)
    parser.add_argument("--kills", type=int, default=Plan().kills)
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    args = parser.parse_args()
    plan = Plan(articles=args.articles, kills=args.kills, seed=args.seed)
    logs = ["embedded", "kafka"] if args.log == "both" else [args.log]
    target = REPOSITORY / "build" / "chaos.json"
    target.parent.mkdir(exist_ok=True)
    reports = json.loads(target.read_text()) if target.exists() and len(logs) == 1 else {}
    for log in logs:
        reports[log] = {"seed": plan.seed} | _run(log, plan)
        print(json.dumps({log: reports[log]}, indent=1), flush=True)
        target.write_text(json.dumps(reports, indent=1) + "\n")
    bad = [log for log in logs if any(reports[log][key] for key in ("lost", "doubled", "webhooks_missing"))]
    return 1 if bad else 0


def _run(log: str, plan: Plan) -> dict[str, object]:
    folder = Path(tempfile.mkdtemp(prefix=f"atalaya-chaos-{log}-"))
    print(f"{log}: {plan.articles} articles, {plan.kills} kills, seed {plan.seed}, in {folder}", flush=True)
    broker = None
    if log == "kafka":
        broker = Broker(REPOSITORY / ".cache" / "kafka" / "jars", folder / "kafka")
        broker.start()
    try:
        return chaos(plan, folder, broker, lambda text: print(f"  {text}", flush=True))
    finally:
        if broker is not None:
            broker.stop()


if __name__ == "__main__":
    sys.exit(main())
