"""Concepts: the same thing under its many names, in both languages.

A concept is a key such as `#service:transport` or `@638` (a municipality) with words and phrases that mean it. Texts
and queries that hold one of them, in any inflected form, get the concept's key beside the keys of the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from marketplace.i18n import LANGUAGES
from marketplace.pilots.entries import WordsByLanguage
from marketplace.pilots.vocabulary import SYNONYMS, derived
from marketplace.search.language.families import relatives
from marketplace.search.language.lexicon import Lexicon
from marketplace.search.language.reading import STEM_MARK
from marketplace.search.language.words import stop_words, words

LONGEST_PHRASE: Final = 5


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing and its names by language: `names` count everywhere, `asks` in queries only, `told` in texts only."""

    key: str
    names: Mapping[str, Sequence[str]]
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)


@derived
def synonyms() -> tuple[Concept, ...]:
    """The concepts of the vocabulary of synonyms; their keys begin with `#`."""
    return tuple(
        Concept(f"#{key}", _by_language(entry), _by_language(entry.asks), _by_language(entry.told))
        for key, entry in SYNONYMS.items()
    )


def _by_language(words: WordsByLanguage) -> dict[str, Sequence[str]]:
    return {language: getattr(words, language) or () for language in LANGUAGES}


Phrase = tuple[frozenset[str], ...]

Phrases = dict[tuple[str, str], list[tuple[Phrase, str]]]
"""Phrases with their concepts, by language and each identity of their first word."""


class Thesaurus:
    """Finds the concepts that a row of words names. Phrases are looked up by the base forms of their words."""

    def __init__(self, lexicon: Lexicon, concepts: Iterable[Concept]) -> None:
        self._lexicon = lexicon
        self._of_texts: Phrases = defaultdict(list)
        self._of_queries: Phrases = defaultdict(list)
        both = (self._of_texts, self._of_queries)
        for concept in concepts:
            for names, tables in (
                (concept.names, both),
                (concept.asks, (self._of_queries,)),
                (concept.told, (self._of_texts,)),
            ):
                for language, phrases in names.items():
                    for phrase in phrases:
                        self._add(language, phrase, concept.key, tables)

    def _add(self, language: str, phrase: str, key: str, tables: Iterable[Phrases]) -> None:
        row = [word for word in words(phrase) if word not in stop_words(language)][:LONGEST_PHRASE]
        identities = tuple(self.identity(language, word) for word in row)
        if identities:
            for first in identities[0]:
                for table in tables:
                    table[(language, first)].append((identities, key))

    def identity(self, language: str, word: str) -> frozenset[str]:
        """What makes two inflected words the same word: base forms, or the stem where the dictionary has none."""
        reading = self._lexicon.read(language, word)
        if reading.known:
            return reading.bases | {word}
        return frozenset({word, STEM_MARK + reading.stem}) if reading.stem else frozenset({word})

    @staticmethod
    def _family(language: str, identity: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(relatives(language, word) for word in identity if word[0] != STEM_MARK))

    def find(self, language: str, row: Sequence[str], *, in_texts: bool) -> list[tuple[str, range]]:
        """Concept keys with the positions of the words that name them. `row` holds folded words without stop words.

        In a query a word stands for its whole family: `kuljettaa` names what `kuljetus` does.
        """
        identities = [self.identity(language, word) for word in row]
        table = self._of_texts if in_texts else self._of_queries
        if not in_texts:
            identities = [identity | self._family(language, identity) for identity in identities]
        found: dict[tuple[str, int, int], None] = {}
        for start, identity in enumerate(identities):
            for first in identity:
                for phrase, key in table.get((language, first), ()):
                    end = start + len(phrase)
                    if end > len(row):
                        continue
                    if all(a & b for a, b in zip(phrase, identities[start:end], strict=True)):
                        found[(key, start, end)] = None
        return [(key, range(start, end)) for key, start, end in found]
