"""Extracts pages in child processes, so that hostile bytes can be killed at a deadline. Extracting is `extract`."""

from __future__ import annotations

import msgspec

from services.children import ChildFailed, Children, serve
from services.fulltext.page import PageJob, PageText

_job = msgspec.msgpack.Decoder(PageJob)
_text = msgspec.msgpack.Decoder(PageText)
_encode = msgspec.msgpack.encode


class Extractors:
    """Some children; thread-safe. `close` kills them."""

    def __init__(self, count: int, seconds: float) -> None:
        self._children = Children("services.fulltext.extractors", count, seconds)

    def extract(self, job: PageJob) -> PageText:
        """What the page says; a page that no child could read has the reason as its problem."""
        try:
            return _text.decode(self._children.ask(_encode(job)))
        except ChildFailed as failure:
            return PageText(problem=f"extract_{failure.reason}")
        except msgspec.DecodeError:
            return PageText(problem="extract_crash")

    def close(self) -> None:
        """Ends all children; idempotent."""
        self._children.close()


if __name__ == "__main__":
    from services.fulltext.extract import extract  # the child's alone: the worker need not carry the library

    serve(lambda payload: _encode(extract(_job.decode(payload))))
