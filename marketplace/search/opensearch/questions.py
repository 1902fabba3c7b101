"""A question of the catalogue as the search server is asked it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from marketplace.language.keys import QueryTerm
from marketplace.pilots.vocabulary import MUNICIPALITIES
from marketplace.search import places, scoring
from marketplace.search.columns import NO_PRICE
from marketplace.search.engine import DEEPEST, SearchQuery
from marketplace.search.facets import COUNTED, EVERY
from marketplace.search.opensearch import mapping

MOST_VALUES: Final = 10_000
"""Values of a facet that are counted: more than there are."""

Json = dict[str, Any]

_ALL: Final[Json] = {"match_all": {}}
_NONE: Final[Json] = {"match_none": {}}


def matching(term: QueryTerm) -> Json:
    """The offers that a word matches."""
    return {"terms": {mapping.KEYS: [mapping.token(key) for key in term.keys]}} if term.keys else _NONE


def conditions(question: SearchQuery) -> dict[str, Json]:
    """Each condition of the question by name: `q`, `price_max` and every filter."""
    found: dict[str, Json] = {}
    if question.terms:
        words = [matching(term) for term in question.terms]
        least = len(words) if question.enough is None else question.enough
        found["q"] = {"bool": {"should": words, "minimum_should_match": least}}
    if question.price_max is not None:
        found["price_max"] = _at_most(question)
    for name, keys in question.filters.items():
        found[name] = _chosen(name, sorted(keys))
    return found


def _at_most(question: SearchQuery) -> Json:
    most = min(question.price_max or 0, int(NO_PRICE) - 1)
    return {"range": {mapping.price_field(question.band): {"lte": most}}}


def _chosen(name: str, keys: Sequence[str]) -> Json:
    if not keys:
        return _NONE
    if name in EVERY:
        return {"bool": {"filter": [{"term": {f"f.{name}": key}} for key in keys]}}
    return {"terms": {f"f.{name}": list(keys)}}


def counting(found: Mapping[str, Json], without: str | None = None) -> Json:
    """A question for the number of offers that hold every condition, one of them left out."""
    held = [condition for name, condition in found.items() if name != without]
    return {"size": 0, "track_total_hits": True, "query": _filtered(held)}


def _filtered(held: Iterable[Json]) -> Json:
    return {"bool": {"filter": [_ALL, *held]}}


def needs_rarities(question: SearchQuery) -> bool:
    """Whether the order of the question depends on its words."""
    return question.limit > 0 and question.sort == "match" and bool(question.terms or question.ranking)


def body(question: SearchQuery, rarities: Mapping[str, int]) -> Json:
    """The question whole. `rarities` are those of its words (`scoring.rarity`)."""
    found = conditions(question)
    aside = [name for name in found if name in COUNTED and name not in EVERY] if question.facets else []
    wanted = min(question.offset + question.limit, DEEPEST) - question.offset
    asked: Json = {
        "size": max(0, wanted),
        "from": question.offset if wanted > 0 else 0,
        "track_total_hits": True,
        "_source": [mapping.BODY],
        "query": _scored(question, [found[name] for name in found if name not in aside], rarities),
    }
    if wanted > 0:
        asked["sort"] = _order(question, rarities)
        asked["track_scores"] = True
    if question.facets:
        asked["post_filter"] = _filtered(found[name] for name in aside)
        asked["aggs"] = {
            facet: {
                "filter": _filtered(found[name] for name in aside if name != facet),
                "aggs": {"of": {"terms": {"field": f"f.{facet}", "size": MOST_VALUES}}},
            }
            for facet in COUNTED
        }
    return asked


def _scored(question: SearchQuery, held: Sequence[Json], rarities: Mapping[str, int]) -> Json:
    """The offers that hold the conditions, with the points of the words as their score."""
    if not needs_rarities(question):
        return _filtered(held)
    worth = [_points(term, rarities[term.word]) for term in (*question.terms, *question.ranking)]
    if question.enough is not None:
        one = float(1 << mapping.MATCHED_BITS)
        worth += [{"constant_score": {"filter": matching(term), "boost": one}} for term in question.terms]
    return {"bool": {"filter": [_ALL, *held], "should": worth, "minimum_should_match": 0}}


def _points(term: QueryTerm, rarity: int) -> Json:
    keys = [
        {
            "term": {
                mapping.KEYS: {
                    "value": mapping.token(key),
                    "boost": mapping.boost(rarity, scoring.factor(factor)),
                }
            }
        }
        for key, factor in term.keys.items()
    ]
    return {"dis_max": {"queries": keys}} if keys else _NONE


def _order(question: SearchQuery, rarities: Mapping[str, int]) -> list[Json]:
    last = {mapping.IDENTITY: "asc"}
    salt = {"salt": scoring.signed(scoring.salt(question.day))}
    if needs_rarities(question):
        asked = (*question.terms, *question.ranking)
        parameters = {
            **salt,
            "best": scoring.best(rarities[term.word] for term in asked),
            "steps": scoring.steps(len(asked)),
            "words": len(question.terms),
            "enough": question.enough is not None,
        }
        return [_script(mapping.BY_MATCH, parameters), last]
    if question.sort == "distance":
        return [_script(mapping.BY_DISTANCE, {**salt, "kilometres": _distances(question.near)}), last]
    turn = _script(mapping.BY_TURN, salt)
    if question.sort == "name":
        return [{f"n.{question.language}": {"order": "asc"}}, turn, last]
    if question.sort == "price":
        missing = {"order": "asc", "missing": "_last", "unmapped_type": "integer"}
        return [{mapping.price_field(question.band): missing}, turn, last]
    return [turn, last]


def _script(source: str, parameters: Mapping[str, Any]) -> Json:
    script = {"lang": "painless", "source": source, "params": dict(parameters)}
    return {"_script": {"type": "number", "order": "asc", "script": script}}


def _distances(near: Iterable[str]) -> dict[str, int]:
    starts = list(near)
    return {
        code: min(places.kilometres(start, code) for start in starts) for code in MUNICIPALITIES if starts
    }
