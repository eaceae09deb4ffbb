"""Records to bytes and back: the codec against `json`, and against msgspec without envelope or versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import msgspec

from services.bench.row import Row
from services.bench.text import TextMaker
from services.bench.timing import in_turns, rate_of_core
from services.model.article import Article
from services.model.codec import Codec, encode

_COUNT = 1_000
_LENGTH = 5_500  # of the text: records of about 6 kB
_ROUNDS = 7


def rows() -> list[Row]:
    """`records` is there and back, `records_decode` is reading alone: what every stage does with every record."""
    maker = TextMaker(seed=2)
    articles = [maker.article(_LENGTH, on=False) for _ in range(_COUNT)]
    note = f"{sum(map(len, map(encode, articles))) / _COUNT / 1000:.1f} kB, against json"
    return [_there_and_back(articles, note), _decode(articles, note)]


def _there_and_back(articles: Sequence[Article], note: str) -> Row:
    codec = Codec(Article)
    alone, bare = msgspec.json.Decoder(Article), msgspec.json.Encoder()
    objects: list[dict[str, Any]] = [msgspec.to_builtins(each) for each in articles]
    ways = {
        "ours": rate_of_core(_COUNT, lambda: [codec.decode(encode(each)) for each in articles]),
        "json": rate_of_core(_COUNT, lambda: [json.loads(_dumps(each)) for each in objects]),
        "msgspec": rate_of_core(_COUNT, lambda: [alone.decode(bare.encode(each)) for each in articles]),
    }
    turns = in_turns(ways, _ROUNDS)
    baseline, limit = turns.compared("ours", "json"), turns.compared("ours", "msgspec")
    return Row("records", turns["ours"], "records/s/core", baseline, limit, note=note)


def _decode(articles: Sequence[Article], note: str) -> Row:
    codec, alone = Codec(Article), msgspec.json.Decoder(Article)
    values = [encode(each) for each in articles]
    bodies = [msgspec.json.encode(each) for each in articles]
    ways = {
        "ours": rate_of_core(_COUNT, lambda: [codec.decode(each) for each in values]),
        "json": rate_of_core(_COUNT, lambda: [json.loads(each) for each in values]),
        "msgspec": rate_of_core(_COUNT, lambda: [alone.decode(each) for each in bodies]),
    }
    turns = in_turns(ways, _ROUNDS)
    baseline, limit = turns.compared("ours", "json"), turns.compared("ours", "msgspec")
    return Row("records_decode", turns["ours"], "records/s/core", baseline, limit, note=note)


def _dumps(value: dict[str, Any]) -> bytes:
    """As compact as ours; without escapes, which is also json's faster way."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
