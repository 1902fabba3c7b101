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
3. Nor may a sum of hidden cells of too few, whoever adds and subtracts several of the sums.

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
    cells: Mapping[Key, Weights],
    sums: Sequence[Sum[Key]],
    untold: Iterable[Key] = (),
    fixed: Collection[Key] = (),
) -> frozenset[Key]:
    """The cells that stay hidden. `sums` name cells only; what is in none is judged by itself. `untold` are told
    nowhere or hidden already, `fixed` have been told and cannot be hidden any more.
    """
    of_all = [each for each in sums if each.measure is None]
    hidden = {key for key, weights in cells.items() if any(each.is_sensitive for each in weights.values())}
    hidden = (hidden | set(untold)) - set(fixed)
    while True:
        before = len(hidden)
        for each in of_all:
            _hide_more(hidden, each, cells, fixed)
        if len(hidden) > before:
            continue
        found = determined(of_all, hidden, [key for key in cells if _is_empty(cells[key])])
        leaking = [each for each in of_all if found & {each.total, *each.parts}] or leaking_sums(
            cells, sums, hidden
        )
        if not leaking:
            return frozenset(hidden)
        more = _company(leaking, cells, sums, {*hidden, *fixed})
        if not more:  # nothing is left that could be hidden with it: the sums say the rest
            return frozenset(hidden)
        hidden.add(min(more, key=lambda key: _rank(cells[key])))


def _company(
    leaking: Sequence[Sum[Key]],
    cells: Mapping[Key, Weights],
    sums: Sequence[Sum[Key]],
    settled: Collection[Key],
) -> list[Key]:
    """What can be hidden for the sake of some sums: what they tell, or else what is told by those from which their
    hidden cells follow: sums that share one with them, or with one of these. Of what is `settled` nothing is.
    """
    near: Sequence[Sum[Key]] = leaking
    while True:
        inside = {key for each in near for key in (*each.parts, each.total)}
        if more := [key for key in inside if key not in settled and not _is_empty(cells[key])]:
            return sorted(more, key=repr)
        wider = [each for each in sums if not inside.isdisjoint((*each.parts, each.total))]
        if len(wider) <= len(near):
            return []
        near = wider


def leaking_sums(
    cells: Mapping[Key, Weights], sums: Sequence[Sum[Key]], hidden: Collection[Key]
) -> list[Sum[Key]]:
    """The sums from which a single measure follows for too few: what a cell has nothing of is known to be nothing.

    A sum none of whose parts has the measure, as one of reasons, says nothing of it. Where no sum says too much by
    itself, those are found that do together.
    """
    found: list[Sum[Key]] = []
    together: list[Sum[Key]] = []
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
        if not found:
            together += _together_leaking(holding, own, unknown)
    return found or together


def _together_leaking(
    sums: Sequence[Sum[Key]], own: Mapping[Key, Weight], unknown: Collection[Key]
) -> list[Sum[Key]]:
    """The sums of which somebody who adds and subtracts them reckons hidden cells of too few together.

    Whatever can be reckoned and holds no cell less than nothing is made of the rows of the elimination, each added and
    none taken away: it holds the cell that the row leads with. So what is of enough people already is left alone, and
    the others are put together until no cell is taken away.
    """
    names = sorted(unknown, key=repr)
    width = len(names)
    rows = [
        row
        for row in _reduced(
            [[*_equation(each, names), *_unit(at, len(sums))] for at, each in enumerate(sums)]
        )
        if any(row[:width])
    ]
    leads = [next(column for column, number in enumerate(row[:width]) if number) for row in rows]
    few = [
        (frozenset(own[names[lead]].gifts), row)
        for lead, row in zip(leads, rows, strict=True)
        if own[names[lead]].contributors < FEWEST
    ]
    for column in sorted(set(range(width)) - set(leads)):
        few = _without_less_than_nothing(few, column)
    for _who, row in few:
        inside = sum((own[names[at]] for at in range(width) if row[at]), NOBODY)
        if 0 < inside.contributors < FEWEST:
            return [each for at, each in enumerate(sums) if row[width + at]]
    return []


Reckoned = tuple[frozenset[Any], list[Fraction]]
"""What can be reckoned: who gave to the cells that lead its rows, and what it is made of."""


def _without_less_than_nothing(few: Sequence[Reckoned], column: int) -> list[Reckoned]:
    """The same without any that takes a cell away: those are put together with others that hold it."""
    found = {tuple(row): who for who, row in few if row[column] >= 0}
    more = [(who, row) for who, row in few if row[column] > 0]
    for who, row in few:
        for other, beside in more if row[column] < 0 else ():
            if len(who | other) < FEWEST:
                factor = -row[column] / beside[column]
                made = tuple(a + factor * b for a, b in zip(row, beside, strict=True))
                found[made] = who | other
    return [(who, list(row)) for row, who in found.items()]


def _equation(each: Sum[Key], names: Sequence[Key]) -> list[Fraction]:
    return [Fraction((key in each.parts) - (key == each.total)) for key in names]


def _unit(at: int, length: int) -> list[Fraction]:
    return [Fraction(column == at) for column in range(length)]


def _hide_more(
    hidden: set[Key], each: Sum[Key], cells: Mapping[Key, Weights], fixed: Collection[Key]
) -> None:
    """Hide parts of a sum, the smallest first and the total last, until the hidden ones are not sensitive together.

    A hidden total is told by nobody, so its parts need no company; but a part that is hidden alone gives the total
    away, and the total's own secret with it.
    """
    free = sorted(
        (key for key in each.parts if not (key in hidden or key in fixed or _is_empty(cells[key]))),
        key=lambda key: _rank(cells[key]),
    )
    while each.total not in hidden:
        inside = [key for key in each.parts if key in hidden]
        if not inside or (len(inside) > 1 and not _together_sensitive(inside, cells)):
            return
        if not free and each.total in fixed:
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
