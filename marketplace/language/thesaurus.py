"""Concepts: the same thing under its many names, in both languages.

A concept is a key such as `#service:transport` or `!time.night` with words and phrases that mean it. Texts and queries
that hold one of them, in any inflected form, get the concept's key beside the keys of the words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from marketplace.language.families import relatives
from marketplace.language.lexicon import Lexicon
from marketplace.language.reading import STEM_MARK
from marketplace.language.tables import language_table
from marketplace.language.words import stop_words, words

LONGEST_PHRASE: Final = 5

EXACT: Final = 3
"""A form that means this and nothing else, written `=form` in the tables: `=asumme` tells where one lives."""

STRONG: Final = 2
"""A name of the concept: who says it means it."""

WEAK: Final = 1
"""A word that is asked with, but may mean something else."""


_EXACTLY: Final = "="
_MARKS: Final = (STEM_MARK, _EXACTLY)


@dataclass(frozen=True, slots=True)
class Concept:
    """One thing and its names by language.

    A phrase that begins with `=` counts in just this form, and then nothing else that the same words name does.
    `names` count everywhere, `means` and `asks` in queries only (the first as surely as a name), `told` in texts only.
    """

    key: str
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    asks: Mapping[str, Sequence[str]] = field(default_factory=dict)
    means: Mapping[str, Sequence[str]] = field(default_factory=dict)
    told: Mapping[str, Sequence[str]] = field(default_factory=dict)


class NamedConcept(NamedTuple):
    """A concept that words of a row name: from `start` up to `end`, how surely, and how the phrase is written."""

    key: str
    start: int
    end: int
    strength: int


Phrase = tuple[frozenset[str], ...]

Phrases = dict[tuple[str, str], list[tuple[Phrase, str, int]]]
"""Phrases with their concepts and strengths, by language and each identity of their first word."""


class PhraseTable:
    """The phrases of concepts by the base forms of their first words: the same for every lexicon."""

    def __init__(self, lexicon: Lexicon, concepts: Iterable[Concept], *, every_word: bool = False) -> None:
        """With `every_word` stop words count in phrases and rows hold them; a word then stands for itself alone."""
        self.every_word: Final = every_word
        self.of_texts: Final[Phrases] = defaultdict(list)
        self.of_queries: Final[Phrases] = defaultdict(list)
        self.single_words: Final[set[str]] = set()
        """Names of one word, folded: a misspelt word may be one of them."""
        both = (self.of_texts, self.of_queries)
        for concept in concepts:
            for names, tables, strength in (
                (concept.names, both, STRONG),
                (concept.means, (self.of_queries,), STRONG),
                (concept.asks, (self.of_queries,), WEAK),
                (concept.told, (self.of_texts,), WEAK),
            ):
                for language, phrases in names.items():
                    for phrase in phrases:
                        row = self._row(language, phrase)
                        if phrase.startswith(_EXACTLY):
                            identities = tuple(frozenset({_EXACTLY + word}) for word in row)
                            meant = EXACT
                        else:
                            identities = tuple(_identity(lexicon, language, word) for word in row)
                            meant = strength
                        for first in identities[0] if identities else ():
                            for table in tables:
                                table[(language, first)].append((identities, concept.key, meant))

    def _row(self, language: str, phrase: str) -> list[str]:
        """The words of a phrase that count."""
        row = list(words(phrase))
        if not self.every_word or len(row) == 1:
            row = [word for word in row if word not in stop_words(language)]
        if len(row) == 1:
            self.single_words.add(row[0])
        return row[:LONGEST_PHRASE]


def _identity(lexicon: Lexicon, language: str, word: str) -> frozenset[str]:
    """What makes two inflected words the same word: base forms, or the stem where the dictionary has none."""
    reading = lexicon.read(language, word)
    if reading.known:
        return reading.bases | {word}
    return frozenset({word, STEM_MARK + reading.stem}) if reading.stem else frozenset({word})


def _end_of(phrase: Phrase, row: Sequence[frozenset[str]], start: int, between: Sequence[bool]) -> int | None:
    """Where a phrase that begins at `start` ends in a row; None when it is not there.

    Words that may stand within a phrase are passed over: `titta till` is in `tittar jag till`.
    """
    at = start + 1
    for word in phrase[1:]:
        while at < len(row) and between[at] and not word & row[at]:
            at += 1
        if at == len(row) or not word & row[at]:
            return None
        at += 1
    return at


class Thesaurus:
    """Finds the concepts that a row of words names. Phrases are looked up by the base forms of their words."""

    def __init__(self, lexicon: Lexicon, phrases: PhraseTable) -> None:
        """`lexicon` reads the words of the rows."""
        self._lexicon = lexicon
        self._phrases = phrases
        self.single_words: Final = phrases.single_words

    @staticmethod
    def _family(language: str, identity: Iterable[str]) -> frozenset[str]:
        return frozenset().union(*(relatives(language, word) for word in identity if word[0] not in _MARKS))

    def find(self, language: str, row: Sequence[str], *, in_texts: bool) -> list[NamedConcept]:
        """The concepts with the positions of the words that name them. `row` holds folded words without stop words.

        In a query a word stands for its whole family, unless every word counts: `kuljettaa` names what `kuljetus` does.
        Where every word counts, pronouns and the like may stand within a phrase.
        """
        identities = [_identity(self._lexicon, language, word) | {_EXACTLY + word} for word in row]
        passed_over = language_table(language).passed_over if self._phrases.every_word else frozenset()
        between = [word in passed_over for word in row]
        table = self._phrases.of_texts if in_texts else self._phrases.of_queries
        if not in_texts and not self._phrases.every_word:
            identities = [identity | self._family(language, identity) for identity in identities]
        found: dict[tuple[str, int, int], int] = {}
        for start, identity in enumerate(identities):
            for first in identity:
                for phrase, key, strength in table.get((language, first), ()):
                    end = _end_of(phrase, identities, start, between)
                    if end is not None:
                        found[(key, start, end)] = max(strength, found.get((key, start, end), 0))
        return [NamedConcept(*place, strength) for place, strength in found.items()]
