"""What somebody reckons who has everything that is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from marketplace.reports.disclosure import Sum
from marketplace.reports.rules import Place

Atom = Any
"""What many sums are made of and none tells by itself."""


def solved(sums: Iterable[Sum[Place]], hidden: Iterable[Place]) -> set[Place]:
    """The hidden places that the equations of the sums leave no freedom: whether two solutions can differ there.

    Written apart from the room: a place is free when the null space of the equations moves it.
    """
    unknown = sorted(hidden)
    matrix = [[Fraction((place in each.parts) - (place == each.total)) for place in unknown] for each in sums]
    pivots: list[int] = []
    row = 0
    for column in range(len(unknown)):
        place = next((at for at in range(row, len(matrix)) if matrix[at][column]), None)
        if place is None:
            continue
        matrix[row], matrix[place] = matrix[place], matrix[row]
        matrix[row] = [number / matrix[row][column] for number in matrix[row]]
        for other in range(len(matrix)):
            if other != row and matrix[other][column]:
                factor = matrix[other][column]
                matrix[other] = [a - factor * b for a, b in zip(matrix[other], matrix[row], strict=True)]
        pivots.append(column)
        row += 1
    free = set(range(len(unknown))) - set(pivots)
    return {
        unknown[column]
        for at, column in enumerate(pivots)
        if not any(matrix[at][other] for other in free)
    }  # fmt: skip


def few_together(told: Iterable[frozenset[Atom]], sizes: Mapping[Atom, int], fewest: int) -> set[Atom]:
    """Those of whom somebody reckons fewer than `fewest` together, who adds and subtracts what is `told`: sums of the
    atoms that nobody tells by themselves (`sizes`: how many each is of). Nobody, where there is no such sum.

    Written apart from the room. For each small atom the linear program is solved how large it may be at most beside
    what is told, no atom being less than nothing. The numbers that set this limit add up to a sum of atoms, none of
    them taken away, that holds the small one.
    """
    sums = sorted(told, key=sorted)
    names = sorted({atom for each in sums for atom in each})
    for small in names:
        if not 0 < sizes[small] < fewest:
            continue
        prices = _prices_of_most(
            [[Fraction(name in each) for name in names] for each in sums],
            [Fraction(sum(sizes[atom] for atom in each)) for each in sums],
            names.index(small),
        )
        inside = {
            name
            for name in names
            if sum(price for price, each in zip(prices, sums, strict=True) if name in each)
        }
        if 0 < sum(sizes[name] for name in inside) < fewest:
            return {name for name in inside if sizes[name]}
    return set()


def _prices_of_most(matrix: list[list[Fraction]], right: list[Fraction], goal: int) -> list[Fraction]:
    """What a unit of each right side is worth where x[goal] is at most, of matrix · x = right and x ≥ 0 (simplex in two
    phases, after Bland). With no limit nothing is worth anything.
    """
    height, width = len(matrix), len(matrix[0]) if matrix else 0
    rows = [
        [*row, *(Fraction(at == own) for own in range(height)), side]
        for at, (row, side) in enumerate(zip(matrix, right, strict=True))
    ]
    basis = list(range(width, width + height))
    artificial = [Fraction(0)] * width + [Fraction(-1)] * height
    _climbed(rows, basis, artificial, width + height)
    wanted = [Fraction(at == goal) for at in range(width)] + [Fraction(0)] * height
    for at, name in enumerate(basis):
        if name >= width and (lead := next((c for c in range(width) if rows[at][c]), None)) is not None:
            _pivoted(rows, basis, at, lead)
    if not _climbed(rows, basis, wanted, width):
        return [Fraction(0)] * height
    return [
        sum((wanted[name] * rows[at][width + own] for at, name in enumerate(basis)), Fraction(0))
        for own in range(height)
    ]


def _climbed(rows: list[list[Fraction]], basis: list[int], wanted: list[Fraction], width: int) -> bool:
    """Whether there is a largest value; the rows then stand at it."""
    while True:
        gain = next(
            (
                column
                for column in range(width)
                if column not in basis
                and wanted[column] > sum(wanted[name] * rows[at][column] for at, name in enumerate(basis))
            ),
            None,
        )
        if gain is None:
            return True
        limits = [(row[-1] / row[gain], basis[at], at) for at, row in enumerate(rows) if row[gain] > 0]
        if not limits:
            return False
        _pivoted(rows, basis, min(limits)[2], gain)


def _pivoted(rows: list[list[Fraction]], basis: list[int], at: int, column: int) -> None:
    rows[at] = [number / rows[at][column] for number in rows[at]]
    for other, row in enumerate(rows):
        if other != at and row[column]:
            factor = row[column]
            rows[other] = [a - factor * b for a, b in zip(row, rows[at], strict=True)]
    basis[at] = column
