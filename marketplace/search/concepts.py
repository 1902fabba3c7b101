"""The concepts of the catalogue: municipalities, services, groups, features and languages under all their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Final

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.pilots.vocabulary import FEATURES, GROUPS, MUNICIPALITIES, SERVICES
from marketplace.pilots.vocabulary import LANGUAGES as SPOKEN_LANGUAGES
from marketplace.search.language.lexicon import Lexicon
from marketplace.search.language.query_parser import Understanding
from marketplace.search.language.thesaurus import Concept, Thesaurus, synonyms

FACETS: Final = ("service", "municipality", "group", "language", "feature")
"""The facets of the public contract, in the order in which pages show them."""


def concept_key(facet: str, key: str) -> str:
    """The index key of one value of a facet: `@638` for a municipality, `#service:transport` for the others."""
    return f"@{key}" if facet == "municipality" else f"#{facet}:{key}"


def catalogue_concepts() -> Iterator[Concept]:
    """Every concept: the vocabularies with their own names, then the synonym file."""
    for code, municipality in MUNICIPALITIES.items():
        yield Concept(concept_key("municipality", code), _names(municipality.name))
    for facet, vocabulary in (("service", SERVICES), ("group", GROUPS), ("feature", FEATURES)):
        for key, entry in vocabulary.items():
            yield Concept(concept_key(facet, key), _names(entry.name))
    for key, language in SPOKEN_LANGUAGES.items():
        yield Concept(concept_key("language", key), _names(language.name))
    yield from synonyms()


def understanding(lexicon: Lexicon) -> Understanding:
    """The understanding of words that the whole catalogue shares."""
    return Understanding(lexicon, Thesaurus(lexicon, catalogue_concepts()))


def _names(name: LocalizedText) -> dict[str, list[str]]:
    return {language: [getattr(name, language)] for language in LANGUAGES}


def place_text(place: str, language: str) -> str:
    """The place of an offer: a municipality by its name in the reader's language, anything else as it was written."""
    code = _municipalities_by_name().get(place.strip().casefold())
    return MUNICIPALITIES[code].name[language] if code else place


@cache
def _municipalities_by_name() -> Mapping[str, str]:
    """The code of each municipality by its name in either language."""
    return {
        name.casefold(): code
        for code, place in MUNICIPALITIES.items()
        for name in (place.name.fi, place.name.sv)
    }
