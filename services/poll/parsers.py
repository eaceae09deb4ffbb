"""Parses feeds in child processes, so that hostile bytes can be killed at a deadline. Parsing itself is `parse`."""

from __future__ import annotations

import msgspec

from services.children import ChildFailed, Children, serve
from services.poll.parse import Job, Parsed, parse

_job = msgspec.msgpack.Decoder(Job)
_parsed = msgspec.msgpack.Decoder(Parsed)
_encode = msgspec.msgpack.encode


class ParseFailed(Exception):
    """No child could read these bytes; `reason` is a short code: parse_timeout, parse_crash, parse_error."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Parsers:
    """Some children; thread-safe. `close` kills them."""

    def __init__(self, count: int, seconds: float) -> None:
        self._children = Children("services.poll.parsers", count, seconds)

    def parse(self, job: Job) -> Parsed | ParseFailed:
        """What the body says, or why it cannot be read."""
        try:
            return _parsed.decode(self._children.ask(_encode(job)))
        except ChildFailed as failure:
            return ParseFailed(f"parse_{failure.reason}", failure.detail)
        except msgspec.DecodeError as error:
            return ParseFailed("parse_crash", f"no answer: {error}")

    def close(self) -> None:
        """Ends all children; idempotent."""
        self._children.close()


if __name__ == "__main__":
    serve(lambda payload: _encode(parse(_job.decode(payload))))
