"""Which numbers of searches stay hidden. Pure.

A search counts in every pilot that has its municipality. So reports of two pilots can be subtracted where they have
municipalities in common, and their numbers are hidden together: as the cells of one set of tables, in which the number
of a municipality is the same cell whoever tells it. What the months and the languages of two pilots differ by is told
nowhere, and nobody may reckon it either where few have searched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.reports.disclosure import Sum, Weight, Weights, hidden_cells
from marketplace.reports.rules import Dimension, Fact, Measure, Place

Area = tuple[str, ...]
"""Municipalities in their order: those of a pilot, or some of them."""

Cell = tuple[Area, Place]
"""The searches in an area: all of them, or those of a month or in a language."""

WHOLE: Final[Place] = (Dimension.ALL, "")


def areas_beside(own: Collection[str], areas: Iterable[Collection[str]]) -> list[Area]:
    """An area and those that share municipalities with it, or with one that does."""
    found, known = {tuple(sorted(own))}, set(own)
    left = {tuple(sorted(each)) for each in areas}
    while touched := {area for area in left if not known.isdisjoint(area)}:
        left -= touched
        found |= touched
        known.update(*touched)
    return sorted(found)


@dataclass(frozen=True, slots=True)
class ToldSearches:
    """What another pilot has told of the quarter before: its area, and the places that it told and that it hid."""

    area: Area
    told: frozenset[Place]
    hidden: frozenset[Place]


def hidden_searches(
    searches: Iterable[Fact],
    own: Collection[str],
    areas: Sequence[Area],
    before: Sequence[ToldSearches] = (),
) -> frozenset[Place]:
    """The places in which a pilot with the municipalities `own` tells no searches; `areas` are those of all the pilots
    that are beside it, its own with them. What others have told `before` stays told, so more of its own is hidden.
    """
    parts = _parts(areas)
    cells = _cells(searches, {*areas, *parts})
    fixed = {_cell(each.area, place) for each in before for place in each.told} & set(cells)
    secret = {_cell(each.area, place) for each in before for place in each.hidden} & set(cells)
    apart = {(area, place) for area, place in cells if area not in areas and not _is_one(area, place)}
    hidden = hidden_cells(cells, list(_sums(cells, areas, parts)), apart | secret, fixed)
    area = tuple(sorted(own))
    return frozenset(place for each, place in hidden if each == area) | frozenset(
        (Dimension.MUNICIPALITY, each[0])
        for each, place in hidden
        if _is_one(each, place) and each[0] in own
    )  # fmt: skip


def _cell(area: Area, place: Place) -> Cell:
    """The cell of a pilot's number: that of a municipality is the same whoever tells it."""
    dimension, key = place
    return ((key,), WHOLE) if dimension is Dimension.MUNICIPALITY else (area, place)


def _is_one(area: Area, place: Place) -> bool:
    """Whether a cell is all of a single municipality, which every pilot that has it tells."""
    return place == WHOLE and len(area) == 1


def _parts(areas: Sequence[Area]) -> list[Area]:
    """The municipalities by the areas in which they are: what areas differ by is made of such parts."""
    parts: defaultdict[tuple[Area, ...], list[str]] = defaultdict(list)
    for municipality in sorted({each for area in areas for each in area}):
        parts[tuple(area for area in areas if municipality in area)].append(municipality)
    return [tuple(part) for part in parts.values()]


def _cells(searches: Iterable[Fact], areas: Collection[Area]) -> Mapping[Cell, Weights]:
    """What stands in each area, and in each of its municipalities."""
    gifts: defaultdict[Cell, Counter[Hashable]] = defaultdict(Counter)
    for fact in searches:
        municipality = str(fact.keys[Dimension.MUNICIPALITY])
        month = (Dimension.MONTH, fact.day.strftime("%Y-%m"))
        language = (Dimension.LANGUAGE, str(fact.keys[Dimension.LANGUAGE]))
        around = [
            (area, place) for area in areas if municipality in area for place in (WHOLE, month, language)
        ]
        for cell in {*around, ((municipality,), WHOLE)}:
            gifts[cell][fact.who] += fact.value * fact.times
    return {cell: {Measure.SEARCHES: Weight(found)} for cell, found in sorted(gifts.items())}


def _sums(cells: Mapping[Cell, Weights], areas: Sequence[Area], parts: Sequence[Area]) -> Iterator[Sum[Cell]]:
    """What adds up: in what pilots tell, and with what is told nowhere, of which nothing is to follow."""
    for area in sorted({*areas, *parts}):
        measure = None if area in areas else Measure.SEARCHES
        whole, own = (area, WHOLE), [place for each, place in cells if each == area]
        if not own:
            continue
        if len(area) > 1:
            yield Sum(whole, tuple(one for each in area if (one := ((each,), WHOLE)) in cells), measure)
        for dimension in (Dimension.MONTH, Dimension.LANGUAGE):
            yield Sum(whole, tuple((area, place) for place in own if place[0] is dimension), measure)
        for place in own if area not in parts else ():
            inside = ((part, place) for part in parts if set(part) <= set(area))
            yield Sum((area, place), tuple(cell for cell in inside if cell in cells), Measure.SEARCHES)
