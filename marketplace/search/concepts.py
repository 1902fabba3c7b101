"""The concepts of the catalogue: municipalities, services, groups, features and languages under all their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.pilots.vocabulary import MUNICIPALITIES, derived
from marketplace.search.facets import FACETS
from marketplace.search.language.lexicon import Lexicon
from marketplace.search.language.query_parser import Understanding
from marketplace.search.language.thesaurus import Concept, Thesaurus, synonyms


def catalogue_concepts() -> Iterator[Concept]:
    """Every concept: the vocabularies with their own names, then the synonym file."""
    for facet in FACETS.values():
        for key, entry in facet.vocabulary.items():
            yield Concept(facet.concept(key), _names(entry.name))
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


@derived
def _municipalities_by_name() -> Mapping[str, str]:
    """The code of each municipality by its name in either language."""
    return {
        name.casefold(): code
        for code, place in MUNICIPALITIES.items()
        for name in (place.name.fi, place.name.sv)
    }
