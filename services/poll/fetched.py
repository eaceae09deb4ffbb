"""A finished fetch: what the source hands to the stage."""

from __future__ import annotations

from typing import NamedTuple

from services.http.base import Answer, HttpError
from services.poll.parse import Parsed
from services.poll.parsers import ParseFailed
from services.store.feeds import Leased


class Fetched(NamedTuple):
    """An answer, or the error that came instead."""

    leased: Leased
    asked: str
    conditional: bool  # validators were sent
    at: float
    answer: Answer | None = None
    error: HttpError | None = None
    hash: str = ""  # of the body, see `verdict.body_hash`
    parsed: Parsed | ParseFailed | None = None  # None: there was no need to

    @property
    def id(self) -> str:
        """The feed's address, by which a fetch that was given up on is found among the dead letters."""
        return self.leased.feed.url
