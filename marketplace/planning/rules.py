"""Rules of a plan: what each service costs, what remains of the budget, and how the plan could cost less. Pure.

What a quantity costs is for `offers.pricing.rules` to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from marketplace.money import Money
from marketplace.offers.pricing.rules import HOUR, MonthlyCost, monthly_cost

BudgetKind = Literal["euros", "hours"]

MOST_SERVICES: Final = 8
"""More services than this do not fit on a page one can read."""


@dataclass(frozen=True, slots=True)
class PlannedPrice:
    """The price of a band: unit key and amount for each unit."""

    unit: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PlannedService:
    """One service of the plan: its prices by band, the units wanted in a month by band, and the shortest visit."""

    prices: Mapping[str, PlannedPrice]
    units: Mapping[str, Decimal]
    minimum_minutes: int | None = None

    @property
    def month(self) -> MonthlyCost:
        """The month's cost in parts."""
        return monthly_cost(self.prices, self.units, minimum_minutes=self.minimum_minutes)

    @property
    def cost(self) -> Money:
        """The month's cost."""
        return self.month.total

    @property
    def quantities(self) -> Mapping[str, Decimal]:
        """How much of each unit is charged, whatever the band: what is wanted, or the shortest visit."""
        found: dict[str, Decimal] = {}
        for line in self.month.lines:
            found[line.unit] = found.get(line.unit, Decimal(0)) + line.quantity
        return found

    @property
    def hours(self) -> Decimal:
        """The month's hours; units that are not hours do not count."""
        return self.quantities.get(HOUR, Decimal(0))


@dataclass(frozen=True, slots=True)
class PlanOutcome:
    """The whole plan. `left` is in cents or hours and negative when the budget is exceeded; None without a budget.
    `own_share` is the part of `cost` that the client pays and the budget does not.

    `quantities` are by unit. `outside` says that the budget is in hours and something in the plan is not.
    """

    cost: Money
    own_share: Money
    quantities: Mapping[str, Decimal]
    left: Decimal | None
    outside: bool
    shares: Sequence[int]
    """How many per cent of the budget (without one, of the plan) each service takes, at most 100."""


def outcome(
    parts: Sequence[PlannedService],
    kind: BudgetKind,
    budget: Decimal | None,
    own_shares: Sequence[Money] = (),
) -> PlanOutcome:
    """What a plan takes of a monthly budget, given in euros or in hours.

    `own_shares`: what the client pays of each service where that is known; it takes nothing of a budget in euros.
    """
    beside = list(own_shares) or [Money(0)] * len(parts)
    cost = Money(sum(part.cost.cents for part in parts))
    quantities: dict[str, Decimal] = {}
    for part in parts:
        for unit, count in part.quantities.items():
            quantities[unit] = quantities.get(unit, Decimal(0)) + count
    taken = [
        Decimal(part.cost.cents - share.cents) if kind == "euros" else part.hours
        for part, share in zip(parts, beside, strict=True)
    ]
    whole = None if budget is None else budget * (100 if kind == "euros" else 1)
    left = None if whole is None else whole - sum(taken, Decimal(0))
    base = whole or sum(taken, Decimal(0))
    shares = [
        min(100, int((part * 100 / base).quantize(Decimal(1), ROUND_HALF_UP))) if base else 0
        for part in taken
    ]
    own_share = Money(sum(share.cents for share in beside))
    outside = kind == "hours" and any(unit != HOUR for unit in quantities)
    return PlanOutcome(cost, own_share, quantities, left, outside, shares)


@dataclass(frozen=True, slots=True)
class BandSaving:
    """Moving all units of one band to a cheaper one of the same unit saves `saving` in a month."""

    band: str
    cheaper: str
    saving: Money


def cheaper_band(part: PlannedService) -> BandSaving | None:
    """The change of band within one service that saves most, if any does."""
    best: BandSaving | None = None
    for band in part.units:
        price = part.prices[band]
        for other, lower in part.prices.items():
            if lower.unit != price.unit or lower.amount >= price.amount:
                continue
            saving = part.cost - replace(part, units=_moved(part.units, band, other)).cost
            if saving.cents > 0 and (best is None or saving > best.saving):
                best = BandSaving(band, other, saving)
    return best


def _moved(units: Mapping[str, Decimal], band: str, other: str) -> dict[str, Decimal]:
    """The units of one band counted with those of another."""
    left = {key: count for key, count in units.items() if key != band}
    return left | {other: left.get(other, Decimal(0)) + units[band]}


def cost_elsewhere(
    part: PlannedService, prices: Mapping[str, PlannedPrice], minimum_minutes: int | None = None
) -> Money | None:
    """What the same units would cost elsewhere; None when a band is missing or counted by another unit there."""
    if any(band not in prices or prices[band].unit != part.prices[band].unit for band in part.units):
        return None
    return PlannedService(prices, part.units, minimum_minutes).cost
