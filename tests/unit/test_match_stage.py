"""The match stage on the store in memory: what raises an alert, what does not, and how subscriptions get in."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.match.stage import MatchStage, build
from services.model.subscription import Sets, Subscription, Target
from services.model.tagged import TaggedArticle
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.deliveries import Limits
from services.watch import WatchedFile
from tests.tagged_samples import TEXT, tagged

ALL = Subscription(id="all", areas=("migration",), targets=(Target("console"),))


@pytest.fixture
def store() -> Store:
    return connect("memory://", Settings())


def stage(store: Store, *subscriptions: Subscription, file: WatchedFile | None = None) -> MatchStage:
    if subscriptions:
        store.subscriptions.replace("api", subscriptions)
    return MatchStage(store.alerts, store.subscriptions, lambda: 2000.0, file)


def reasons(match: MatchStage, *items: TaggedArticle) -> list[str]:
    return ["raised" if not each.dropped else each.dropped[0].reason for each in match.handle(items)]


def test_an_alert_is_a_receipt(store: Store) -> None:
    """Who, what, where, the sentence with its span, the rules and when each stage had it."""
    assert reasons(stage(store, ALL), tagged("a")) == ["raised"]
    (alert,) = store.alerts.recent()
    assert (alert.areas, alert.topics, alert.countries) == (("migration",), ("humanitarian_corridor",), ("CL", "PE"))
    assert (alert.pairs, alert.stance, alert.confidence) == (("CL-PE",), "propose", 0.9)
    (quote,) = alert.quotes
    assert quote.text == TEXT[quote.start : quote.end]
    assert quote.text.startswith("El presidente electo") and quote.text.endswith("migrantes.")
    assert [quote.text[a:b] for a, b in quote.marks] == ["propuso", "corredor humanitario"]
    assert alert.rules == ("kind.propose", "humanitarian_corridor") and alert.rules_version == "rules-1"
    assert (alert.stamps.published, alert.stamps.seen, alert.stamps.tagged, alert.stamps.matched) == (
        940.0,
        1000.0,
        1001.0,
        2000.0,
    )
    assert "migration" in alert.reason and "humanitarian_corridor" in alert.reason


def test_edits_and_repeats_raise_nothing_more(store: Store) -> None:
    """One story, one alert; each article that raises none is counted under its reason."""
    match = stage(store, ALL)
    assert reasons(match, tagged("a", 1)) == ["raised"]
    assert reasons(match, tagged("a", 1), tagged("a", 2), tagged("a", 1)) == ["duplicate", "duplicate", "stale"]


def test_an_edit_that_first_makes_an_article_match_raises_the_alert(store: Store) -> None:
    """The first version was about something else."""
    match = stage(store, ALL)
    assert reasons(match, tagged("a", 1, area="mining")) == ["no_match"]
    assert reasons(match, tagged("a", 2)) == ["raised"]


def test_an_old_version_behind_a_new_one_raises_nothing(store: Store) -> None:
    """Though it would match and the new one does not."""
    match = stage(store, ALL)
    assert reasons(match, tagged("a", 2, area="mining"), tagged("a", 1)) == ["no_match", "stale"]


def test_backfill_raises_no_immediate_alert(store: Store) -> None:
    """It is kept for `why-not` all the same."""
    item = tagged("a", backfill=True)
    assert reasons(stage(store, ALL), item) == ["backfill"]
    assert store.alerts.recent() == []
    assert store.alerts.remembered(item.id) == item


def test_muted_subscriptions_keep_their_alerts_and_send_none(store: Store) -> None:
    """Until their time."""
    quiet = Subscription(id="quiet", areas=("migration",), targets=(Target("console"),), muted_until=3000.0)
    loud = Subscription(id="loud", areas=("migration",), targets=(Target("console"),), muted_until=1999.0)
    stage(store, quiet, loud).handle([tagged("a")])
    assert {alert.subscription for alert in store.alerts.recent()} == {"quiet", "loud"}
    claimed = store.deliveries.claim("me", 2000.0, 10, 60.0, Limits())
    assert [row.subscription for row in claimed] == ["loud"]


def test_names_for_pubsub(store: Store) -> None:
    """Areas with countries, areas with pairs; stand-ins where there are none."""
    words = Subscription(id="words", words=Sets(any=("gobierno peruano",)), min_confidence=1.0)
    stage(store, ALL, words).handle([tagged("a")])
    names = [(name, alert.subscription) for name, alert in store.alerts.published]  # type: ignore[attr-defined]
    assert names == [
        ("migration.CL", "all"),
        ("migration.PE", "all"),
        ("migration.CL-PE", "all"),
        ("other.CL", "words"),
        ("other.PE", "words"),
    ]


def test_the_file_is_read_again_when_it_changes(store: Store, tmp_path: Path) -> None:
    """And a bad one leaves the last good set alone."""
    path = tmp_path / "subscriptions.yaml"
    path.write_text("subscriptions:\n- {id: one, areas: [migration]}\n")
    match = stage(store, file=WatchedFile(path, every=0.0, rest=0.0))
    assert reasons(match, tagged("a")) == ["raised"]
    path.write_text("subscriptions:\n- {id: one, areas: [migrationn]}\n")
    assert reasons(match, tagged("b")) == ["raised"]
    assert store.subscriptions.get("one") is not None
    path.write_text("subscriptions:\n- {id: two, areas: [mining]}\n")
    assert reasons(match, tagged("c")) == ["no_match"]
    path.unlink()
    assert reasons(match, tagged("d", area="mining")) == ["raised"]
    assert [(each.id, each.owner) for each in store.subscriptions.all()[1]] == [("two", "file")]


def test_a_change_in_the_store_counts_from_the_next_batch(store: Store) -> None:
    """Made by the API, or by another worker that read the file."""
    match = stage(store, ALL)
    assert reasons(match, tagged("a")) == ["raised"]
    store.subscriptions.remove("all")
    assert reasons(match, tagged("b")) == ["no_match"]


def test_an_id_of_the_api_in_the_file_changes_nothing(store: Store, tmp_path: Path) -> None:
    """The file is refused as a whole."""
    path = tmp_path / "subscriptions.yaml"
    path.write_text("subscriptions:\n- {id: all, areas: [mining]}\n- {id: more, areas: [migration]}\n")
    match = stage(store, ALL, file=WatchedFile(path))
    assert reasons(match, tagged("a")) == ["raised"]
    assert store.subscriptions.all()[1] == [store.subscriptions.get("all")]


def test_the_shipped_subscriptions_are_good(repository: Path) -> None:
    """`build` reads them, and every topic they name exists."""
    store = connect("memory://", Settings())
    build(Settings(config=repository / "config"), store, lambda: 2000.0).handle([])
    found = {each.id for each in store.subscriptions.all()[1]}
    assert {"security-south-america", "migration-south-america", "mining-south-america", "refusals"} <= found
