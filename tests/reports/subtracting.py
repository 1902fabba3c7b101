"""What somebody reckons who has everything that is told."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from marketplace.reports.disclosure import Sum
from marketplace.reports.rules import Place


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
