"""The promises of what is seen of each country, held by every store."""

from __future__ import annotations

from services.model.sight import Sight
from services.settings import Settings
from services.store.connect import connect


def sight(country: str, state: str = "seeing", at: float = 100.0) -> Sight:
    """A sight of this country."""
    return Sight(
        country=country,
        state=state,
        at=at,
        feeds=3,
        seen_feeds=2,
        families=2,
        seen_families=1,
        rate=1.5,
        usual=2.25,
        health={"ok": 2, "gone": 1},
        last_read=99.0,
        last_entry=50.5,
    )


def test_sights_come_back_whole_and_by_country(store_url: str) -> None:
    """Also to a process that has not written them."""
    writer = connect(store_url, Settings())
    reader = writer if store_url.startswith("memory") else connect(store_url, Settings())
    assert reader.sights.all() == {}
    writer.sights.put([sight("PE"), sight("CL", "blind")])
    assert list(reader.sights.all().items()) == [("CL", sight("CL", "blind")), ("PE", sight("PE"))]
    writer.close()
    reader.close()


def test_the_last_ones_are_the_only_ones(store_url: str) -> None:
    """A country whose feeds were taken out is not seen any more."""
    store = connect(store_url, Settings())
    store.sights.put([sight("PE"), sight("CL")])
    store.sights.put([sight("PE", "blind", 200.0)])
    assert store.sights.all() == {"PE": sight("PE", "blind", 200.0)}
    store.sights.put([])
    assert store.sights.all() == {}
    store.close()
