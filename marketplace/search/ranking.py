"""Answers from one segment: which documents match, how facets count, and in what order they come.

All of it is bit rows and arrays (see `columns`); nothing here reads a file or knows Whoosh.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from marketplace.language.keys import QueryTerm
from marketplace.search import places, scoring
from marketplace.search.columns import LOWEST, NO_PRICE, Bits, Columns, pack, unpack
from marketplace.search.engine import NOWHERE, SearchQuery
from marketplace.search.facets import EVERY

Key = TypeVar("Key")
Value = TypeVar("Value")

Postings = tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint8]]
"""Document numbers in order and, beside them, weights 1–255."""

_KEPT_TERMS: Final = 48
"""Words of which a segment keeps the strength of in all documents: 0.8 MB each at 200,000 offers."""

_KEPT_POSTINGS: Final = 400

_KEPT_DISTANCES: Final = 24
"""Places from which a segment keeps the distance of all documents."""

_KEPT_BODIES: Final = 2000
"""Public documents that a segment remembers, some 1.5 kB each: many searches show the same offers."""


@dataclass(frozen=True, slots=True)
class TermMatch:
    """What one word of a query matches in one segment: a bit row and its strength in every document (`scoring`)."""

    bits: Bits
    strengths: npt.NDArray[np.int32]


@dataclass
class Segment:
    """One immutable segment: its columns, its postings and what has been computed of them.

    `postings` reads a key's posting list from the index; None when the segment does not have the key. `stored` reads
    the public document of one offer.
    """

    columns: Columns
    postings: Callable[[str], Postings | None]
    stored: Callable[[int], bytes]
    _terms: OrderedDict[frozenset[tuple[str, float]], TermMatch] = field(default_factory=OrderedDict)
    _postings: OrderedDict[str, Postings | None] = field(default_factory=OrderedDict)
    _bodies: OrderedDict[int, bytes] = field(default_factory=OrderedDict)
    _rotation: tuple[date, npt.NDArray[np.uint32]] | None = None
    _distances: OrderedDict[frozenset[str], npt.NDArray[np.int64]] = field(default_factory=OrderedDict)
    _orders: dict[tuple[str, date], npt.NDArray[np.int64]] = field(default_factory=dict)

    def term(self, term: QueryTerm) -> TermMatch:
        """The match of one word; kept for the next question with the same word."""
        name = frozenset(term.keys.items())
        match = self._terms.get(name)
        if match is None:
            match = self._match(term)
            _keep(self._terms, name, match, _KEPT_TERMS)
        return match

    def _match(self, term: QueryTerm) -> TermMatch:
        size = self.columns.size
        strengths = np.zeros(size, dtype=np.int32)
        for key, factor in term.keys.items():
            found = self.posting_list(key)
            if found is not None:
                numbers, weights = found
                strength = weights * np.int32(scoring.factor(factor))
                strengths[numbers] = np.maximum(strengths[numbers], strength)
        return TermMatch(pack(strengths > 0), strengths)

    def posting_list(self, key: str) -> Postings | None:
        """The posting list of a key, from memory when it was used lately."""
        if key in self._postings:
            return self._postings[key]
        found = self.postings(key)
        _keep(self._postings, key, found, _KEPT_POSTINGS)
        return found

    def body(self, number: int) -> bytes:
        """The public document of one offer, from memory when it was shown lately."""
        found = self._bodies.get(number)
        if found is None:
            found = self.stored(number)
            _keep(self._bodies, number, found, _KEPT_BODIES)
        return found

    def rotation(self, day: date) -> npt.NDArray[np.uint32]:
        """A number for each document that puts equals in another order every day: fair, and the same for everyone."""
        if self._rotation is None or self._rotation[0] != day:
            mixed = self.columns.ids.astype(np.uint64) * np.uint64(scoring.SPREAD)
            mixed ^= np.uint64(scoring.salt(day))
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(scoring.STIR)
            self._rotation = (day, (mixed >> np.uint64(32)).astype(np.uint32))
            self._orders = {}
        return self._rotation[1]

    @cached_property
    def full(self) -> npt.NDArray[np.int64]:
        """1 for each document whose offer has told that it has no places, 0 for the others: full ones come last."""
        at = self.columns.values["full"].get("1")
        if at is None:
            return np.zeros(self.columns.size, dtype=np.int64)
        return unpack(self.columns.bits["full"][at], self.columns.size).astype(np.int64)

    def order(self, question: SearchQuery) -> npt.NDArray[np.int64]:
        """All documents in the order of the question, for orders that do not depend on its words."""
        by = f"name-{question.language}" if question.sort == "name" else f"price-{question.band or LOWEST}"
        if question.sort == "match":
            by = "day"
        name = (by, question.day)
        found = self._orders.get(name)
        if found is None:
            rotation = self.rotation(question.day)
            if question.sort == "match":
                found = np.lexsort((rotation, self.full))
            elif question.sort == "name":
                found = np.lexsort((rotation, self.full, self.columns.names[question.language]))
            else:
                found = np.lexsort((rotation, self.full, self.prices(question.band)))
            self._orders[name] = found
        return found

    def distances(self, near: frozenset[str]) -> npt.NDArray[np.int64]:
        """Kilometres from the nearest of some municipalities to where each document has its seat."""
        found = self._distances.get(near)
        if found is None:
            found = np.full(self.columns.size, NOWHERE, dtype=np.int64)
            for code, at in self.columns.values["seat"].items():
                here = unpack(self.columns.bits["seat"][at], self.columns.size)
                found[here] = min(places.kilometres(start, code) for start in near)
            _keep(self._distances, near, found, _KEPT_DISTANCES)
        return found

    def prices(self, band: str | None) -> npt.NDArray[np.int32]:
        """Cents in a band, or the lowest price of each document; NO_PRICE where it has none."""
        found = self.columns.prices.get(band or LOWEST)
        return np.full(self.columns.size, NO_PRICE, dtype=np.int32) if found is None else found


@dataclass(frozen=True, slots=True)
class Live:
    """A segment as one commit left it: `alive` has a bit for every document that was not deleted."""

    segment: Segment
    alive: Bits
    count: int

    def conditions(self, question: SearchQuery) -> dict[str, Bits]:
        """The bit row of each condition of the question: `q`, `price_max` and every filter."""
        rows: dict[str, Bits] = {}
        columns = self.segment.columns
        if question.terms:
            rows["q"] = self._words(question)
        if question.price_max is not None:
            rows["price_max"] = pack(self.segment.prices(question.band) <= question.price_max)
        for name, keys in question.filters.items():
            known = columns.values[name]
            chosen = [known[key] for key in keys if key in known]
            if not chosen or (name in EVERY and len(chosen) < len(keys)):
                rows[name] = np.zeros_like(self.alive)
            elif name in EVERY:
                rows[name] = np.bitwise_and.reduce(columns.bits[name][chosen], axis=0)
            else:
                rows[name] = np.bitwise_or.reduce(columns.bits[name][chosen], axis=0)
        return rows

    def _words(self, question: SearchQuery) -> Bits:
        matches = np.stack([self.segment.term(term).bits for term in question.terms])
        if question.enough is None:
            found: Bits = np.bitwise_and.reduce(matches, axis=0)
            return found
        size = self.segment.columns.size
        flags = np.stack([unpack(bits, size) for bits in matches])
        return pack(np.count_nonzero(flags, axis=0) >= question.enough)

    def all_of(self, rows: Mapping[str, Bits], without: str | None = None) -> Bits:
        """The documents that hold every condition, one of them left out."""
        mask = self.alive
        for name, bits in rows.items():
            if name != without:
                mask = mask & bits
        return mask

    def counts(self, facet: str, mask: Bits) -> Iterator[tuple[str, int]]:
        """How many documents of `mask` have each value of a facet; values that none has are left out."""
        bits = self.segment.columns.bits[facet]
        if not len(bits):
            return
        used = np.flatnonzero(mask)
        few = len(used) * 4 < len(mask)
        joined = bits[:, used] & mask[used] if few else bits & mask
        totals = np.bitwise_count(joined).sum(axis=1, dtype=np.int64)
        for key, at in self.segment.columns.values[facet].items():
            if totals[at]:
                yield key, int(totals[at])

    def best(
        self, question: SearchQuery, mask: Bits, weights: Mapping[str, int], wanted: int
    ) -> Iterator[Ranked]:
        """The first `wanted` documents of `mask` in the order of the question."""
        segment = self.segment
        flags = unpack(mask, segment.columns.size)
        rotation = segment.rotation(question.day)
        if question.sort == "distance" or (question.sort == "match" and (question.terms or question.ranking)):
            numbers = np.flatnonzero(flags)
            if question.sort == "distance":
                first = segment.distances(question.near)[numbers]
            else:
                first = self._ranks(question, numbers, weights)
            rank = 2 * first + segment.full[numbers]
            order = (rank.astype(np.uint64) << np.uint64(32)) | rotation[numbers]
            if len(numbers) > wanted:
                first = np.argpartition(order, wanted)[:wanted]
                numbers, order = numbers[first], order[first]
            for at in np.argsort(order, kind="stable"):
                yield Ranked(int(order[at]), int(numbers[at]), self)
            return
        taken = 0
        order_of_all = segment.order(question)
        chunk = max(4 * wanted, 1024)
        for start in range(0, len(order_of_all), chunk):
            numbers = order_of_all[start : start + chunk]
            for number in numbers[flags[numbers]]:
                yield Ranked(self._sort_key(question, int(number), rotation), int(number), self)
                taken += 1
                if taken == wanted:
                    return

    def _ranks(
        self, question: SearchQuery, numbers: npt.NDArray[np.int64], weights: Mapping[str, int]
    ) -> npt.NDArray[np.int64]:
        """Ranks 0 (best) upwards: how many words are missing, then the points of the words, some steps a word."""
        total = np.zeros(len(numbers), dtype=np.int64)
        missing = np.zeros(len(numbers), dtype=np.int64)
        for term in question.terms:
            strengths = self.segment.term(term).strengths[numbers]
            total += scoring.points(weights[term.word], strengths.astype(np.int64))
            if question.enough is not None:
                missing += strengths == 0
        for term in question.ranking:
            strengths = self.segment.term(term).strengths[numbers]
            total += scoring.points(weights[term.word], strengths.astype(np.int64))
        asked = (*question.terms, *question.ranking)
        best = scoring.best(weights[term.word] for term in asked)
        return scoring.step(total, best, len(asked)) + missing * (scoring.steps(len(asked)) + 1)

    def _sort_key(self, question: SearchQuery, number: int, rotation: npt.NDArray[np.uint32]) -> Any:
        turn = int(rotation[number])
        full = int(self.segment.full[number])
        if question.sort == "name":
            return (bytes(self.segment.columns.names[question.language][number]), full, turn)
        if question.sort == "price":
            return (int(self.segment.prices(question.band)[number]), full, turn)
        return (full, turn)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A document number with what it is sorted by; keys of the same question compare across segments."""

    key: Any
    number: int
    live: Live


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value, limit: int) -> None:
    """Remember a value and let go of the oldest ones."""
    kept[key] = value
    while len(kept) > limit:
        kept.popitem(last=False)
