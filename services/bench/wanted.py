"""What the project wants of itself: printed beside the figures, and never a reason to fail a build."""

from __future__ import annotations

from typing import Literal, NamedTuple

from services.bench.row import Row

Figure = Literal["value", "ratio", "share_of_limit"]


class Wanted(NamedTuple):
    """A bound on one figure of a row."""

    figure: Figure
    bound: float
    at_most: bool = False

    def met(self, row: Row) -> bool:
        """Whether the row keeps it; a figure that is missing keeps nothing."""
        found: float | None = getattr(row, self.figure)
        if found is None:
            return False
        return found <= self.bound if self.at_most else found >= self.bound

    def words(self) -> str:
        """For the table."""
        sign = "≤" if self.at_most else "≥"
        shown = {"value": f"{self.bound:,g}", "ratio": f"{self.bound:g} ×", "share_of_limit": f"{self.bound:.0%}"}
        return f"{sign} {shown[self.figure]}" + (" of the limit" if self.figure == "share_of_limit" else "")


WANTED: dict[str, tuple[Wanted, ...]] = {
    "records": (Wanted("ratio", 3),),
    "transport_redis": (Wanted("ratio", 0.7),),
    "transport_kafka": (Wanted("ratio", 0.7),),
    "scan": (Wanted("ratio", 300), Wanted("share_of_limit", 0.5)),
    "scan_patterns_x10": (Wanted("value", 5, at_most=True),),
    "tag_stream": (Wanted("value", 3000),),
    "tag_on_topic": (Wanted("value", 500),),
    "subscriptions_100k": (Wanted("ratio", 150),),
    "subscriptions_x10": (Wanted("value", 3, at_most=True),),
    "alerts": (Wanted("value", 50_000),),
    "end_to_end": (Wanted("ratio", 100),),
    "end_to_end_two_workers": (Wanted("value", 1.15, at_most=True),),
    "feeds_10k": (Wanted("ratio", 3),),
    "feeds_closest": (Wanted("value", 0.99),),
    "poll_day_bytes": (Wanted("ratio", 2),),
    "poll_day_parses": (Wanted("ratio", 4),),
    "poll_day_requests": (Wanted("ratio", 1.2),),
    "fetch_to_alert_p50": (Wanted("value", 1.0, at_most=True),),
    "fetch_to_alert_p99": (Wanted("value", 5.0, at_most=True),),
}
