"""Comparing offers: which rows differ, and what a month costs with the hours one needs. Pure rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final, TypeVar

from marketplace.money import Money

MOST_OFFERS: Final = 4
"""More columns than this cannot be read side by side."""

MOST_UNITS: Final = Decimal(9999)
"""The most hours, days, trips or kilometres in a month that are counted with."""

Shown = TypeVar("Shown")


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one band: amount for each unit."""

    unit: str
    amount: Money


@dataclass(frozen=True, slots=True)
class MonthlyCost:
    """What a month costs with one offer. `missing` are the bands asked for that the offer does not have."""

    total: Money
    missing: tuple[str, ...]


def read_ids(texts: Sequence[str]) -> list[int]:
    """The offers that an address names, each once; what is no number is left out."""
    return list(
        dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 10)
    )


def differs(cells: Sequence[Shown]) -> bool:
    """True when the cells of a row are not all the same."""
    return any(cell != cells[0] for cell in cells[1:])


def read_units(text: str) -> Decimal | None:
    """A number of hours (or days, trips …) as people write it: `10`, `7,5`; None for nothing or zero.

    ValueError when it is not a number from 0 to `MOST_UNITS`.
    """
    cleaned = text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    if not cleaned:
        return None
    try:
        units = Decimal(cleaned)
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not units.is_finite() or not 0 <= units <= MOST_UNITS:
        raise ValueError(text)
    return units.quantize(Decimal("0.01"), ROUND_HALF_UP) or None


def monthly_cost(prices: Mapping[str, Price], units: Mapping[str, Decimal]) -> MonthlyCost:
    """The month's cost: units × price over the bands asked for, rounded half up to the cent band by band."""
    cents = 0
    missing = []
    for band, count in units.items():
        price = prices.get(band)
        if price is None:
            missing.append(band)
            continue
        cents += int((count * price.amount.cents).quantize(Decimal(1), ROUND_HALF_UP))
    return MonthlyCost(Money(cents), tuple(missing))
