"""Choices that look random and that the seed decides."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """A source of choices, the same for the same seed on every machine and Python. Never for secrets."""

    @classmethod
    def of(cls, *parts: object) -> Chance:
        """The source that belongs to `parts`, for example the seed and a provider's number: independent of others."""
        return cls(":".join(map(str, parts)))

    def happens(self, share: float) -> bool:
        """True in this share (0–1) of the cases."""
        return self.random() < share

    def one(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[int(self.random() * len(items))]

    def some(self, items: Sequence[T], low: int, high: int) -> list[T]:
        """Between `low` and `high` different items, or all when there are fewer, in their own order."""
        count = min(self.between(low, high), len(items))
        return [items[i] for i in sorted(self.sample(range(len(items)), count))]

    def between(self, low: int, high: int) -> int:
        """A whole number, both ends included."""
        return low + int(self.random() * (high - low + 1))

    def weighted(self, weights: Mapping[T, float]) -> T:
        """One of the keys, each as often as its weight says."""
        left = self.random() * sum(weights.values())
        items = list(weights)
        for item in items[:-1]:
            left -= weights[item]
            if left < 0:
                return item
        return items[-1]
