"""What a visitor or a program asks: the query parameters of the search page and the public interface, checked.

The page leaves out what it does not understand and says so; the interface refuses it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, cast

from marketplace.money import Money, MoneyError
from marketplace.pilots.vocabulary import BANDS
from marketplace.search.engine import Sort
from marketplace.search.facets import FACETS

SINGLE: Final = ("q", "pilot", "available", "band", "price_max", "sort", "page")
SORTS: Final = ("match", "price", "name", "distance")
PER_PAGE: Final = 20

LONGEST_QUERY: Final = 200
"""Characters of search words that are read."""

LAST_PAGE: Final = 500

MOST_CHOSEN: Final = 60
"""Values of one filter that are read: more than a county has municipalities. Each link of the page repeats them."""


class Parameters(Protocol):
    """The query string as the web framework gives it."""

    def getlist(self, key: str) -> list[str]:
        """All values of a parameter, in order."""
        ...

    def __iter__(self) -> Iterator[str]:
        """The names of the parameters."""
        ...


@dataclass(frozen=True, slots=True)
class QueryProblem:
    """A parameter that was not understood.

    `code` is unknown_parameter, unknown_value, repeated, not_a_number, out_of_range, too_long or too_many.
    """

    field: str
    code: str
    value: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as it was asked, only with values that exist. `price_max` is in cents, `page` begins at 1."""

    q: str = ""
    pilot: str | None = None
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    available: bool = False
    band: str | None = None
    price_max: int | None = None
    sort: Sort = "match"
    page: int = 1
    per_page: int = PER_PAGE

    @property
    def filters(self) -> dict[str, frozenset[str]]:
        """The filters for the engine."""
        found = {name: frozenset(values) for name, values in self.chosen.items() if values}
        if self.pilot:
            found["pilot"] = frozenset({self.pilot})
        if self.available:
            found["available"] = frozenset({"1"})
        return found

    @property
    def narrows(self) -> bool:
        """True when something besides words narrows the search."""
        return bool(self.filters) or self.price_max is not None

    def parameters(self, **changes: Any) -> dict[str, Any]:
        """The query parameters of this search, with changes: a page address is made from them."""
        asked = replace(self, **changes)
        found: dict[str, Any] = {"q": asked.q or None, "pilot": asked.pilot}
        found |= {name: list(values) for name, values in asked.chosen.items() if values}
        found["available"] = "1" if asked.available else None
        found["band"] = asked.band
        found["price_max"] = None if asked.price_max is None else _euros(asked.price_max)
        found["sort"] = None if asked.sort == "match" else asked.sort
        found["page"] = None if asked.page == 1 else asked.page
        return {name: value for name, value in found.items() if value is not None}

    def without(self, name: str, value: str | None = None) -> Asked:
        """The search with one filter (or one value of it) dropped, from its first page."""
        if name == "q":
            return replace(self, q="", page=1)
        if name in FACETS:
            kept = tuple(key for key in self.chosen.get(name, ()) if value is not None and key != value)
            return replace(self, chosen={**self.chosen, name: kept}, page=1)
        empty: dict[str, Any] = {"pilot": None, "available": False, "price_max": None, "band": None}
        return replace(self, **{name: empty[name]}, page=1)


def read(
    parameters: Parameters,
    *,
    pilots: Collection[str],
    more: Collection[str] = (),
    largest_page: int = PER_PAGE,
) -> tuple[Asked, list[QueryProblem]]:
    """The search in a query string, and what of it was not understood. `more` names parameters that others read.

    `largest_page` is the most that `per_page` may ask for.
    """
    problems = [
        QueryProblem(name, "unknown_parameter", name)
        for name in parameters
        if name not in (*FACETS, *SINGLE, *more)
    ]
    problems += [
        QueryProblem(name, "repeated", name)
        for name in (*SINGLE, "per_page")
        if len({value for value in parameters.getlist(name) if value.strip()}) > 1
    ]
    given = {
        name: next((v for v in parameters.getlist(name) if v.strip()), "").strip()
        for name in (*SINGLE, *more)
    }
    chosen: dict[str, tuple[str, ...]] = {}
    for name, facet in FACETS.items():
        values = list(dict.fromkeys(value for value in parameters.getlist(name) if value.strip()))
        known = facet.vocabulary
        problems += [QueryProblem(name, "unknown_value", value) for value in values if value not in known]
        kept = tuple(value for value in values if value in known)
        if len(kept) > MOST_CHOSEN:
            problems.append(QueryProblem(name, "too_many", kept[MOST_CHOSEN]))
        if kept:
            chosen[name] = kept[:MOST_CHOSEN]

    def one_of(name: str, known: Collection[str]) -> str | None:
        value = given[name]
        if value and value not in known:
            problems.append(QueryProblem(name, "unknown_value", value))
            return None
        return value or None

    asked = Asked(
        q=_words(given["q"], problems),
        pilot=one_of("pilot", pilots),
        chosen=chosen,
        available=one_of("available", ("0", "1")) == "1",
        band=one_of("band", BANDS),
        price_max=_price(given["price_max"], problems),
        sort=cast(Sort, one_of("sort", SORTS) or "match"),
        page=_number("page", given["page"], 1, LAST_PAGE, 1, problems),
        per_page=_number("per_page", given.get("per_page", ""), 1, largest_page, PER_PAGE, problems),
    )
    return asked, problems


def _words(text: str, problems: list[QueryProblem]) -> str:
    """The search words with single spaces, at most `LONGEST_QUERY` characters of them."""
    words = " ".join(text.split())
    if len(words) > LONGEST_QUERY:
        problems.append(QueryProblem("q", "too_long", words))
    return words[:LONGEST_QUERY].rstrip()


def _price(text: str, problems: list[QueryProblem]) -> int | None:
    if not text:
        return None
    try:
        return Money.parse(text).cents
    except MoneyError:
        problems.append(QueryProblem("price_max", "not_a_number", text))
        return None


def _number(name: str, text: str, least: int, most: int, default: int, problems: list[QueryProblem]) -> int:
    if not text:
        return default
    if not (text.isascii() and text.isdigit()):
        problems.append(QueryProblem(name, "not_a_number", text))
        return default
    number = int(text[:9])
    if not least <= number <= most or len(text) > 9:
        problems.append(QueryProblem(name, "out_of_range", text))
        return min(max(number, least), most)
    return number


def _euros(cents: int) -> str:
    """Cents as a visitor writes euros: `34`, `34,50`."""
    return str(cents // 100) if cents % 100 == 0 else f"{cents // 100},{cents % 100:02d}"
