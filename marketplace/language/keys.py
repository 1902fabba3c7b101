"""From text to index keys: what a document is found by, and what a query looks for.

Keys carry their language (`fi:päivätoiminta`), so that a Finnish word is never taken for a Swedish one; concepts
(`#service:transport`, `@638`) belong to both.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from marketplace.i18n import LANGUAGES
from marketplace.language.families import relatives
from marketplace.language.lexicon import Lexicon
from marketplace.language.reading import RELATIVE, query_keys, text_keys
from marketplace.language.thesaurus import Thesaurus
from marketplace.language.words import MAX_QUERY, MAX_QUERY_WORDS, all_stop_words, stop_words, words

OTHER_LANGUAGE: Final = 0.5
"""A match in the language that the page is not in counts half: it is found, after the others."""

CONCEPT: Final = 0.7
"""A synonym counts a little less than the base form of the word that was asked for."""

NAMED_IN_TEXT: Final = 0.5
"""A concept that the text only mentions, against one that the offer belongs to."""

SAYS_ONLY_SERVICE: Final = {
    "fi": frozenset({"apu", "auttaa", "koti", "paikka", "palvelu"}),
    "sv": frozenset({"hem", "hemma", "hjälp", "hjälpa", "plats", "service", "tjänst"}),
}
"""Words and parts of compounds that do not say which service is meant, only that it is one or comes home."""

_KEPT_TEXTS = 4096
"""Texts whose keys are remembered: names of services, groups and places come with every offer."""

_KEPT_QUERIES = 1000
"""Queries that are remembered as they were understood, some 4 kB each."""

_KEPT_WORDS = 20_000
"""Words of texts whose keys are remembered: most texts are made of the same few thousand."""


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One word of a query and the weighted keys that satisfy it; a document must satisfy every term."""

    word: str
    keys: Mapping[str, float]
    near: Mapping[str, float] = field(default_factory=dict)
    """Keys of what comes close to it: they order, and satisfy it only where nothing else does."""

    def widened(self) -> QueryTerm:
        """The word with what comes close to it."""
        return QueryTerm(self.word, {**self.near, **self.keys}) if self.near else self


@dataclass(frozen=True, slots=True)
class Passage:
    """A text of a document in one language; `weight` says how much a word in it counts (1 = the title).

    With `concepts` the text says what the offer is: a synonym in it counts. In a long description it does not:
    "the trip is included" does not make day activities a transport service.
    """

    language: str
    text: str
    weight: float
    concepts: bool = False


class KeyMaker:
    """Reads documents and queries with one lexicon and one thesaurus."""

    def __init__(self, lexicon: Lexicon, thesaurus: Thesaurus) -> None:
        self.lexicon = lexicon
        self.thesaurus = thesaurus
        self._passage_keys = lru_cache(_KEPT_TEXTS)(self._keys_of)
        self._word_of_a_text = lru_cache(_KEPT_WORDS)(self._keys_of_a_word)
        self._understood = lru_cache(_KEPT_QUERIES)(self._read_query)

    def document_keys(self, passages: Iterable[Passage], concepts: Mapping[str, float]) -> dict[str, float]:
        """Every key of a document with its greatest weight, 0–1. `concepts` are those it belongs to by its data."""
        keys: dict[str, float] = dict(concepts)
        for passage in passages:
            found = self._passage_keys(passage.language, passage.text, passage.concepts, passage.weight)
            _raise(keys, found)
        return keys

    def _keys_of(self, language: str, text: str, concepts: bool, weight: float) -> dict[str, float]:
        """The keys of one text, each with its greatest weight."""
        keys: dict[str, float] = {}
        row = [word for word in words(text) if word not in stop_words(language)]
        for word in dict.fromkeys(row):
            _raise(keys, self._word_of_a_text(language, word))
        if concepts:
            for named in self.thesaurus.find(language, row, in_texts=True):
                keys[named.key] = max(NAMED_IN_TEXT, keys.get(named.key, 0.0))
        return {key: strength * weight for key, strength in keys.items()}

    def _keys_of_a_word(self, language: str, word: str) -> dict[str, float]:
        found = text_keys(word, self.lexicon.read(language, word))
        return {f"{language}:{key}": weight for key, weight in found.items()}

    def query_words(self, text: str) -> list[str]:
        """The words of a query that carry meaning, in either language, at most `MAX_QUERY_WORDS`."""
        found = [word for word in words(text[:MAX_QUERY]) if word not in all_stop_words()]
        return list(dict.fromkeys(found))[:MAX_QUERY_WORDS]

    def query(self, text: str, language: str) -> tuple[QueryTerm, ...]:
        """What a query asks for, one term for each word; empty when it holds no word with a meaning.

        A word that says only that it is a service may be missing where the others say which: `apua siivoukseen` asks
        for `siivous`. It stays where it belongs to a name (`henkilökohtainen apu`) or where another word is unknown to
        the dictionary, which may be a slip.
        """
        return self._understood(text[:MAX_QUERY], language)

    def _read_query(self, text: str, language: str) -> tuple[QueryTerm, ...]:
        row = self.query_words(text)
        keys = [self.word_keys(word, language) for word in row]
        within_a_name: set[int] = set()
        for spoken in LANGUAGES:
            factor = CONCEPT if spoken == language else CONCEPT * 0.9
            for named in self.thesaurus.find(spoken, row, in_texts=False):
                positions = range(named.start, named.end)
                if len(positions) > 1:
                    within_a_name.update(positions)
                for position in positions:
                    keys[position][named.key] = max(factor, keys[position].get(named.key, 0.0))
        terms = {at: QueryTerm(word, found) for at, (word, found) in enumerate(zip(row, keys, strict=True))}
        return self.telling(terms, within_a_name, language)

    def telling(
        self, terms: Mapping[int, QueryTerm], in_names: Collection[int], language: str
    ) -> tuple[QueryTerm, ...]:
        """The words by position without those that say only that it is a service, where others say which.

        `in_names` are positions within a name: what stands there is never left out.
        """
        telling = [
            term for at, term in terms.items() if at in in_names or not self._says_only_service(term.word)
        ]
        if any(not self.is_known(term.word, language) for term in telling):
            return tuple(terms.values())
        return tuple(telling or terms.values())

    def _says_only_service(self, word: str) -> bool:
        """True for a word that does not say which service is meant: `apua`, `auttaa`, `hjälp`."""
        return any(
            not SAYS_ONLY_SERVICE[language].isdisjoint(self.lexicon.read(language, word).bases)
            for language in LANGUAGES
        )

    def taken_apart(self, term: QueryTerm, language: str) -> Iterator[tuple[QueryTerm, ...]]:
        """Other readings of a compound that nothing matches whole, the best first; each part with its synonyms.

        First a shorter compound in it (`päivätoiminta` in `päivätoimintapaikka`), then all of its parts together,
        then without a part that says only that it is a service (`avustaja` in `avustaja-apu`), at last the service
        that a part names (`taxi` in `taxibuss`).
        """
        found = self.lexicon.read(language, term.word)
        shorter: dict[str, float] = {}
        for pair in found.pairs:
            for whole in self.query(pair, language):
                _raise(shorter, whole.keys)
        if shorter:
            yield (QueryTerm(term.word, shorter),)
        if len(found.parts) > 1:
            yield self.query(" ".join(sorted(found.parts)), language)
        meant = sorted(found.parts - SAYS_ONLY_SERVICE[language])
        if 0 < len(meant) < len(found.parts):
            yield self.query(" ".join(meant), language)
        for part in meant:
            named = self.thesaurus.find(language, [part], in_texts=False)
            if services := {each.key: CONCEPT for each in named if each.key.startswith("#service:")}:
                yield (QueryTerm(term.word, services),)

    def is_known(self, word: str, language: str) -> bool:
        """True when the dictionary of a language has the word."""
        return self.lexicon.read(language, word).known

    def word_keys(self, word: str, language: str) -> dict[str, float]:
        """The index keys that a word of a query looks for: its own, and those of its family."""
        keys: dict[str, float] = {}
        for spoken in LANGUAGES:
            factor = 1.0 if spoken == language else OTHER_LANGUAGE
            reading = self.lexicon.read(spoken, word)
            for base in reading.bases:
                keys.update(
                    (f"{spoken}:{relative}", RELATIVE * factor) for relative in relatives(spoken, base)
                )
            for key, weight in query_keys(word, reading).items():
                keys[f"{spoken}:{key}"] = weight * factor
        return keys


def _raise(keys: dict[str, float], more: Mapping[str, float]) -> None:
    """Add keys to `keys`; one that is there already keeps the greater weight."""
    for key in keys.keys() & more.keys():
        if keys[key] > more[key]:
            more = {**more, key: keys[key]}
    keys.update(more)
