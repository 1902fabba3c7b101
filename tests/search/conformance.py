"""The questions that every engine answers alike: the same totals, the same first twenty in order, the same counts.

An engine is compared with `PlainEngine`, which goes through all offers one by one and is right because it is simple, or
with another engine.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from benchmarks import search_corpus
from marketplace.language.keys import KeyMaker, QueryTerm
from marketplace.pilots.vocabulary import AGES, FEATURES, GROUPS, MUNICIPALITIES, PLAIN_TEXTS, SERVICES
from marketplace.search import places, scoring
from marketplace.search.columns import LOWEST, name_key
from marketplace.search.engine import DEEPEST, NOWHERE, Document, Engine, Hit, IndexAnswer, SearchQuery
from marketplace.search.facets import COUNTED, EVERY

DAY = date(2026, 11, 22)
QUESTIONS = 360
_WORDS = (
    "päivätoiminta",
    "dagverksamhet",
    "kuljetus",
    "muistisairas",
    "musik",
    "städning",
    "siivous",
    "lapsiperhe",
    "ryhmä",
    "bil",
    "apu",
    "palvelu",
    "yöhoito",
    "retki lähimetsään",
    "rauhallinen tila",
    "esteetön auto",
    "kiireetön koti",
    "hjälp hemma",
    "utan kö",
    "näärdehoito",
    "xyzzy",
    "Esimerkki",
    "uimahalli",
    "vårdare",
)


def offers(keys: KeyMaker, count: int) -> Iterator[Document]:
    """Offers of the benchmark with everything that it leaves out: seats, ages, full ones, missing prices."""
    chance = random.Random(7)
    for document in search_corpus.documents(keys, count):
        area = document.values["municipality"]
        values = {
            **document.values,
            "full": ("1",) if chance.random() < 0.15 else (),
            "seat": (chance.choice(area),) if chance.random() < 0.9 else (),
            "age": tuple(chance.sample(list(AGES), chance.randint(0, 2))),
            "plain": tuple(key for key in PLAIN_TEXTS if chance.random() < 0.3),
        }
        prices = {band: cents for band, cents in document.prices.items() if chance.random() < 0.85}
        yield replace(document, values=values, prices=prices)


def questions(keys: KeyMaker, count: int = QUESTIONS) -> list[SearchQuery]:
    """So many questions, the same every time: words, filters, prices, every order, pages, words that only rank."""
    chance = random.Random(11)
    return [_question(keys, chance, number) for number in range(count)]


def _question(keys: KeyMaker, chance: random.Random, number: int) -> SearchQuery:
    terms = _terms(keys, chance) if number % 4 else ()
    ranking = _terms(keys, chance) if chance.random() < 0.3 else ()
    band = chance.choice([None, None, *search_corpus.BANDS, "no such band"])
    language = chance.choice(("fi", "sv"))
    return SearchQuery(
        terms=terms,
        ranking=ranking,
        filters=_filters(chance) if number % 3 else {},
        band=band,
        price_max=chance.choice([None, None, None, 0, 2500, 4000, 9000]),
        sort=("match", "match", "price", "name", "distance", "match")[number % 6],
        near=frozenset(chance.sample(list(MUNICIPALITIES), chance.randint(1, 3))),
        language=language,
        day=DAY + timedelta(days=number % 5),
        offset=chance.choice((0, 0, 0, 20, 100)),
        enough=chance.randint(1, 2) if len(terms) > 1 and chance.random() < 0.6 else None,
        facets=chance.random() < 0.85,
    )


def _terms(keys: KeyMaker, chance: random.Random) -> tuple[QueryTerm, ...]:
    language = chance.choice(("fi", "sv"))
    row = [*_WORDS, *(SERVICES[key].name[language] for key in SERVICES)]
    words = " ".join(chance.sample(row, chance.choice((1, 1, 2, 3))))
    found = list(keys.query(words, language))
    if chance.random() < 0.2:
        group = chance.choice(list(GROUPS))
        found.append(QueryTerm(f"!{group}", {f"#group:{group}": 0.6, "fi:koti": 0.123456}))
    return tuple(found)


def _filters(chance: random.Random) -> dict[str, frozenset[str]]:
    choices: dict[str, Sequence[str]] = {
        "municipality": list(MUNICIPALITIES)[:170],
        "service": list(SERVICES),
        "group": list(GROUPS),
        "language": ["fi", "sv", "en", "ru"],
        "feature": list(FEATURES),
        "pilot": [f"pilot-{number}" for number in range(6)],
        "available": ["1"],
        "age": list(AGES),
        "plain": list(PLAIN_TEXTS),
    }
    names = chance.sample(list(choices), chance.choice((1, 1, 2, 3)))
    found = {}
    for name in names:
        most = 2 if name in EVERY else 6
        found[name] = frozenset(
            chance.sample(choices[name], min(len(choices[name]), chance.randint(1, most)))
        )
    if chance.random() < 0.03:
        found["language"] = frozenset()
    return found


class PlainEngine:
    """Answers by looking at every offer: slow, and as simple as the rules."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self.documents = {document.id: document for document in documents}

    def search(self, question: SearchQuery) -> IndexAnswer:
        """Answer one question."""
        offered = list(self.documents.values())
        names = [
            *(["q"] if question.terms else ()),
            *(["price_max"] if question.price_max is not None else ()),
            *question.filters,
        ]
        holds = {name: {each.id for each in offered if self._holds(each, question, name)} for name in names}

        def all_of(without: str | None = None) -> list[Document]:
            return [each for each in offered if all(each.id in holds[n] for n in names if n != without)]

        found = all_of()
        rarities = {
            term.word: scoring.rarity(len(offered), sum(_strength(each, term) > 0 for each in offered))
            for term in (*question.terms, *question.ranking)
        }
        found.sort(key=lambda each: self._order(each, question, rarities))
        wanted = found[question.offset : min(question.offset + question.limit, DEEPEST)]
        facets = {
            facet: _counted(all_of(facet) if facet in names and facet not in EVERY else found, facet)
            for facet in COUNTED
            if question.facets
        }
        without = {} if found or not question.limit else {name: len(all_of(name)) for name in names}
        return IndexAnswer(
            len(found),
            tuple(Hit(each.id, each.body) for each in wanted),
            facets,
            dict(sorted(without.items())),
        )

    def _holds(self, offer: Document, question: SearchQuery, name: str) -> bool:
        if name == "q":
            matched = sum(_strength(offer, term) > 0 for term in question.terms)
            return matched >= (len(question.terms) if question.enough is None else question.enough)
        if name == "price_max":
            price = offer.prices.get(question.band or LOWEST)
            return price is not None and price <= (question.price_max or 0)
        held, chosen = set(offer.values.get(name, ())), question.filters[name]
        return bool(chosen) and (chosen <= held if name in EVERY else bool(held & chosen))

    def _order(self, offer: Document, question: SearchQuery, rarities: dict[str, int]) -> tuple[object, ...]:
        turn = offer.id * scoring.SPREAD & _ALL_BITS ^ scoring.salt(question.day)
        turn ^= turn >> 29
        turn = (turn * scoring.STIR & _ALL_BITS) >> 32
        last = (bool(offer.values.get("full")), turn, offer.id)
        if question.sort == "name":
            return (name_key(offer.names[question.language]), *last)
        if question.sort == "price":
            return (offer.prices.get(question.band or LOWEST, 2**31), *last)
        if question.sort == "distance":
            seat = offer.values.get("seat", ())
            return (
                min(places.kilometres(start, seat[0]) for start in question.near) if seat else NOWHERE,
                *last,
            )
        asked = (*question.terms, *question.ranking)
        if not asked:
            return last
        total = sum(scoring.points(rarities[term.word], _strength(offer, term)) for term in asked)
        missing = 0
        if question.enough is not None:
            missing = sum(not _strength(offer, term) for term in question.terms)
        best = scoring.best(rarities[term.word] for term in asked)
        return (missing, scoring.step(total, best, len(asked)), *last)


_ALL_BITS = (1 << 64) - 1


def _strength(offer: Document, term: QueryTerm) -> int:
    weighed = (
        scoring.weight(offer.keys[key]) * scoring.factor(factor)
        for key, factor in term.keys.items()
        if key in offer.keys
    )
    return max(weighed, default=0)


def _counted(offered: Iterable[Document], facet: str) -> dict[str, int]:
    counted: dict[str, int] = {}
    for offer in offered:
        for key in offer.values.get(facet, ()):
            counted[key] = counted.get(key, 0) + 1
    return counted


def differences(
    one: Engine | PlainEngine, other: Engine | PlainEngine, asked: Iterable[SearchQuery]
) -> list[str]:
    """What two engines answer differently, a line on each; empty when they are alike."""
    found = []
    for number, question in enumerate(asked):
        left, right = one.search(question), other.search(question)
        pairs = {
            "total": (left.total, right.total),
            "order": ([hit.id for hit in left.hits], [hit.id for hit in right.hits]),
            "bodies": ({hit.id: hit.body for hit in left.hits}, {hit.id: hit.body for hit in right.hits}),
            "without": (dict(left.without), dict(right.without)),
            **{
                f"counts of {facet}": (dict(left.facets[facet]), dict(right.facets[facet]))
                for facet in COUNTED
                if question.facets
            },
        }
        found += [
            f"question {number}, {what}: {a} is not {b}; {question}"[:600]
            for what, (a, b) in pairs.items()
            if a != b
        ]
    return found
