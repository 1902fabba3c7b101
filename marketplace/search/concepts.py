"""The concepts of the catalogue: municipalities, services, groups, features and languages under all their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from marketplace.i18n import LANGUAGES, LocalizedText
from marketplace.language.keys import KeyMaker
from marketplace.language.lexicon import Lexicon
from marketplace.language.tables import Names, QueryWords, query_words
from marketplace.language.thesaurus import Concept, PhraseTable, Thesaurus
from marketplace.pilots.entries import WordsByLanguage
from marketplace.pilots.vocabulary import FORMER_MUNICIPALITIES, MUNICIPALITIES, SERVICES, SYNONYMS, derived
from marketplace.search.facets import FACETS
from marketplace.search.parsed_query import ANSWER, SIGN
from marketplace.search.query_parser import QueryParser


def catalogue_concepts() -> Iterator[Concept]:
    """Every concept: the vocabularies with their own names, then the synonym file."""
    for facet in FACETS.values():
        if not facet.in_words:
            continue
        for key, entry in facet.vocabulary.items():
            yield Concept(facet.concept(key), _names(entry.name))
    for key, entry in SYNONYMS.items():
        yield Concept(
            f"#{key}",
            _by_language(entry),
            asks=_by_language(entry.asks),
            means=_by_language(entry.means),
            told=_by_language(entry.told),
        )


@derived
def read_words() -> QueryWords:
    """The words of queries beside names of services and places."""
    concepts = [facet.concept(key).removeprefix("#") for facet in FACETS.values() for key in facet.vocabulary]
    return query_words(SERVICES, [*concepts, *SYNONYMS])


def sign_concepts() -> Iterator[Concept]:
    """What words are signs of (`!time.night`), and the questions that pages answer (`?voucher`)."""
    found = read_words()
    for mark, table in ((SIGN, found.signs), (ANSWER, found.answers)):
        for key, names in table.items():
            yield Concept(f"{mark}{key}", means=_by_language(names))


@derived
def _phrases() -> dict[str, PhraseTable]:
    """What the first lexicon of this process has read, for all its indexes until a word changes."""
    return {}


def key_maker(lexicon: Lexicon) -> KeyMaker:
    """The maker of index keys that the whole catalogue shares."""
    kept = _phrases()
    if (names := kept.get("names")) is None:
        names = kept["names"] = PhraseTable(lexicon, catalogue_concepts())
    return KeyMaker(lexicon, Thesaurus(lexicon, names))


def query_parser(keys: KeyMaker) -> QueryParser:
    """The reader of queries that the whole catalogue shares."""
    kept = _phrases()
    if (signs := kept.get("signs")) is None:
        signs = kept["signs"] = PhraseTable(keys.lexicon, sign_concepts(), every_word=True)
    return QueryParser(keys, Thesaurus(keys.lexicon, signs), read_words(), SYNONYMS)


def _by_language(names: Names | WordsByLanguage) -> dict[str, Sequence[str]]:
    return {language: getattr(names, language) or () for language in LANGUAGES}


def _names(name: LocalizedText) -> dict[str, list[str]]:
    return {language: [getattr(name, language)] for language in LANGUAGES}


def place_text(place: str, language: str) -> str:
    """The place of an offer: a municipality by its name in the reader's language, anything else as it was written."""
    code = municipality_named(place)
    return MUNICIPALITIES[code].name[language] if code else place


def municipality_named(place: str) -> str | None:
    """The code of the municipality with this name in either language, or that had it; None when there is none."""
    return _municipalities_by_name().get(place.strip().casefold())


@derived
def _municipalities_by_name() -> Mapping[str, str]:
    """The code of each municipality by its name in either language, and by names of those that were joined to it."""
    former = [
        (place.name, place.municipalities[0])
        for place in FORMER_MUNICIPALITIES.values()
        if len(place.municipalities) == 1
    ]
    present = [(place.name, code) for code, place in MUNICIPALITIES.items()]
    return {name.casefold(): code for named, code in [*former, *present] for name in (named.fi, named.sv)}
