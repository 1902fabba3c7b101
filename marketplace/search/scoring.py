"""How well an offer matches, in whole numbers, so that every engine comes to the same order.

An index key weighs 1–255 in a document, and each key of a query's word counts by a factor. The *strength* of a word
in an offer is the greatest product of the two. What it says is worth more the rarer it is among the offers. The points
of the words are added up and made steps: within one step the order is that of the day. Nothing here is rounded by a
machine: a search server adds up 32-bit floats, in which whole numbers below 2²⁴ are exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

HEAVIEST: Final = 255
"""The weight of a key in the document that it says most of."""

FACTORS: Final = 1000
"""Factors of keys are told apart in thousandths; they take ten bits."""

FACTOR_BITS: Final = 10

RARITIES: Final = 4095
"""The rarity of words in 256ths; it takes twelve bits."""

POINT_BITS: Final = 17
"""Bits that are dropped of rarity × strength: a word then has less than 2¹³ points."""

STEPS: Final = 24
"""Steps for each word; finer differences rotate by the day."""

SPREAD: Final = 0x9E3779B97F4A7C15
STIR: Final = 0xBF58476D1CE4E5B9
_DAYS: Final = 0xC2B2AE3D27D4EB4F
_ALL_BITS: Final = 0xFFFFFFFFFFFFFFFF

Whole = TypeVar("Whole", int, npt.NDArray[np.int64])


def weight(of: float) -> int:
    """The weight of a key in a document, 0–1, as the index keeps it."""
    return max(1, min(HEAVIEST, round(of * HEAVIEST)))


def factor(of: float) -> int:
    """The factor of a key of a query, 0–1, in thousandths; none counts for nothing."""
    return max(1, min(FACTORS, round(of * FACTORS)))


def rarity(offers: int, having: int) -> int:
    """How much a word says that so many of the offers have: the usual inverse document frequency, never nothing."""
    return min(RARITIES, round(256 * (0.2 + math.log1p(max(1, offers) / (1 + having)))))


def points(rarity: int, strength: Whole) -> Whole:
    """What a word of this strength is worth in an offer."""
    return (rarity * strength) >> POINT_BITS


def best(rarities: Iterable[int]) -> int:
    """The points of an offer that has every word as well as can be."""
    return sum(points(each, HEAVIEST * FACTORS) for each in rarities)


def steps(words: int) -> int:
    """How many steps there are for so many words."""
    return STEPS * words


def step(total: Whole, most: int, words: int) -> Whole:
    """The step, 0 for the best, of so many points where `most` could be had: the nearest."""
    return (2 * (most - total) * steps(words) + most) // (2 * most)


def salt(day: date) -> int:
    """What the order of equals is mixed with on a day, 64 bits."""
    return day.toordinal() * _DAYS & _ALL_BITS


def signed(number: int) -> int:
    """64 bits as Java reads them."""
    return number - (1 << 64) if number >> 63 else number
