"""A query as it was read: its words, and the parts that they say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from marketplace.language.keys import QueryTerm

Kind = Literal[
    "service",
    "place",
    "language",
    "feature",
    "age",
    "group",
    "price",
    "cheap",
    "free",
    "soon",
    "time",
    "provider",
]

SIGN: Final = "!"
NOISE: Final = "!noise"
ANSWER: Final = "?"
"""What keys of signs and of questions that pages answer begin with."""

PROVIDER: Final = "%"
"""What index keys of a provider begin with: words of its name, its business ID, its telephone number."""

TITLE: Final = "="
"""What the index key of a whole title begins with: its words, joined by `_`."""

BAND: Final = "#band:"
"""What index keys of price bands begin with."""

FREE: Final = "#free"
"""The index key of offers with free places."""

FACET_OF: Final[Mapping[str, str]] = {
    "service": "service",
    "place": "municipality",
    "language": "language",
    "feature": "feature",
    "age": "age",
}
"""The facet that a read part filters by."""


class Token(NamedTuple):
    """A word of the query: folded, where it stands in the text, and whether it is in quotation marks."""

    word: str
    start: int
    end: int
    quoted: bool


class Match(NamedTuple):
    """A concept, sign, question or place (`key`) that words at some positions name, and how surely."""

    key: str
    positions: frozenset[int]
    strength: int


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One thing that the query says.

    `keys` are keys of the vocabulary of its kind (for a price, the cents). `binds`: only offers that hold it are shown;
    otherwise they come first. `words` are the positions of its words.
    """

    kind: Kind
    keys: tuple[str, ...]
    words: frozenset[int]
    binds: bool = True


class OtherNeed(NamedTuple):
    """Services that a query names beside those that it is read as, and the positions of all words about them."""

    services: tuple[str, ...]
    words: frozenset[int]


@dataclass(frozen=True, slots=True)
class ParsedQuery:
    """A query as it was read."""

    text: str
    tokens: tuple[Token, ...] = ()
    parts: tuple[QueryPart, ...] = ()
    answers: tuple[str, ...] = ()
    """The questions in it that pages answer: keys of `answers` in `query_words.yaml`."""
    terms: Mapping[int, QueryTerm] = field(default_factory=dict)
    """The words that say what is wanted, by position, with the index keys that satisfy each."""
    unread: tuple[int, ...] = ()
    """Positions of words that nothing explains: a slip, a name, or a word of the offers."""
    in_names: frozenset[int] = frozenset()
    """Positions of words within a name of several words."""
    extra: tuple[QueryTerm, ...] = ()
    """What ranks beside the words: time, free places, whom it is for."""
    others: tuple[OtherNeed, ...] = ()
    """What it asks for as well, which a search of its own finds."""

    def keys(self, kind: Kind) -> tuple[str, ...]:
        """The keys of all parts of a kind."""
        return tuple(dict.fromkeys(key for part in self.parts if part.kind == kind for key in part.keys))

    def part(self, kind: Kind) -> QueryPart | None:
        """The first part of a kind."""
        return next((part for part in self.parts if part.kind == kind), None)

    @property
    def filters(self) -> dict[str, frozenset[str]]:
        """The facets that the parts bind."""
        found: dict[str, frozenset[str]] = {}
        for part in self.parts:
            if part.binds and part.kind in FACET_OF:
                facet = FACET_OF[part.kind]
                found[facet] = found.get(facet, frozenset()) | frozenset(part.keys)
        return found

    def without(self, positions: Iterable[int]) -> str:
        """The text of the query without some of its words."""
        gone = {(self.tokens[at].start, self.tokens[at].end) for at in positions}
        text = self.text
        for start, end in sorted(gone, reverse=True):
            text = f"{text[:start]} {text[end:]}"
        return " ".join(re.sub(r"[\"“”„»«]\s*[\"“”„»«]", " ", text).split()).strip(" ,;/€-")

    def words_of(self, positions: Iterable[int]) -> str:
        """Some of the words as they were typed."""
        return " ".join(self.text[self.tokens[at].start : self.tokens[at].end] for at in sorted(positions))
