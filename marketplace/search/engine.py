"""What the catalogue asks of a search engine, without saying which engine it is.

The embedded engine is `index.OfferIndex`; a server engine can take its place by answering the same questions.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, Protocol

from marketplace.language.keys import QueryTerm

Sort = Literal["match", "price", "name", "distance"]


@dataclass(frozen=True, slots=True)
class Document:
    """One visible offer as the engine keeps it."""

    id: int
    keys: Mapping[str, float]
    """Index keys with their weights, 0–1."""
    values: Mapping[str, tuple[str, ...]]
    """Values by filter name."""
    prices: Mapping[str, int]
    """Cents by price band; under the empty name the price that stands for the offer when no band is chosen."""
    names: Mapping[str, str]
    """The title by language, for the order by name."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Whole names that autocomplete offers, by kind."""
    body: bytes = b""
    """The public document, JSON, given back with a hit."""


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """One search. Filters, words and price must all hold; a facet says whether all its values must, or one of them."""

    terms: tuple[QueryTerm, ...] = ()
    """Words that must match (see `enough`)."""
    ranking: tuple[QueryTerm, ...] = ()
    """Words that only order what is found."""
    filters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    band: str | None = None
    price_max: int | None = None
    """Cents, in `band`; without a band, the lowest price of the offer."""
    sort: Sort = "match"
    near: frozenset[str] = frozenset()
    """The municipalities that the order by distance is measured from: to the nearest of them."""
    language: str = "fi"
    day: date = date(2026, 1, 1)
    """The Helsinki day: equal ranks rotate by it."""
    offset: int = 0
    limit: int = 20
    enough: int | None = None
    """So many matching words are enough, and more of them rank higher; without it every word must match."""
    facets: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """One found offer with its public document."""

    id: int
    body: bytes


@dataclass(frozen=True, slots=True)
class IndexAnswer:
    """`facets[name][key]` counts the offers that choosing the value would give, as if the filter were not set.

    `without` says, for an empty answer, how many offers there are when one filter (or `q`, `price_max`) is dropped.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, Mapping[str, int]]
    without: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """How the index stands; `deleted` counts replaced documents that still take room, `bytes` the room on disk."""

    offers: int
    segments: int
    deleted: int
    generation: str
    bytes: int


class DamagedIndex(Exception):
    """The index cannot be read: it is lost or damaged, and has to be made again."""


class Engine(Protocol):
    """A search engine for offers."""

    def search(self, question: SearchQuery) -> IndexAnswer:
        """Answer one question from the newest committed state."""
        ...

    def offers_any(self, facet: str, keys: Iterable[str]) -> bool:
        """True when an offer has one of the values of a facet."""
        ...

    def frequency(self, key: str) -> int:
        """How many offers have an index key."""
        ...

    def vocabulary(self) -> Mapping[str, int]:
        """Every index key with the number of offers that have it."""
        ...

    def names(self, kind: str) -> Mapping[str, int]:
        """The names that autocomplete offers of one kind, with the number of offers that bear each."""
        ...

    def write(self, documents: Iterable[Document], removed: Iterable[int]) -> None:
        """Put documents in place of earlier ones with the same id and remove others, in one commit."""
        ...

    def status(self) -> Status:
        """Counts for the office and for `readyz`."""
        ...
