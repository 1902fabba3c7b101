"""Which numbers of a quarter stay hidden, over all the tables in which they are told. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from marketplace.reports.disclosure import NOBODY, Sum, Weight, Weights, hidden_cells, leaking_sums
from marketplace.reports.rules import SPECS, Cells, Dimension, Measure, Number, Place

MONEY: Final = ("spent", "cents", "minutes")
"""The blocks that have a sum between them."""

GIVEN: Final = "given"
"""What was given, in cents: all of it, out of budgets in euros, and the rest."""

Cell = tuple[str, Place]
"""What is told or hidden as one: a block of measures in a place."""


Places = Mapping[Place, Mapping[str, Weight]]


def hidden_places(cells: Cells) -> Mapping[str, frozenset[Place]]:
    """Block of measures → the places in which it stays hidden. What is public is in no block."""
    found: dict[str, frozenset[Place]] = {}
    for family in _families(cells):
        hidden = hidden_cells(_cells(family), _sums(family))
        found |= {block: frozenset(place for own, place in hidden if own == block) for block in family}
    return found


def undone(
    left: Cells, told: Mapping[str, Collection[Place]], known: Iterable[Cell]
) -> list[frozenset[Cell]]:
    """What can be reckoned of too few by who knows all others beside what has been told (block → its places).

    `left` are the numbers of whom nothing else is known, `known` the cells in which the others stand. Each answer is
    cells of which more people would have to be unknown: one that is told, or the hidden ones of a sum.
    """
    whole = {measure: dict(numbers) for measure, numbers in left.items()}
    for block, place in known:
        for measure, numbers in whole.items():
            if SPECS[measure].block == block:
                numbers.setdefault(place, Number(0, NOBODY))
    found: list[frozenset[Cell]] = []
    for family in _families(whole):
        cells, sums = _cells(family), _sums(family)
        hidden = {(block, place) for block, place in cells if place not in told.get(block, ())}
        found += [
            frozenset({cell})
            for cell, weights in cells.items()
            if cell not in hidden and any(each.is_sensitive for each in weights.values())
        ]
        found += [frozenset(hidden & {each.total, *each.parts}) for each in leaking_sums(cells, sums, hidden)]
    return found


def _families(cells: Cells) -> list[Mapping[str, Places]]:
    """The blocks with what they are made of in each place; those that have a sum between them stand together."""
    blocks: defaultdict[str, defaultdict[Place, dict[str, Weight]]] = defaultdict(lambda: defaultdict(dict))
    for measure, numbers in cells.items():
        if not SPECS[measure].public:
            for place, number in numbers.items():
                blocks[SPECS[measure].block][place][measure] = number.weight
    _add_differences(blocks)
    apart = [[block] for block in blocks if block not in MONEY]
    together = [block for block in MONEY if block in blocks]
    return [{block: blocks[block] for block in names} for names in (*apart, together)]


def _cells(family: Mapping[str, Places]) -> dict[Cell, Weights]:
    return {(block, place): weights for block, places in family.items() for place, weights in places.items()}


def _sums(family: Mapping[str, Places]) -> list[Sum[Cell]]:
    """The sums within blocks, and between those of money: what was given out of euros and out of hours."""
    sums = [
        Sum((block, each.total), tuple((block, part) for part in each.parts))
        for block, places in family.items()
        for each in sums_of(places)
    ]
    return sums + [
        Sum(("spent", place), parts, GIVEN)
        for place in family.get("spent", ())
        if (parts := tuple((block, place) for block in MONEY[1:] if place in family.get(block, ())))
    ]


def _add_differences(blocks: defaultdict[str, defaultdict[Place, dict[str, Weight]]]) -> None:
    """Put beside the numbers that are told what everybody can reckon of them by subtracting one from another.

    What was given for money is what euros were used for and what hours were; what is left of a budget is what was
    granted and is neither held, used nor carried. Of too few it hides what it is made of.
    """
    for unit in ("cents", "minutes"):
        for weights in blocks[unit].values() if unit in blocks else ():
            left = Counter(_gifts(weights, f"granted_{unit}"))
            for name in ("reserved", "used", "carried"):
                left.subtract(_gifts(weights, f"{name}_{unit}"))
            if left:
                weights["left"] = _weight(left)
    for place, weights in blocks["spent"].items() if "spent" in blocks else ():
        given = Counter(_gifts(weights, Measure.SPENT))
        weights[GIVEN] = _weight(given)
        euros = blocks["cents"][place] if "cents" in blocks and place in blocks["cents"] else {}
        if used := Counter(_gifts(euros, Measure.USED_CENTS)):
            euros[GIVEN] = _weight(used)
        given.subtract(used)
        if (rest := _weight(given)).contributors:
            blocks["minutes"][place][GIVEN] = rest


def _weight(sizes: Mapping[Any, int]) -> Weight:
    return Weight({who: abs(size) for who, size in sizes.items() if size})


def _gifts(weights: Mapping[str, Weight], measure: str) -> Mapping[Any, int]:
    return weights[measure].gifts if measure in weights else {}


def sums_of(places: Iterable[Place]) -> Sequence[Sum[Place]]:
    """The sums that everybody can see: the whole pilot is what its months, its services … add up to."""
    parts: defaultdict[Dimension, list[Place]] = defaultdict(list)
    for place in sorted(places):
        parts[place[0]].append(place)
    whole = (Dimension.ALL, "")
    return [Sum(whole, tuple(rows)) for dimension, rows in parts.items() if dimension is not Dimension.ALL]
