"""Misspellings: the nearest word of the catalogue, with ä and a, ö and o, å and a taken as the same letter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

SHORTEST: Final = 4
"""Shorter words are too like each other to be corrected."""

LONG: Final = 8
"""From this length on, two letters may be wrong."""

_BARE = str.maketrans("äöåéèü", "aoaeeu")


class Corrector:
    """Finds the nearest of a set of words, each with the number of offers that have it."""

    def __init__(self, words: Mapping[str, int]) -> None:
        known = [(word, count) for word, count in words.items() if len(word) >= SHORTEST]
        self._words = [word for word, _ in known]
        self._counts = [count for _, count in known]
        self._bare = [word.translate(_BARE) for word in self._words]
        self._letters = np.fromiter(
            (_letters(word) for word in self._bare), dtype=np.uint64, count=len(known)
        )
        self._lengths = np.fromiter((len(word) for word in self._bare), dtype=np.int16, count=len(known))

    def nearest(self, word: str, *, most: int | None = None) -> str | None:
        """The nearest word within one letter (two in a long word), the commoner of equals; None when none is near.

        `most` letters may be wrong at most. A word that is among the words itself is not corrected.
        """
        bare = word.translate(_BARE)
        if len(bare) < SHORTEST:
            return None
        allowed = 2 if len(bare) >= LONG else 1
        allowed = allowed if most is None else min(most, allowed)
        best: tuple[int, int, str] | None = None
        for at in self._candidates(bare, allowed):
            if self._words[at] == word:
                return None
            distance = edit_distance(bare, self._bare[at], allowed)
            if distance <= allowed:
                found = (distance, -self._counts[at], self._words[at])
                best = found if best is None else min(best, found)
        return best[2] if best else None

    def _candidates(self, bare: str, allowed: int) -> npt.NDArray[np.int64]:
        """Words of about the same length and the same letters: a wrong letter changes at most two bits."""
        differing = np.bitwise_count(self._letters ^ np.uint64(_letters(bare)))
        close = (differing <= 2 * allowed) & (np.abs(self._lengths - len(bare)) <= allowed)
        return np.flatnonzero(close)


def _letters(word: str) -> int:
    """The set of letters of a word as bits."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found


def edit_distance(one: str, other: str, limit: int) -> int:
    """Letters added, missing, wrong or swapped with their neighbour; `limit` + 1 when there are more than `limit`."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, right in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == other[j - 2] and one[i - 2] == right:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
