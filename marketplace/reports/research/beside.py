"""Who is told of in a quarter of an extract, so that the reports of the quarter give nobody away beside it. Pure.

Whoever has both takes the rows of the extract away from the numbers of the reports. What is left of a number that is
told tells of at least `FEWEST` people, or of nobody; and what is hidden is not undone by taking away those who were
hidden with it. The rows of a quarter themselves tell of no fewer by anything by which reports are told
(docs/decisions/0141-extracts-beside-reports.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.reports.disclosure import FEWEST
from marketplace.reports.hiding import Cell, undone
from marketplace.reports.research.rules import MEASURES, Traits
from marketplace.reports.rules import SPECS, Cells, Dimension, Fact, Measure, Place, cells_of

COMPARED: Final = frozenset({Measure.CLIENTS, *MEASURES.values()})
"""The numbers of the reports from which the rows of an extract can be taken away."""

BY_TRAIT: Final[Mapping[Dimension, Callable[[Traits], str]]] = {
    Dimension.MUNICIPALITY: lambda own: own.municipality,
    Dimension.GROUP: lambda own: own.group,
    Dimension.LANGUAGE: lambda own: own.language,
}

DIMENSIONS: Final = frozenset({Dimension.ALL, Dimension.SERVICE, *BY_TRAIT})
"""By what both tell something; no row of an extract has a month or a reason."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A quarter as others know it: what counts for it (`facts`, by clients’ numbers), where the reports tell a number
    (block of measures → places), and whose rows of it earlier extracts have told.
    """

    facts: Sequence[Fact]
    told: Mapping[str, Collection[Place]]
    earlier: Collection[str]


@dataclass(frozen=True, slots=True)
class ToldRows:
    """Who is told of in a quarter, and which services are told together as others."""

    people: frozenset[str]
    rare: frozenset[str]


def chosen(people: Mapping[str, Traits], reported: Reported, order: Callable[[str], str]) -> ToldRows:
    """Of the people with the traits that are told of them, those who can be told of in a quarter.

    Whom the reports make leave out is chosen by `order`, among those who stand in most of the numbers in question.
    """
    facts = [fact for fact in reported.facts if fact.measure in COMPARED]
    services = _services(facts)
    kept = {who for who in services if who in people}
    while True:
        counts = Counter(service for who in kept for service in services[who])
        rare = frozenset(service for service, number in counts.items() if number < FEWEST)
        out = _few(kept, people, services, rare) or _leaking(
            facts, reported, {who: people[who] for who in kept}, rare, order
        )
        if not out:
            return ToldRows(frozenset(kept), rare)
        kept -= out


def _services(facts: Iterable[Fact]) -> Mapping[str, set[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for fact in facts:
        found[str(fact.who)].add(str(fact.keys[Dimension.SERVICE]))
    return found


def _few(
    kept: set[str], people: Mapping[str, Traits], services: Mapping[str, set[str]], rare: Collection[str]
) -> set[str]:
    """Those who are alike with fewer than `FEWEST` in the quarter, or have the services that few have."""
    alike = Counter(people[who] for who in kept)
    others = {who for who in kept if not services[who].isdisjoint(rare)}
    return {who for who in kept if alike[people[who]] < FEWEST} | (others if len(others) < FEWEST else set())


def _leaking(
    facts: Sequence[Fact],
    reported: Reported,
    kept: Mapping[str, Traits],
    rare: Collection[str],
    order: Callable[[str], str],
) -> set[str]:
    """Some of those who are told of, at least one for each number that tells of too few others."""
    known = {*kept, *reported.earlier}
    left = [fact for fact in facts if fact.who not in known]
    places = _places(fact for fact in facts if fact.who in kept and fact.who not in reported.earlier)
    leaks = undone(_told_by(left, DIMENSIONS), reported.told, set().union(*places.values()))
    for dimension in (Dimension.SERVICE, *BY_TRAIT):
        unplaced = [
            fact
            for fact in facts
            if (own := kept.get(str(fact.who)))
            and fact.who not in reported.earlier
            and not _is_placed(fact, dimension, own, rare)
        ]
        if unplaced:
            leaks += _sensitive(_told_by([*left, *unplaced], {dimension}), reported.told)
    number = {who: sum(not own.isdisjoint(leak) for leak in leaks) for who, own in places.items()}
    ranked = sorted((who for who in places if number[who]), key=lambda who: (-number[who], order(who)))
    out: set[str] = set()
    reached: set[Cell] = set()
    for leak in leaks:
        if reached.isdisjoint(leak):
            who = next((who for who in ranked if not places[who].isdisjoint(leak)), None)
            if who is not None:
                out.add(who)
                reached |= places[who]
    return out


def _is_placed(fact: Fact, dimension: Dimension, own: Traits, rare: Collection[str]) -> bool:
    """Whether the row of a person tells where it belongs in a table."""
    if dimension is Dimension.SERVICE:
        return fact.keys[dimension] not in rare
    return bool(BY_TRAIT[dimension](own))


def _told_by(facts: Iterable[Fact], dimensions: Collection[Dimension]) -> Cells:
    return {
        measure: {place: number for place, number in numbers.items() if place[0] in dimensions}
        for measure, numbers in cells_of(facts).items()
    }


def _sensitive(cells: Cells, told: Mapping[str, Collection[Place]]) -> Iterator[frozenset[Cell]]:
    for measure, numbers in cells.items():
        block = SPECS[measure].block
        for place, number in numbers.items():
            if place in told.get(block, ()) and number.weight.is_sensitive:
                yield frozenset({(block, place)})


def _places(facts: Iterable[Fact]) -> Mapping[str, set[Cell]]:
    """Who → the cells in which the reports count something of them."""
    found: defaultdict[str, set[Cell]] = defaultdict(set)
    for fact in facts:
        block = SPECS[fact.measure].block
        found[str(fact.who)].add((block, (Dimension.ALL, "")))
        for dimension in DIMENSIONS - {Dimension.ALL}:
            found[str(fact.who)].add((block, (dimension, str(fact.keys.get(dimension, "")))))
    return found
