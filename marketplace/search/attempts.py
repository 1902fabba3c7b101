"""From a query as it was read to an answer: what binds, what only ranks, and what is let go when nothing is found.

Place and service bind, and so do a price, a language, a need and free places. When no offer holds all of it, the later
of these are let go one by one, then the place in favour of the nearest; each is told. Other words only rank. Where
neither a service nor a provider is named, the words themselves must match.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from marketplace.language.keys import QueryTerm
from marketplace.pilots.vocabulary import SYNONYMS
from marketplace.search import places
from marketplace.search.catalogue import Catalogue
from marketplace.search.engine import IndexAnswer, SearchQuery
from marketplace.search.parsed_query import FACET_OF, PROVIDER, TITLE, ParsedQuery, QueryPart
from marketplace.search.query_string import Asked

LET_GO: Final = ("free", "price", "age", "feature", "language")
"""Kinds of parts that are let go when nothing is found with them, the first first."""

SHORTEST_START: Final = 5
"""Letters of the beginning of a provider's name that find it."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of the query that was let go because nothing would have been found with it.

    `kind` is that of a read part, `word` for a word that no offer has, or `condition` for an illness or disability that
    no offer found speaks of, so that those with what it needs are shown; `keys` are those of the part. For a place,
    `instead` is the municipality whose offers are shown and `kilometres` its distance; without it nothing is shown.
    """

    kind: str
    words: str
    keys: tuple[str, ...] = ()
    instead: str | None = None
    kilometres: int | None = None


class Reader:
    """Reads queries with what the index knows: names of providers, and words that a misspelt one may be."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self.catalogue = catalogue
        self.index = catalogue.index
        self._language = language

    def read(self, text: str) -> tuple[ParsedQuery, dict[str, str]]:
        """The query as it was read, misspelt words put right, and these with what took their place."""
        parsed = self._with_names(text)
        corrected: dict[str, str] = {}
        better = text
        for at in reversed(parsed.unread):
            token = parsed.tokens[at]
            near = self._better(parsed.terms[at], token.word)
            if near is not None:
                better = (
                    f"{parsed.text[: token.start]}{near}{parsed.text[token.end :]}"
                    if not corrected
                    else (f"{better[: token.start]}{near}{better[token.end :]}")
                )
                corrected[parsed.text[token.start : token.end]] = near
        if corrected:
            parsed = self._with_names(better)
        return parsed, corrected

    def _with_names(self, text: str) -> ParsedQuery:
        """The query as it was read, with the providers and the titles of offers that it names."""
        return self._with_title(self._with_provider(self.catalogue.parser.parse(text, self._language)))

    def _with_title(self, parsed: ParsedQuery) -> ParsedQuery:
        """The query with the services of offers whose whole title is in it, where its words name another service.

        Only with a word in it that nothing explains: a title of everyday words is no name.
        """
        part = parsed.part("service")
        keys = {TITLE + "_".join(run): 1.0 for run in _runs(parsed)} if part is not None else {}
        if part is None or not keys:
            return parsed
        titled = QueryTerm(TITLE, keys)
        offered = self.index.search(SearchQuery(terms=(titled,), limit=0)).facets["service"]
        more = tuple(sorted(key for key, count in offered.items() if count and key not in part.keys))
        if not more:
            return parsed
        parts = tuple(
            replace(each, keys=(*more, *each.keys)) if each is part else each for each in parsed.parts
        )
        return replace(parsed, parts=parts, extra=(*parsed.extra, titled))

    def _better(self, term: QueryTerm, word: str) -> str | None:
        """The nearest known word for one that nothing knows; None when something does or none is near."""
        if self.catalogue.parser.knows(word) or self.index.matching(term):
            return None
        if any(self._together(parts) for parts in self.catalogue.keys.taken_apart(term, self._language)):
            return None
        sure = self.catalogue.parser.could_be_a_compound(word)
        return self.catalogue.corrector().nearest(word, most=1 if sure else None)

    def _together(self, parts: tuple[QueryTerm, ...]) -> bool:
        return bool(self.index.search(SearchQuery(terms=parts, limit=0, facets=False)).total)

    def _with_provider(self, parsed: ParsedQuery) -> ParsedQuery:
        """The query with the words that name a provider read so."""
        names = self.catalogue.provider_names()
        at = 0
        while at < len(parsed.tokens):
            run = self._provider_at(parsed, at, names)
            if run:
                positions = frozenset(range(at, at + len(run)))
                part = QueryPart("provider", tuple(PROVIDER + word for word in run), positions)
                kept = tuple(other for other in parsed.parts if not other.words <= positions)
                terms = {place: term for place, term in parsed.terms.items() if place not in positions}
                unread = tuple(place for place in parsed.unread if place not in positions)
                parsed = replace(parsed, parts=(*kept, part), terms=terms, unread=unread)
                at += len(run)
            else:
                at += 1
        return parsed

    def _provider_at(
        self, parsed: ParsedQuery, at: int, names: Mapping[str, frozenset[tuple[str, ...]]]
    ) -> tuple[str, ...]:
        """The words of a provider's name that begins at a position; empty when none does.

        A run of words from one name counts when it is the whole name, or when one of them is in no dictionary and so
        can be nothing else.
        """
        words = [token.word for token in parsed.tokens[at:]]
        first = self._as_in_a_name(words[0], names)
        best: tuple[str, ...] = ()
        for name in names.get(first, frozenset()):
            if name[0] != first:
                continue
            run: list[str] = []
            for word, of_the_name in zip(words, name, strict=False):
                if self._as_in_a_name(word, names) != of_the_name:
                    break
                run.append(of_the_name)
            whole = len(run) == len(name) and (len(run) > 1 or not self.catalogue.parser.knows(words[0]))
            strange = any(not self.catalogue.parser.knows(word) for word in words[: len(run)])
            if (whole or strange) and len(run) > len(best):
                best = tuple(run)
        return best

    def _as_in_a_name(self, word: str, names: Mapping[str, frozenset[tuple[str, ...]]]) -> str:
        """The word as a provider's name has it: a strange word may be its beginning (`axudden`, `axuddens`)."""
        if word in names or len(word) < SHORTEST_START or self.catalogue.parser.knows(word):
            return word
        return min((name for name in names if name.startswith(word)), default=word)


@dataclass
class Attempt:
    """One search with everything that the query and the filters say."""

    reader: Reader
    parsed: ParsedQuery
    asked: Asked
    base: SearchQuery
    parts: Sequence[QueryPart]
    """The parts that bind, those left out that the chosen filters say already."""
    not_offered: Sequence[QueryPart]
    """Services that no offer is of: those that come near are looked for instead or, where none does, the words."""

    @classmethod
    def of(
        cls, asked: Asked, parsed: ParsedQuery, reader: Reader, *, language: str, day: date, facets: bool
    ) -> Attempt:
        """The search of a visitor; a filter that was chosen wins over what the words say of the same."""
        binding = [
            part
            for part in parsed.parts
            if part.binds and not _chosen_already(part, asked) and part.kind != "cheap"
        ]
        missing = [
            part
            for part in binding
            if part.kind == "service" and not reader.index.offers_any("service", part.keys)
        ]
        instead = [
            replace(part, keys=near)
            for part in missing
            if (near := _services_near(part)) and reader.index.offers_any("service", near)
        ]
        cheap = parsed.part("cheap") is not None and asked.sort == "match"
        near = origin(asked, parsed)
        unplaced = asked.sort == "distance" and not near
        base = SearchQuery(
            filters=asked.filters,
            band=asked.band,
            price_max=asked.price_max,
            sort="price" if cheap else "match" if unplaced else asked.sort,
            near=frozenset(near),
            language=language,
            day=day,
            offset=(asked.page - 1) * asked.per_page,
            limit=asked.per_page,
            facets=facets,
        )
        return cls(
            reader,
            parsed,
            asked,
            base,
            [*(part for part in binding if part not in missing), *instead],
            missing,
        )

    def answer(self) -> tuple[IndexAnswer, list[LeftOut], bool]:
        """The offers, what of the query was left out, and whether some of the words were enough."""
        parsed = self.parsed
        if parsed.text.strip() and not (parsed.parts or parsed.terms):
            return self._nothing(), [], False
        left: list[LeftOut] = []
        for let_go in self._choices():
            answer = self._search([part for part in self.parts if part.kind not in let_go])
            if answer.total:
                gone = [*self.not_offered, *(part for part in self.parts if part.kind in let_go)]
                left = [self._told(part) for part in gone]
                return answer, [*left, *self._unspoken_conditions(), *self._unknown_words(answer)], False
        nearest = self._nearest()
        if nearest is not None:
            return *nearest, False
        if self._binds_words:
            some = self._some_words(self.parts)
            if some is not None:
                return some, [self._told(part) for part in self.not_offered], True
        kind = "place" if self._has("place") else "service"
        gone = [part for part in (*self.parts, *self.not_offered) if part.kind == kind]
        return answer, [self._told(part) for part in gone], False

    def _choices(self) -> Iterator[frozenset[str]]:
        """What to let go, from nothing to all that may be."""
        there = [kind for kind in LET_GO if self._has(kind)]
        yield frozenset()
        for kind in there:
            yield frozenset({kind})
        if len(there) > 1:
            yield frozenset(there)

    def _has(self, kind: str) -> bool:
        return bool(_of(kind, self.parts))

    @property
    def _binds_words(self) -> bool:
        """True when the words themselves must match, because nothing says which offers are meant."""
        return bool(self.parsed.terms) and not (self._has("service") or self._has("provider"))

    def _query(self, parts: Sequence[QueryPart]) -> SearchQuery:
        filters = dict(self.base.filters)
        for part in parts:
            if part.kind in FACET_OF:
                facet = FACET_OF[part.kind]
                filters[facet] = filters.get(facet, frozenset()) | frozenset(part.keys)
        price = next((int(part.keys[0]) for part in _of("price", parts)), None)
        if _of("free", parts):
            filters["available"] = frozenset({"1"})
        terms = tuple(QueryTerm(key, {key: 1.0}) for part in _of("provider", parts) for key in part.keys)
        ranking = (*(term.widened() for term in self.parsed.terms.values()), *self.parsed.extra)
        if self._binds_words:
            terms, ranking = (*terms, *self._words()), self.parsed.extra
        return replace(
            self.base,
            filters=filters,
            price_max=self.base.price_max if price is None else price,
            terms=terms,
            ranking=ranking,
        )

    def _search(self, parts: Sequence[QueryPart]) -> IndexAnswer:
        return self.reader.index.search(self._query(parts))

    def _words(self) -> tuple[QueryTerm, ...]:
        """The words that must match; compounds that nothing matches whole are taken apart."""
        language = self.base.language
        keys = self.reader.catalogue.keys
        silent = {
            at
            for part in self.parsed.parts
            if part.kind in ("place", "price", "time", "age")
            for at in part.words
        }
        said = {at: term for at, term in self.parsed.terms.items() if at not in silent}
        found: list[QueryTerm] = []
        for term in keys.telling(said, self.parsed.in_names, language):
            if self.reader.index.matching(term):
                found.append(term)
                continue
            if self.reader.index.matching(term.widened()):
                found.append(term.widened())
                continue
            for taken in keys.taken_apart(term, language):
                if self.reader.index.search(SearchQuery(terms=taken, limit=0, facets=False)).total:
                    found += taken
                    break
            else:
                found.append(term)
        return tuple({term.word: term for term in found}.values())

    def _some_words(self, parts: Sequence[QueryPart]) -> IndexAnswer | None:
        """The offers with at least half of the words or, where none has, with one."""
        query = self._query(parts)
        if len(query.terms) < 2:
            return None
        for enough in sorted({-(-len(query.terms) // 2), 1}, reverse=True):
            some = self.reader.index.search(replace(query, enough=enough))
            if some.total:
                return some
        return None

    def _nearest(self) -> tuple[IndexAnswer, list[LeftOut]] | None:
        """The answer of the nearest municipality that has one, when the query names a place; None when none has."""
        named = [part for part in self.parts if part.kind == "place"]
        if not named:
            return None
        others = [part for part in self.parts if part.kind != "place" and part.kind not in LET_GO]
        if not others and not self._binds_words:
            return None
        everywhere = self.reader.index.search(replace(self._query(others), limit=0, facets=True))
        asked_for = [code for part in named for code in part.keys]
        found = places.nearest(asked_for, everywhere.facets["municipality"])
        if found is None:
            return None
        code, distance = found
        answer = self._search([*others, QueryPart("place", (code,), frozenset())])
        told = [replace(self._told(part), instead=code, kilometres=distance) for part in named]
        return answer, [*told, *(self._told(part) for part in self.parts if part.kind in LET_GO)]

    def _unknown_words(self, answer: IndexAnswer) -> list[LeftOut]:
        """Words that only rank and that none of the offers found has."""
        if self._binds_words or not answer.total:
            return []
        left = []
        for at in self.parsed.unread:
            query = replace(self._query(self.parts), terms=(self.parsed.terms[at],), limit=0, facets=False)
            if not self.reader.index.search(query).total:
                left.append(LeftOut("word", self.parsed.words_of([at])))
        return left

    def _unspoken_conditions(self) -> list[LeftOut]:
        """Conditions that none of the offers speaks of: what is found only has what they usually need."""
        left = []
        for at, term in self.parsed.terms.items():
            if term.near and not any(key.startswith("#") and ":" in key for key in term.keys):
                query = replace(self._query(self.parts), terms=(term,), limit=0, facets=False)
                if not self.reader.index.search(query).total:
                    left.append(LeftOut("condition", self.parsed.words_of([at])))
        return left

    def _told(self, part: QueryPart) -> LeftOut:
        return LeftOut(part.kind, self.parsed.words_of(part.words), part.keys)

    def _nothing(self) -> IndexAnswer:
        """The answer to a query that says nothing about offers, with the counts of all of them."""
        answer = self.reader.index.search(replace(self.base, limit=0))
        return replace(answer, total=0, hits=())


def _runs(parsed: ParsedQuery) -> Iterator[tuple[str, ...]]:
    """Each run of two words or more that has one that nothing explains."""
    words = [token.word for token in parsed.tokens]
    for start in range(len(words)):
        for end in range(start + 2, len(words) + 1):
            if any(start <= at < end for at in parsed.unread):
                yield tuple(words[start:end])


def origin(asked: Asked, parsed: ParsedQuery) -> tuple[str, ...]:
    """The municipalities that distances are measured from: those chosen, or else those that the words name."""
    named = (key for part in parsed.parts if part.kind == "place" and part.binds for key in part.keys)
    return tuple(asked.chosen.get("municipality", ())) or tuple(dict.fromkeys(named))


def _chosen_already(part: QueryPart, asked: Asked) -> bool:
    """True when the visitor has chosen a filter of the same kind."""
    if part.kind == "price":
        return asked.price_max is not None
    return part.kind in FACET_OF and bool(asked.chosen.get(FACET_OF[part.kind]))


def _services_near(part: QueryPart) -> tuple[str, ...]:
    """The services that come near to those of a part."""
    named = (SYNONYMS[name].near for key in part.keys if (name := f"service:{key}") in SYNONYMS)
    return tuple(
        near.removeprefix("service:") for nears in named for near in nears if near.startswith("service:")
    )


def _of(kind: str, parts: Iterable[QueryPart]) -> list[QueryPart]:
    return [part for part in parts if part.kind == kind]
