"""Prices at or a little under the pilot's ceilings, in the rows of the pilot's price table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from marketplace.demo.chance import Chance
from marketplace.money import Money
from marketplace.pilots.definition import PilotService, PriceBand

STEPS: Final = {"km": 1, "h": 10, "trip": 10, "each": 10}
"""To how many cents a price is rounded down; by the day and longer to 50."""

OPTIONAL_SHARE: Final = 0.75
"""How often a row is priced that need not be."""

INCLUDES: Final = {
    "transport": ("assistance", "equipment"),
    "day": ("materials",),
    "housing": ("materials", "equipment"),
    "care": ("travel", "equipment", "materials"),
    "assistance": ("travel",),
}
"""What prices may hold, by the kind of company."""

INCLUDED_FEATURES: Final = {"meals": "meals", "transport_included": "transport"}
"""Features of an offer that its price holds."""


@dataclass(frozen=True, slots=True)
class Tariff:
    """How one offer prices: its level in per mille of the ceilings, the rows it prices, VAT and what is included."""

    level: int
    bands: tuple[PriceBand, ...]
    vat_code: str
    includes: tuple[str, ...]


def tariff(
    service: PilotService, trade: str, vat: tuple[str, ...], features: Collection[str], chance: Chance
) -> Tariff:
    """The tariff of an offer. Most services are tax-free (AVL 37–38 §); a tenth of the providers are not registered."""
    bands = tuple(band for band in service.bands if band.required or chance.happens(OPTIONAL_SHARE))
    taxed = len(vat) > 1 and chance.happens(0.1)
    told = [included for feature, included in INCLUDED_FEATURES.items() if feature in features]
    level = 1000 if service.fixed_prices else chance.between(820, 1000)
    return Tariff(level, bands, vat[1] if taxed else vat[0], (*told, *chance.some(INCLUDES[trade], 0, 2)))


def price(band: PriceBand, level: int) -> Money:
    """The ceiling times the level, rounded down to a price a person would set; at the full level the ceiling itself."""
    cents = band.ceiling.cents * level // 1000
    step = STEPS.get(band.unit, 50)
    return band.ceiling if level >= 1000 else Money(max(cents // step * step, step))


def price_rows(table: Tariff, level: int) -> list[dict[str, Any]]:
    """The rows of one version's price table, without the version."""
    return [
        {
            "band": band.band,
            "unit": band.unit,
            "amount": min(price(band, level), band.ceiling),
            "vat_code": table.vat_code,
            "includes": list(table.includes),
        }
        for band in table.bands
    ]
