"""Which numbers of a quarter stay hidden, over all the tables in which they are told. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from marketplace.reports.disclosure import Sum, Weight, Weights, hidden_cells
from marketplace.reports.rules import SPECS, Cells, Dimension, Measure, Place

MONEY: Final = ("spent", "cents", "minutes")
"""The blocks that have a sum between them."""

GIVEN: Final = "given"
"""What was given, in cents: all of it, out of budgets in euros, and the rest."""

Cell = tuple[str, Place]
"""What is told or hidden as one: a block of measures in a place."""


def hidden_places(cells: Cells) -> Mapping[str, frozenset[Place]]:
    """Block of measures → the places in which it stays hidden. What is public is in no block."""
    blocks: defaultdict[str, defaultdict[Place, dict[str, Weight]]] = defaultdict(lambda: defaultdict(dict))
    for measure, numbers in cells.items():
        if not SPECS[measure].public:
            for place, number in numbers.items():
                blocks[SPECS[measure].block][place][measure] = number.weight
    _add_differences(blocks)
    apart = [[block] for block in blocks if block not in MONEY]
    together = [block for block in MONEY if block in blocks]
    return {
        block: places
        for family in (*apart, together)
        for block, places in _hidden_of({block: blocks[block] for block in family}).items()
    }


def _hidden_of(
    blocks: Mapping[str, Mapping[Place, Mapping[str, Weight]]],
) -> Mapping[str, frozenset[Place]]:
    """The same of blocks that have a sum between them: what was given out of euros and out of hours."""
    cells: dict[Cell, Weights] = {
        (block, place): weights for block, places in blocks.items() for place, weights in places.items()
    }
    sums = [
        Sum((block, each.total), tuple((block, part) for part in each.parts))
        for block, places in blocks.items()
        for each in sums_of(places)
    ]
    sums += [
        Sum(("spent", place), parts, GIVEN)
        for place in blocks.get("spent", ())
        if (parts := tuple(key for block in ("cents", "minutes") if (key := (block, place)) in cells))
    ]
    hidden = hidden_cells(cells, sums)
    return {block: frozenset(place for own, place in hidden if own == block) for block in blocks}


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
