"""The child of test_children: answers in capitals, waits or dies when told."""

from __future__ import annotations

import os
import threading

from services.children import serve


def answer(payload: bytes) -> bytes:
    """The payload in capitals."""
    word, _, seconds = payload.partition(b" ")
    if word == b"die":
        os._exit(1)
    if word == b"wait":
        threading.Event().wait(float(seconds))
    return payload.upper()


if __name__ == "__main__":
    serve(answer)
