"""What offers say beside their price: the shortest time that is charged, and what a cancellation costs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from marketplace.demo.chance import Chance
from marketplace.demo.sources import filled, pairs, shared
from marketplace.i18n import LocalizedText

SHORTEST: Final = {30: 1.0, 60: 5.0, 90: 1.0, 120: 3.0}
"""Minutes, each as often as its weight says."""

SHORTEST_SHARE: Final = 0.7
CANCELLATION_SHARE: Final = 0.6


@dataclass(frozen=True, slots=True)
class DemoTerms:
    """`minimum_minutes` is none where the exact time is charged or nothing is charged by the hour."""

    minimum_minutes: int | None
    cancellation: LocalizedText


def terms(units: Collection[str], chance: Chance) -> DemoTerms:
    """The terms of an offer whose prices are given by these units (keys of `units.yaml`)."""
    hourly = "h" in units and chance.happens(SHORTEST_SHARE)
    rule = chance.one(pairs(shared()["cancellation"]))
    told = chance.happens(CANCELLATION_SHARE)
    return DemoTerms(
        minimum_minutes=chance.weighted(SHORTEST) if hourly else None,
        cancellation=filled(rule, {}) if told else LocalizedText(),
    )
