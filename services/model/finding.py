"""What matching hands to the store: an article's alerts, with where each is to go."""

from __future__ import annotations

from typing import NamedTuple

from services.model.alert import Alert
from services.model.delivery import NewDelivery


class NewAlert(NamedTuple):
    """An alert, the names it is published under, and its deliveries."""

    alert: Alert
    announce: tuple[str, ...] = ()  # each once: "mining.CL", "mining.CL-PE"
    deliveries: tuple[NewDelivery, ...] = ()


class Finding(NamedTuple):
    """All that one version of one article gives rise to; raised as a whole or not at all."""

    article: str
    version: int
    alerts: tuple[NewAlert, ...] = ()  # all of one story

    @property
    def story(self) -> str:
        """Of the alerts."""
        return self.alerts[0].alert.story if self.alerts else self.article


class Raised(NamedTuple):
    """What became of a finding. `new` are the ids of the alerts that had not been raised before."""

    stale: bool = False  # a newer version was handled before: nothing was raised
    new: tuple[str, ...] = ()
