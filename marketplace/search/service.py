"""Searching: from a visitor's words and filters to offers, counts and help when nothing is found.

Knows neither the web nor the database: everything comes from the index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from marketplace.i18n import LocalizedText
from marketplace.pilots.vocabulary import derived
from marketplace.search.attempts import Attempt, LeftOut, Reader, origin
from marketplace.search.catalogue import Catalogue
from marketplace.search.columns import name_key
from marketplace.search.engine import DamagedIndex, IndexAnswer, SearchQuery
from marketplace.search.facets import FACETS
from marketplace.search.parsed_query import ParsedQuery
from marketplace.search.public_offer import PublicOffer
from marketplace.search.query_string import Asked


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
    """The answer to a search. `bodies` are the public offers as the index keeps them: JSON.

    `parsed` is the query as it was read and `shown` the parts of it that the offers hold. `did_you_mean` is a better
    spelling of the query; `corrected` has the words that were replaced, each with what took its place. `partly` says
    that no offer has all the words and these have at least half of them or, where none has, one; those with more come
    first. `pilots` counts the offers of each pilot like a facet and `free` those with free places now, `without` tells
    what dropping one filter would give.
    """

    total: int
    bodies: Sequence[bytes]
    facets: Mapping[str, Sequence[FacetValue]]
    parsed: ParsedQuery = field(default_factory=lambda: ParsedQuery(""))
    left_out: Sequence[LeftOut] = ()
    did_you_mean: str | None = None
    corrected: Mapping[str, str] = field(default_factory=dict)
    partly: bool = False
    pilots: Mapping[str, int] = field(default_factory=dict)
    free: int = 0
    without: Mapping[str, int] | None = None
    origin: tuple[str, ...] = ()
    """The municipalities that distances can be measured from."""

    @property
    def offers(self) -> list[PublicOffer]:
        """The offers, with texts in both languages."""
        return [PublicOffer.model_validate_json(body) for body in self.bodies]

    @property
    def is_unmet(self) -> bool:
        """True when nothing was found where it was looked for; a question that a page answers asks for no offers."""
        if self.parsed.answers and not self.parsed.parts:
            return False
        return not self.total or any(left.kind == "place" for left in self.left_out)

    @property
    def says_nothing(self) -> bool:
        """True for a query without a single word: signs and pictures."""
        return bool(self.parsed.text.strip()) and not self.parsed.tokens


@dataclass(frozen=True, slots=True)
class Supply:
    """What the catalogue holds: the number of offers, and the services from the most offered one on."""

    offers: int
    services: Sequence[FacetValue]


def supply(catalogue: Catalogue, *, language: str, day: date) -> Supply:
    """What the start page says of the catalogue; nothing at all while the index is being rebuilt."""
    try:
        answer = catalogue.index.search(SearchQuery(language=language, day=day, limit=0))
    except DamagedIndex:
        return Supply(0, ())
    services = facet_values("service", answer.facets["service"], (), language)
    return Supply(answer.total, sorted(services, key=lambda value: -value.count))


def search(catalogue: Catalogue, asked: Asked, *, language: str, day: date, facets: bool = True) -> Found:
    """Answer a search in the reader's `language` for the Helsinki day `day`. DamagedIndex when there is no index."""
    reader = Reader(catalogue, language)
    parsed, corrected = reader.read(asked.q)
    attempt = Attempt.of(asked, parsed, reader, language=language, day=day, facets=facets)
    answer, left_out, partly = attempt.answer()
    return Found(
        total=answer.total,
        bodies=[hit.body for hit in answer.hits],
        facets=_facets(answer, asked, language) if facets else {},
        parsed=parsed,
        left_out=left_out,
        did_you_mean=parsed.text if corrected else None,
        corrected=corrected,
        partly=partly,
        pilots=answer.facets.get("pilot", {}),
        free=answer.facets.get("available", {}).get("1", 0),
        without=answer.without or None,
        origin=origin(asked, parsed),
    )


def _facets(answer: IndexAnswer, asked: Asked, language: str) -> dict[str, list[FacetValue]]:
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
