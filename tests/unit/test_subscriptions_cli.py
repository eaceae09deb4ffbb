"""What the commands of `atalaya subscriptions` answer."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from services.match import subscriptions_cli as cli
from services.match.document import DocumentError, read
from services.match.stage import MatchStage
from services.model.delivery import Attempt, Settlement
from services.model.subscription import Sets, Subscription, Target
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.deliveries import Limits
from services.store.traces import Trace
from tests.tagged_samples import tagged

URL = "https://r.example/hook"


@pytest.fixture
def store() -> Store:
    return connect("memory://", Settings())


def file(folder: Path, text: str) -> Path:
    path = folder / "s.yaml"
    path.write_text(text, "utf-8")
    return path


def test_check_and_import(store: Store, tmp_path: Path) -> None:
    """Counts, or faults; an import says whether anything changed, an export is importable."""
    good = file(tmp_path, "subscriptions:\n- {id: a, areas: mining}\n- {id: b, areas: mining, enabled: no}\n")
    assert cli.check(good) == f"{good}: 2 subscriptions, 1 of them enabled"
    assert cli.import_file(store, good) == "2 subscriptions of 'file': changed"
    assert cli.import_file(store, good) == "2 subscriptions of 'file': nothing changed"
    assert [each.id for each in read(cli.export(store), "x")] == ["a", "b"]
    with pytest.raises(DocumentError, match=r"s\.yaml:2: a\.areas"):
        cli.check(file(tmp_path, "subscriptions:\n- {id: a, areas: minning}\n"))


@pytest.mark.parametrize(
    ("subscription", "failed"),
    [
        (Subscription(id="s", areas=("migration",), enabled=False), "enabled"),
        (Subscription(id="s", areas=("migration",), languages=("pt",)), "languages"),
        (Subscription(id="s", areas=("migration",), outlet_countries=("PE",)), "outlet_countries"),
        (Subscription(id="s", areas=("mining",), countries=Sets(any=("BO",))), "areas"),
        (Subscription(id="s", topics=("lithium",)), "topics"),
        (Subscription(id="s", areas=("migration",), min_confidence=0.95), "areas"),
        (Subscription(id="s", areas=("migration",), countries=Sets(any=("BO",))), "countries"),
        (Subscription(id="s", areas=("migration",), countries=Sets(none=("PE",))), "countries"),
        (Subscription(id="s", pairs=("BO-CL",)), "pairs"),
        (Subscription(id="s", stances=("reject",)), "stances"),
        (Subscription(id="s", kinds=("agree",)), "kinds"),
        (Subscription(id="s", pairs=("CL-PE",), areas=("migration",), words=Sets(all=("litio",))), "words"),
    ],
)
def test_why_not_names_the_first_condition_that_failed(store: Store, subscription: Subscription, failed: str) -> None:
    """And shows all of them."""
    item = tagged("a")
    store.subscriptions.put(subscription)
    MatchStage(store.alerts, store.subscriptions, lambda: 2000.0).handle([item])
    answer = cli.why_not(store, item.id, "s")
    assert answer.splitlines()[-1] == f"no alert: {failed} does not hold"
    assert "✗" in answer
    assert store.alerts.recent() == []


def test_why_not_when_nothing_failed(store: Store) -> None:
    """Backfill is told; so is what is not known at all, or stopped earlier."""
    store.subscriptions.put(Subscription(id="s", areas=("migration",)))
    old, new = tagged("old", backfill=True), tagged("new")
    MatchStage(store.alerts, store.subscriptions, lambda: 2000.0).handle([old, new])
    assert "old when first seen" in cli.why_not(store, old.id, "s")
    assert "the alert was raised" in cli.why_not(store, new.id, "s")
    store.traces.add([Trace(article="x", stage="tag", reason="no_topic", at=1.0)])
    assert cli.why_not(store, "x", "s") == "x did not get past tag: no topic was found in it"
    assert "not known" in cli.why_not(store, "y", "s")
    with pytest.raises(cli.UnknownName, match="no subscription 'z'"):
        cli.why_not(store, new.id, "z")


def test_try_shows_what_a_rule_would_have_found(store: Store, tmp_path: Path) -> None:
    """Over what is remembered, raising nothing."""
    MatchStage(store.alerts, store.subscriptions, lambda: 2000.0).handle([tagged("a"), tagged("b", area="mining")])
    path = file(tmp_path, "subscriptions:\n- {id: m, areas: mining, enabled: no}\n- {id: x, areas: security}\n")
    shown = cli.try_file(store, path).splitlines()
    assert shown[0] == "m: 1 of 2 articles" and shown[-1] == "x: 0 of 2 articles"
    assert tagged("b").id in shown[1]
    assert store.alerts.recent() == []


def test_a_paused_target_is_listed_and_resumed(store: Store) -> None:
    """With the reason, and what waits."""
    store.subscriptions.put(Subscription(id="s", areas=("migration",), targets=(Target("webhook", URL, ("x",)),)))
    MatchStage(store.alerts, store.subscriptions, lambda: 2000.0).handle([tagged("a")])
    (row,) = store.deliveries.claim("me", 2000.0, 1, 60.0, Limits())
    attempt = Attempt(number=1, at=2000.0, delivered=False, detail="410: the receiver wants no more")
    gone = Settlement(id=row.id, verdict="again", at=2000.0, due=2000.0, attempt=attempt, gone=True)
    store.deliveries.settle("me", [gone], Limits())
    assert f"{URL}: paused: 410: the receiver wants no more; 1 deliveries wait" in cli.listing(store)
    assert cli.resume(store, URL, 2001.0) == f"{URL}: resumed"
    assert "paused" not in cli.listing(store)
    with pytest.raises(cli.UnknownName):
        cli.resume(store, URL, 2002.0)


def test_a_new_secret_is_one(tmp_path: Path) -> None:
    """As a document wants it, and never the same."""
    secret = cli.new_secret()
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 and secret != cli.new_secret()
    cli.check(
        file(tmp_path, f"subscriptions:\n- {{id: a, areas: mining, targets: {{webhook: '{URL}', secrets: {secret}}}}}")
    )
