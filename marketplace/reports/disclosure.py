"""Statistical disclosure control: which cells of a set of tables stay hidden so that nobody can be read out of it.

Pure. The tables of one publication are a set of cells and the sums between them (a total and its parts), so rows,
columns, totals and tables that share a total are protected together. A cell may hold several measures; it is shown or
hidden with all of them, because one measure could give another away.

A cell is *sensitive* when fewer than five have contributed to it, or when one of them makes up so much of it that the
second could reckon the first (the p % rule: what the others give is less than `DOMINANCE` % of the largest). Hiding
sensitive cells alone hides nothing where a sum is told, so others follow them:

1. In every sum the hidden cells together must not be sensitive themselves: more are hidden, the smallest first, until
   they are not.
2. No hidden cell may follow from what is shown by adding and subtracting (exact elimination); where one does, another
   of its sum is hidden. Of each measure by itself neither: a cell in which it has nothing is no company.

Nothing here tells a least or a greatest value, and an empty cell is never hidden: it is known to be empty.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Generic, TypeVar

FEWEST: Final = 5
"""So many must have contributed to a number that is told."""

DOMINANCE: Final = 10
"""Per cent of the largest contribution that the others beside the two largest must give at least."""

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a number is made of: who gave to it, and how much each (sizes above zero).

    A number that does not add up, as a median, has no sizes: everybody gives one.
    """

    gifts: Mapping[Any, int]

    @property
    def contributors(self) -> int:
        """How many gave."""
        return len(self.gifts)

    @property
    def size(self) -> int:
        """What they gave together."""
        return sum(self.gifts.values())

    @property
    def largest(self) -> tuple[int, int]:
        """The two largest gifts."""
        first, second = (*sorted(self.gifts.values(), reverse=True)[:2], 0, 0)[:2]
        return first, second

    @property
    def is_sensitive(self) -> bool:
        """Whether the number would tell something of somebody."""
        if not self.gifts:
            return False
        if self.contributors < FEWEST:
            return True
        first, second = self.largest
        return (self.size - first - second) * 100 < DOMINANCE * first

    def __add__(self, other: Weight) -> Weight:
        """Both together: who gave to both counts once."""
        together = dict(self.gifts)
        for who, size in other.gifts.items():
            together[who] = together.get(who, 0) + size
        return Weight(together)


NOBODY: Final = Weight({})

Weights = Mapping[str, Weight]
"""Measure → what its number in a cell is made of."""


@dataclass(frozen=True, slots=True)
class Sum(Generic[Key]):
    """A sum that everybody can see: the total and its parts. `measure`: of what alone it holds; None: of everything."""

    total: Key
    parts: tuple[Key, ...]
    measure: str | None = None


def hidden_cells(
    cells: Mapping[Key, Weights], sums: Sequence[Sum[Key]], untold: Iterable[Key] = ()
) -> frozenset[Key]:
    """The cells that stay hidden. `sums` name cells only; what is in none is judged by itself. `untold` are told
    nowhere, and stand in sums of a single measure alone.
    """
    of_all = [each for each in sums if each.measure is None]
    hidden = {key for key, weights in cells.items() if any(each.is_sensitive for each in weights.values())}
    hidden |= set(untold)
    while True:
        before = len(hidden)
        for each in of_all:
            _hide_more(hidden, each, cells)
        if len(hidden) > before:
            continue
        found = determined(of_all, hidden, [key for key in cells if _is_empty(cells[key])])
        leaking = [each for each in of_all if found & {each.total, *each.parts}] or leaking_sums(
            cells, sums, hidden
        )
        if not leaking:
            return frozenset(hidden)
        more = _company(leaking, cells, sums, hidden)
        if not more:  # nothing is left that could be hidden with it: the sums say the rest
            return frozenset(hidden)
        hidden.add(min(more, key=lambda key: _rank(cells[key])))


def _company(
    leaking: Sequence[Sum[Key]],
    cells: Mapping[Key, Weights],
    sums: Sequence[Sum[Key]],
    hidden: Collection[Key],
) -> list[Key]:
    """What can be hidden for the sake of some sums: what they tell, or else what is told by those from which their
    hidden cells follow: sums that share one with them, or with one of these.
    """
    near: Sequence[Sum[Key]] = leaking
    while True:
        inside = {key for each in near for key in (*each.parts, each.total)}
        if more := [key for key in inside if key not in hidden and not _is_empty(cells[key])]:
            return sorted(more, key=repr)
        wider = [each for each in sums if not inside.isdisjoint((*each.parts, each.total))]
        if len(wider) <= len(near):
            return []
        near = wider


def leaking_sums(
    cells: Mapping[Key, Weights], sums: Sequence[Sum[Key]], hidden: Collection[Key]
) -> list[Sum[Key]]:
    """The sums from which a single measure follows for too few: what a cell has nothing of is known to be nothing.

    A sum none of whose parts has the measure, as one of reasons, says nothing of it.
    """
    found: list[Sum[Key]] = []
    for measure in sorted({measure for weights in cells.values() for measure in weights}):
        own = {key: weights[measure] for key, weights in cells.items() if measure in weights}
        unknown = {key for key in hidden if key in own and own[key].contributors}
        holding = [
            each
            for each in sums
            if each.measure in (None, measure) and any(part in own for part in each.parts)
        ]
        known = determined(holding, unknown)
        for each in holding:
            inside = [key for key in each.parts if key in unknown - known]
            rest = sum((own[key] for key in inside), NOBODY)
            told = each.total not in unknown or each.total in known
            if (told and rest.is_sensitive) or any(
                own[key].is_sensitive for key in known & {each.total, *each.parts}
            ):
                found.append(each)
    return found


def _hide_more(hidden: set[Key], each: Sum[Key], cells: Mapping[Key, Weights]) -> None:
    """Hide parts of a sum, the smallest first and the total last, until the hidden ones are not sensitive together.

    A hidden total is told by nobody, so its parts need no company; but a part that is hidden alone gives the total
    away, and the total's own secret with it.
    """
    free = sorted(
        (key for key in each.parts if key not in hidden and not _is_empty(cells[key])),
        key=lambda key: _rank(cells[key]),
    )
    while each.total not in hidden:
        inside = [key for key in each.parts if key in hidden]
        if not inside or (len(inside) > 1 and not _together_sensitive(inside, cells)):
            return
        hidden.add(free.pop(0) if free else each.total)
    while free and not any(key in hidden for key in each.parts):
        hidden.add(free.pop(0))


def _together_sensitive(keys: Iterable[Key], cells: Mapping[Key, Weights]) -> bool:
    together: dict[str, Weight] = {}
    for key in keys:
        for measure, weight in cells[key].items():
            together[measure] = together.get(measure, NOBODY) + weight
    return any(weight.is_sensitive for weight in together.values())


def _is_empty(weights: Weights) -> bool:
    return not any(each.contributors for each in weights.values())


def _rank(weights: Weights) -> tuple[int, int]:
    """In which order cells are hidden for the sake of others: those that tell of few first."""
    return max(each.contributors for each in weights.values()), max(each.size for each in weights.values())


# --- who tries to subtract -------------------------------------------------------------------------------------------


def determined(
    sums: Sequence[Sum[Key]], hidden: Collection[Key], empty: Collection[Key] = ()
) -> frozenset[Key]:
    """The hidden cells whose number follows from those that are shown, whatever the numbers are.

    Each sum is an equation in the hidden cells (what is shown, or known to be empty, is no unknown). After exact
    elimination an equation with a single unknown left gives that cell away.
    """
    unknown = sorted(set(hidden) - set(empty), key=repr)
    place = {key: column for column, key in enumerate(unknown)}
    rows: list[list[Fraction]] = []
    for each in sums:
        row = [Fraction(0)] * len(unknown)
        for key in each.parts:
            if key in place:
                row[place[key]] += 1
        if each.total in place:
            row[place[each.total]] -= 1
        rows.append(row)
    return frozenset(
        unknown[columns[0]]
        for row in _reduced(rows)
        if len(columns := [column for column, number in enumerate(row) if number]) == 1
    )


def _reduced(rows: list[list[Fraction]]) -> list[list[Fraction]]:
    """The rows in reduced echelon form, without those that have become nothing."""
    done: list[list[Fraction]] = []
    for given in rows:
        row = given
        for other in done:
            lead = next(column for column, number in enumerate(other) if number)
            if row[lead]:
                row = [a - row[lead] * b for a, b in zip(row, other, strict=True)]
        lead = next((column for column, number in enumerate(row) if number), -1)
        if lead < 0:
            continue
        row = [number / row[lead] for number in row]
        done = [
            [a - other[lead] * b for a, b in zip(other, row, strict=True)] if other[lead] else other
            for other in done
        ]
        done.append(row)
    return done


def bounds(
    sums: Sequence[Sum[Key]], shown: Mapping[Key, int], hidden: Collection[Key]
) -> dict[Key, tuple[int, int | None]]:
    """Between which numbers an attacker knows each hidden cell to lie, None: no upper end; no number is negative.

    Bounds are carried from sum to sum until nothing moves. For tables that share no more than their totals that is
    what linear programming gives.
    """
    known: dict[Key, tuple[int, int | None]] = {key: (number, number) for key, number in shown.items()}
    known |= dict.fromkeys(hidden, (0, None))
    while True:
        before = dict(known)
        for each in sums:
            _tighten(known, each)
        if known == before:
            return {key: known[key] for key in hidden}


def _tighten(known: dict[Key, tuple[int, int | None]], each: Sum[Key]) -> None:
    least = sum(known[key][0] for key in each.parts)
    ends = [known[key][1] for key in each.parts]
    most = None if None in ends else sum(end for end in ends if end is not None)
    low, high = known[each.total]
    low, high = max(low, least), _smaller(high, most)
    known[each.total] = (low, high)
    for key in each.parts:
        own_low, own_high = known[key]
        others_least = least - own_low
        unbounded = [other for other in each.parts if known[other][1] is None and other != key]
        others_most = None if unbounded else sum(known[other][1] or 0 for other in each.parts if other != key)
        known[key] = (
            own_low if others_most is None else max(own_low, low - others_most),
            own_high if high is None else _smaller(own_high, high - others_least),
        )


def _smaller(one: int | None, other: int | None) -> int | None:
    ends = [end for end in (one, other) if end is not None]
    return min(ends, default=None)
