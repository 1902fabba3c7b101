"""What the catalogue asks of a search engine, without saying which engine it is.

The embedded engine is `offer_index.OfferIndex`, that of a search server `opensearch.engine.OpenSearchOffers`: both
answer the same questions alike, down to the order of equals (`scoring`, tests/search/conformance.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Protocol

from marketplace.language.keys import QueryTerm

Sort = Literal["match", "price", "name", "distance"]

DEEPEST: Final = 10_000
"""How far down the list a reader can page; what is further down is found by narrowing the search."""

NOWHERE: Final = 99_999
"""Kilometres of an offer of which nobody knows where it is: it comes last."""


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

    `without` says, for an empty answer to a question that wants offers, how many there are when one filter (or `q`,
    `price_max`) is dropped.
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


@dataclass(frozen=True, slots=True)
class Position:
    """What an index holds: all changes up to `low`, those in `seen` above it, and offers as of `day` (ISO)."""

    low: int = 0
    seen: tuple[int, ...] = ()
    day: str = ""
    definitions: str = ""

    @property
    def highest(self) -> int:
        """The highest number of a change that it holds."""
        return max((self.low, *self.seen))


class DamagedIndex(Exception):
    """The index cannot be read: it is lost or damaged, and has to be made again."""


class SearchAway(DamagedIndex):
    """The search server does not answer: nothing is lost and nothing has to be made again, it has to come back."""


class Rebuilding(Protocol):
    """An index in the making. Nothing that is served changes before `swap`; one that dies leaves rubbish."""

    def apply(self, documents: Iterable[Document], removed: Iterable[int], position: Position) -> None:
        """Catch up with changes that were made while it was built."""
        ...

    def swap(self) -> None:
        """Serve it from now on, in one step, and remove the others."""
        ...


class Engine(Protocol):
    """A search engine for offers. What reads raises DamagedIndex when there is no index, or SearchAway."""

    shared: bool
    """True: one index for all machines, and one follower at a time writes it. False: every machine has its own."""

    # Reading

    @property
    def exists(self) -> bool:
        """True when there is an index."""
        ...

    def refresh(self) -> None:
        """Look at the newest committed state now."""
        ...

    def search(self, question: SearchQuery) -> IndexAnswer:
        """Answer one question from the newest committed state."""
        ...

    def matching(self, term: QueryTerm) -> int:
        """How many offers one word of a query matches."""
        ...

    def offers_any(self, facet: str, keys: Iterable[str]) -> bool:
        """True when an offer has one of the values of a facet."""
        ...

    def vocabulary(self) -> Mapping[str, int]:
        """Every index key with the number of offers that have it."""
        ...

    def names(self, kind: str) -> Mapping[str, int]:
        """The names that autocomplete offers of one kind, with the number of offers that bear each."""
        ...

    def ids(self, question: SearchQuery | None = None) -> list[int]:
        """The ids of all offers, or of those that meet a question's words, filters and price, in order."""
        ...

    def bands(self) -> frozenset[str]:
        """The price bands that any offer has."""
        ...

    def version(self) -> tuple[str, int]:
        """Changes with every commit: what an ETag or a cache of derived things is made from."""
        ...

    def status(self) -> Status:
        """Counts for the office and for `readyz`."""
        ...

    def problem(self) -> str | None:
        """What is wrong with the engine beside the index itself, in a sentence for the operator."""
        ...

    # Writing

    def position(self) -> Position:
        """How far the served index has followed the change log."""
        ...

    def write(
        self, documents: Iterable[Document], removed: Iterable[int] = (), position: Position | None = None
    ) -> None:
        """Put documents in place of earlier ones with the same id, remove others, and remember the position."""
        ...

    def keep_position(self, position: Position) -> None:
        """Remember a position without a commit: changes that touch no visible offer."""
        ...

    def tidy(self) -> bool:
        """Put away what is no longer needed; True when there was something."""
        ...

    def writing(self) -> AbstractContextManager[None]:
        """Hold the writer's lock."""
        ...

    def rebuild(self, documents: Iterable[Document], position: Position) -> Rebuilding:
        """Build a new index beside the served one; it is served after `Rebuilding.swap`."""
        ...
