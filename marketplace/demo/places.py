"""Where the pilots run: a home municipality for each provider and its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from math import cos, hypot, radians
from typing import Final

from marketplace.demo.chance import Chance
from marketplace.demo.sources import Pair, read
from marketplace.pilots.vocabulary import MUNICIPALITIES

REACH_KM: Final = 75
"""How far from its home a provider works at most."""

KM_PER_DEGREE: Final = 111.2


@dataclass(frozen=True, slots=True)
class DemoPlace:
    """A municipality as texts and addresses need it; `within` is "in Hyvinkää" in Finnish and Swedish."""

    code: str
    within: Pair
    postal_code: str
    weight: int
    known: bool = True


@cache
def known_places() -> dict[str, DemoPlace]:
    """The municipalities of the pilots that come with the portal, by code."""
    return {
        row["code"]: DemoPlace(row["code"], (row["in"][0], row["in"][1]), row["postal"], row["weight"])
        for row in read("places.yaml")
    }


def place(code: str) -> DemoPlace:
    """The place with this municipality code; one that the list does not know is spoken of in general words."""
    return known_places().get(code) or DemoPlace(code, ("lähellä sinua", "nära dig"), "00100", 1, known=False)


def distance_km(one: str, other: str) -> float:
    """The distance of two municipalities' centres, good to a few per cent within Finland."""
    a, b = MUNICIPALITIES[one], MUNICIPALITIES[other]
    along = (a.longitude - b.longitude) * cos(radians((a.latitude + b.latitude) / 2))
    return hypot(a.latitude - b.latitude, along) * KM_PER_DEGREE


class PilotArea:
    """The municipalities of one pilot, with each one's neighbours from the nearest to the farthest in reach."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(sorted(codes))
        self._deck = _spread({code: place(code).weight for code in self.codes})
        self._near = {code: self._neighbours(code) for code in self.codes}

    def home(self, turn: int) -> str:
        """The home of the pilot's provider number `turn`: larger towns come round more often."""
        return self._deck[turn % len(self._deck)]

    def around(self, home: str, chance: Chance) -> list[str]:
        """An operating area: the home and some of its nearest neighbours, or the nearest of all to a home outside."""
        near = self._near.get(home) or self._near[min(self.codes, key=lambda code: distance_km(home, code))]
        return near[: chance.one((1, 2, 3, 3, 4, 6, 8))]

    def _neighbours(self, code: str) -> list[str]:
        away = {other: distance_km(code, other) for other in self.codes}
        return sorted(
            (other for other in self.codes if away[other] <= REACH_KM), key=lambda other: away[other]
        )


def _spread(weights: Mapping[str, int]) -> tuple[str, ...]:
    """Each code as many times as it weighs, evenly spread over the whole."""
    cards = [((turn + 0.5) / weight, code) for code, weight in weights.items() for turn in range(weight)]
    return tuple(code for _where, code in sorted(cards))
