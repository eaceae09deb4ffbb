"""Records to bytes and back.

Every record on the log is one JSON object: {"v": VERSION, "body": {"type": ..., ...}}.
A reader that meets a larger `v` than its own must stop without committing (`FutureVersion`): a newer
release wrote it, and an upgrade will read it. A record that cannot be read at all is `Unreadable`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

VERSION = 1
"""Grows when a reader of the previous version would misunderstand a record; new optional fields do not count."""

Body = TypeVar("Body", bound=msgspec.Struct)


class Unreadable(ValueError):
    """These bytes are no record: a dead letter."""


class FutureVersion(ValueError):
    """A newer release wrote this record: stop, upgrade, go on. Never a dead letter."""

    def __init__(self, found: int) -> None:
        super().__init__(
            f"a record has version {found}, this release reads up to {VERSION}: upgrade; nothing was skipped"
        )
        self.found = found


class _Envelope(msgspec.Struct, frozen=True):
    v: int
    body: msgspec.Raw = msgspec.Raw(b"null")


_OURS = b'{"v":%d,"body":' % VERSION  # how `encode` begins a record of this version
_envelope = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()


def encode(body: msgspec.Struct, version: int = VERSION) -> bytes:
    """The record's bytes."""
    return b'{"v":%d,"body":%b}' % (version, _encoder.encode(body))


class Codec(Generic[Body]):
    """Decodes the records of one topic; made once per topic, since building a decoder is the dear part."""

    def __init__(self, kind: type[Body]) -> None:
        self.kind = kind
        self._body = msgspec.json.Decoder(kind)

    def decode(self, value: bytes) -> Body:
        """The record in these bytes; `Unreadable` or `FutureVersion` otherwise."""
        # As we write it, the body need not be scanned twice; whatever is odd about it, the long way finds.
        if value.startswith(_OURS) and value.endswith(b"}"):
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                return self._body.decode(memoryview(value)[len(_OURS) : -1])
        try:
            envelope = _envelope.decode(value)
            if envelope.v > VERSION:
                raise FutureVersion(envelope.v)
            return self._body.decode(envelope.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Unreadable(f"not a {self.kind.__name__} record: {error}") from error
