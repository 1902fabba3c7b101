"""Searching: from a visitor's words and filters to offers, counts and help when nothing is found.

Knows neither the web nor the database: everything comes from the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from marketplace.i18n import LocalizedText
from marketplace.pilots.vocabulary import derived
from marketplace.search.catalogue import Catalogue
from marketplace.search.columns import name_key
from marketplace.search.engine import Answer, DamagedIndex, SearchQuery
from marketplace.search.facets import FACETS
from marketplace.search.language.query_parser import QueryTerm
from marketplace.search.public_offer import PublicOffer
from marketplace.search.query_string import Asked

FEW: Final = 3
"""A word that fewer offers have may be misspelt: a much commoner one beside it is proposed."""

MUCH_COMMONER: Final = 8

NO_SLIP: Final = 5
"""A word of so many letters at most that the dictionary knows is what was meant, whatever the offers have beside it."""


@dataclass(frozen=True, slots=True)
class FacetValue:
    """A value one can filter by, in the reader's language, with the number of offers that choosing it would give."""

    key: str
    label: str
    count: int
    chosen: bool
    group: str = ""
    """What the value is listed under: the county of a municipality."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search. `bodies` are the public documents of the offers as the index keeps them: JSON.

    `did_you_mean` is a better spelling of the query; `corrected` says that the offers are for it already. `partly`
    says that no offer has all the words and these have at least half of them or, where none has, one; those with more
    come first. `without` tells what dropping one filter would give.
    """

    total: int
    bodies: Sequence[bytes]
    facets: Mapping[str, Sequence[FacetValue]]
    did_you_mean: str | None = None
    corrected: bool = False
    partly: bool = False
    without: Mapping[str, int] | None = None

    @property
    def offers(self) -> list[PublicOffer]:
        """The offers, with texts in both languages."""
        return [PublicOffer.model_validate_json(body) for body in self.bodies]


@dataclass(frozen=True, slots=True)
class Supply:
    """What the catalogue holds: the number of offers, and the services from the most offered one on."""

    offers: int
    services: Sequence[FacetValue]


def supply(catalogue: Catalogue, *, language: str, day: date) -> Supply:
    """What the start page says of the catalogue; nothing at all while the index is being made anew."""
    try:
        answer = catalogue.index.search(SearchQuery(language=language, day=day, limit=0))
    except DamagedIndex:
        return Supply(0, ())
    services = facet_values("service", answer.facets["service"], (), language)
    return Supply(answer.total, sorted(services, key=lambda value: -value.count))


def search(catalogue: Catalogue, asked: Asked, *, language: str, day: date, facets: bool = True) -> Found:
    """Answer a search in the reader's `language` for the Helsinki day `day`. DamagedIndex when there is no index."""
    terms = catalogue.understanding.query(asked.q, language)
    question = SearchQuery(
        terms=terms,
        filters=asked.filters,
        band=asked.band,
        price_max=asked.price_max,
        sort=asked.sort,
        language=language,
        day=day,
        offset=(asked.page - 1) * asked.per_page,
        limit=asked.per_page,
        facets=facets,
    )
    index = catalogue.index
    counts = {term.word: index.matching(term) for term in terms}
    better = _better_spelling(catalogue, terms, counts, language)
    unmatched = [term for term in terms if not counts[term.word]]
    if unmatched:
        terms = _second_reading(catalogue, terms, unmatched, better, language)
        question = replace(question, terms=terms)
    did_you_mean = " ".join(better.get(word, word) for word in counts) if better else None
    answer = index.search(question)
    corrected = any(term.word in better for term in unmatched)
    partly = False
    if not answer.total and len(counts) > 1 and "q" in answer.without:
        for enough in sorted({-(-len(terms) // 2), 1}, reverse=True):
            some = index.search(replace(question, enough=enough))
            if some.total:
                answer, partly = some, True
                break
    return Found(
        total=answer.total,
        bodies=[hit.body for hit in answer.hits],
        facets=_facets(answer, asked, language) if facets else {},
        did_you_mean=did_you_mean,
        corrected=corrected and bool(answer.total),
        partly=partly,
        without=answer.without or None,
    )


def _better_spelling(
    catalogue: Catalogue, terms: Sequence[QueryTerm], counts: Mapping[str, int], language: str
) -> dict[str, str]:
    """For words that nothing or hardly anything matches, the nearest word of the catalogue."""
    better: dict[str, str] = {}
    for term in terms:
        count = counts[term.word]
        if count >= FEW:
            continue
        if len(term.word) <= NO_SLIP and catalogue.understanding.is_known(term.word, language):
            continue
        near = catalogue.corrector().nearest(term.word)
        if near is None:
            continue
        if not count or catalogue.commonness(near) >= MUCH_COMMONER * count:
            better[term.word] = near
    return better


def _second_reading(
    catalogue: Catalogue,
    terms: Sequence[QueryTerm],
    unmatched: Sequence[QueryTerm],
    better: dict[str, str],
    language: str,
) -> tuple[QueryTerm, ...]:
    """The terms with those that match nothing taken apart where they are compounds, or spelt better.

    What was taken apart needs no better spelling and is taken out of `better`.
    """
    found: list[QueryTerm] = []
    for term in terms:
        if term not in unmatched:
            found.append(term)
        elif parts := _parts_together(catalogue, term, language):
            better.pop(term.word, None)
            found += parts
        elif term.word in better:
            found += catalogue.understanding.query(better[term.word], language)
        else:
            found.append(term)
    return tuple({term.word: term for term in found}.values())


def _parts_together(catalogue: Catalogue, term: QueryTerm, language: str) -> tuple[QueryTerm, ...]:
    """The parts of a compound that are in one and the same offer; empty when no offer has them all."""
    for parts in catalogue.understanding.taken_apart(term, language):
        if catalogue.index.search(SearchQuery(terms=parts, limit=0, facets=False)).total:
            return parts
    return ()


def _facets(answer: Answer, asked: Asked, language: str) -> dict[str, list[FacetValue]]:
    return {
        facet: facet_values(facet, answer.facets[facet], asked.chosen.get(facet, ()), language)
        for facet in FACETS
    }


def facet_values(
    facet: str, counts: Mapping[str, int], chosen: Sequence[str], language: str
) -> list[FacetValue]:
    """The values of a facet that find something or are chosen; municipalities and languages by name."""
    return [
        FacetValue(key, label, counts.get(key, 0), key in chosen, group)
        for key, label, group in _listed(facet, language)
        if key in counts or key in chosen
    ]


@derived
def _listed(facet: str, language: str) -> Sequence[tuple[str, str, str]]:
    """All values of a facet as (key, label, group) in the order in which they are listed."""
    found = FACETS[facet]
    listed = [
        (key, entry.name[language], found.parent(entry)[language] if found.parent else "")
        for key, entry in found.vocabulary.items()
    ]
    return sorted(listed, key=lambda value: name_key(value[1])) if found.parent else listed


def value_name(facet: str, key: str) -> LocalizedText:
    """The name of one value of a facet."""
    return FACETS[facet].value_name(key)
