"""What every adapter of the subscription store promises: owners apart, changes whole, revisions honest."""

from __future__ import annotations

import pytest

from services.model.subscription import Sets, Subscription, Target
from services.settings import Settings
from services.store.base import Store
from services.store.connect import connect
from services.store.subscriptions import Taken


@pytest.fixture
def store(store_url: str):
    found = connect(store_url, Settings())
    yield found
    found.close()


def sub(name: str, **fields: object) -> Subscription:
    return Subscription(id=name, **fields)  # type: ignore[arg-type]


FULL = Subscription(
    id="full",
    title="Minería",
    areas=("mining",),
    countries=Sets(any=("CL",), none=("US",)),
    words=Sets(all=("minería*",)),
    targets=(Target("console"), Target("webhook", "https://r.example", ("whsec_x",))),
    muted_until=1000.5,
)


def test_an_owner_is_replaced_as_a_whole(store: Store) -> None:
    """Those of others stay."""
    store.subscriptions.put(sub("mine", owner="api"))
    assert store.subscriptions.replace("file", [sub("a"), FULL])
    assert store.subscriptions.replace("file", [sub("b"), FULL])
    found = store.subscriptions.all()[1]
    assert [(each.id, each.owner) for each in found] == [("b", "file"), ("full", "file"), ("mine", "api")]
    assert found[1] == Subscription(**{**{f: getattr(FULL, f) for f in FULL.__struct_fields__}, "owner": "file"})


def test_the_revision_moves_only_with_a_change(store: Store) -> None:
    """The same file imported by every worker rebuilds nothing."""
    assert store.subscriptions.revision() == 0
    store.subscriptions.replace("file", [sub("a")])
    first = store.subscriptions.revision()
    assert not store.subscriptions.replace("file", [sub("a")])
    assert store.subscriptions.revision() == first > 0
    assert store.subscriptions.replace("file", [])
    assert store.subscriptions.revision() > first
    assert store.subscriptions.all() == (store.subscriptions.revision(), [])


def test_an_id_of_another_owner_is_refused_and_nothing_changes(store: Store) -> None:
    """Neither by an import nor by a single write."""
    store.subscriptions.replace("file", [sub("a")])
    before = store.subscriptions.all()
    with pytest.raises(Taken, match="a"):
        store.subscriptions.replace("api", [sub("new"), sub("a")])
    with pytest.raises(Taken):
        store.subscriptions.put(sub("a", owner="api", title="other"))
    assert store.subscriptions.all() == before


def test_one_is_put_got_and_removed(store: Store) -> None:
    """And its id is free again for anybody."""
    store.subscriptions.put(sub("a", owner="api"))
    store.subscriptions.put(sub("a", owner="api", title="new title"))
    assert store.subscriptions.get("a") == sub("a", owner="api", title="new title")
    assert store.subscriptions.remove("a")
    assert not store.subscriptions.remove("a")
    assert store.subscriptions.get("a") is None
    assert store.subscriptions.replace("file", [sub("a")])
