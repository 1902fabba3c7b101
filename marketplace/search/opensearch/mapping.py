"""What the search server keeps of an offer, and how it reckons with it.

The server analyses nothing: it gets the keys that the portal makes of texts, each with its weight as its frequency.
`score` of a document is made of whole numbers alone (`scoring`), and the order of equals is reckoned by the same
arithmetic on 64 bits as in the embedded engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any, Final

from marketplace.i18n import LANGUAGES
from marketplace.search import scoring
from marketplace.search.columns import LOWEST, name_key
from marketplace.search.engine import NOWHERE, Document, Position
from marketplace.search.facets import FILTERS

KEYS: Final = "keys"
IDENTITY: Final = "id"
SPELLED: Final = "spelled"
BANDS: Final = "bands"
BODY: Final = "body"

MATCHED_BITS: Final = 18
"""Where some of the words are enough, each that matches adds this power of two to the points, which are below it."""

_POINTS_OF_A_KEY: Final = (
    "long both = (long) query.boost; "
    f"return (double) (((both >> {scoring.FACTOR_BITS}) * (both & {(1 << scoring.FACTOR_BITS) - 1}) "
    f"* (long) Math.min(doc.freq, {scoring.HEAVIEST}.0)) >> {scoring.POINT_BITS});"
)
"""The points of a key in a document. `query.boost` is two numbers (see `boost`): a float holds 24 bits exactly."""

_TURN: Final = (
    f"long turn = doc['{IDENTITY}'].value * {scoring.signed(scoring.SPREAD)}L; "
    "turn ^= ((Number) params.salt).longValue(); turn ^= turn >>> 29; "
    f"turn *= {scoring.signed(scoring.STIR)}L; turn = turn >>> 32; "
    "long full = doc['f.full'].size() == 0 ? 0L : 1L; "
)

BY_TURN: Final = _TURN + "return full * 4294967296L + turn;"
"""Equals: those that are full come last, the others by the rotation of the day."""

BY_DISTANCE: Final = _TURN + (
    "def known = doc['f.seat'].size() == 0 ? null : params.kilometres.get(doc['f.seat'].value); "
    f"long far = known == null ? {NOWHERE}L : ((Number) known).longValue(); "
    "return (2L * far + full) * 4294967296L + turn;"
)

BY_MATCH: Final = _TURN + (
    "long score = (long) _score; long best = ((Number) params.best).longValue(); "
    "long steps = ((Number) params.steps).longValue(); "
    f"long total = score & {(1 << MATCHED_BITS) - 1}L; long missing = 0L; "
    "if (params.enough) { "
    f"missing = ((Number) params.words).longValue() - (score >> {MATCHED_BITS}); "
    "} else { total = score; } "
    "long rank = (2L * (best - total) * steps + best) / (2L * best) + missing * (steps + 1L); "
    "return (2L * rank + full) * 4294967296L + turn;"
)
"""The step of the match (`scoring.step`), then as equals. The whole stays below 2⁵³ and so exact in a double."""


def index_body(position: Position) -> dict[str, Any]:
    """Settings and mapping of a new index. It is refreshed by who writes, and copied where there is a second node."""
    keyword, number = {"type": "keyword"}, {"type": "integer"}
    return {
        "settings": {
            "index": {
                "number_of_shards": 1,
                "auto_expand_replicas": "0-1",
                "refresh_interval": "-1",
                "similarity": {"points": {"type": "scripted", "script": {"source": _POINTS_OF_A_KEY}}},
            },
            "analysis": {
                "tokenizer": {"apart": {"type": "whitespace", "max_token_length": 10_000}},
                "filter": {"weighted": {"type": "delimited_term_freq", "delimiter": "|"}},
                "analyzer": {"given": {"type": "custom", "tokenizer": "apart", "filter": ["weighted"]}},
            },
        },
        "mappings": {
            "dynamic": "strict",
            "_source": {"includes": [BODY]},
            "_meta": meta(position, 0, 0.0),
            "properties": {
                KEYS: {
                    "type": "text",
                    "analyzer": "given",
                    "search_analyzer": "keyword",
                    "index_options": "freqs",
                    "norms": False,
                    "similarity": "points",
                },
                IDENTITY: {"type": "long"},
                SPELLED: {"type": "keyword", "index": False},
                BANDS: keyword,
                BODY: {"type": "keyword", "index": False, "doc_values": False},
                "f": {"properties": dict.fromkeys(FILTERS, keyword)},
                "n": {"properties": {code: {"type": "keyword", "index": False} for code in LANGUAGES}},
                "w": {"dynamic": True, "properties": {}},
                "p": {"dynamic": True, "properties": {"lowest": number}},
            },
            "dynamic_templates": [
                {"prices": {"path_match": "p.*", "mapping": number}},
                {"words": {"path_match": "w.*", "mapping": keyword}},
            ],
        },
    }


def price_field(band: str | None) -> str:
    """The field of a band's price, or of the price that stands for the offer."""
    return f"p.{band or 'lowest'}"


def source(document: Document) -> dict[str, Any]:
    """A document as it is sent to the server."""
    return {
        IDENTITY: document.id,
        KEYS: " ".join(f"{token(key)}|{scoring.weight(weight)}" for key, weight in document.keys.items()),
        SPELLED: list(document.keys),
        BANDS: [band for band in document.prices if band != LOWEST],
        BODY: document.body.decode(),
        "f": {name: list(keys) for name, keys in document.values.items() if keys},
        "n": {language: name_key(document.names[language]).hex() for language in LANGUAGES},
        "w": {kind: list(names) for kind, names in document.words.items()},
        "p": {"lowest" if band == LOWEST else band: cents for band, cents in document.prices.items()},
    }


def token(key: str) -> str:
    """A key as a token: without blanks and signs that the server would read something into."""
    return f"k{key.encode().hex()}"


def boost(rarity: int, factor: int) -> int:
    """The rarity of a word and the factor of one of its keys in one number below 2²⁴."""
    return (rarity << scoring.FACTOR_BITS) + factor


def meta(position: Position, commit: int, at: float) -> dict[str, Any]:
    """What the index says of itself: its position, a number of the last commit, and when that was written."""
    return {
        "low": position.low,
        "seen": [[row[0], row[-1]] for row in _rows(position.seen)],
        "day": position.day,
        "definitions": position.definitions,
        "commit": commit,
        "at": at,
    }


def position(told: Mapping[str, Any]) -> Position:
    """The position that `meta` wrote."""
    seen = (number for first, last in told["seen"] for number in range(first, last + 1))
    return Position(told["low"], tuple(seen), told["day"], told["definitions"])


def _rows(numbers: Iterable[int]) -> list[list[int]]:
    """Numbers in order as runs of neighbours."""
    placed = enumerate(sorted(numbers))
    return [[number for _at, number in run] for _key, run in groupby(placed, lambda pair: pair[1] - pair[0])]
