"""Rules of choosing a provider: what keeps an offer from being chosen, what it takes of the budget. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.offers.pricing.rules import HOUR, MonthlyCost, monthly_cost
from marketplace.offers.rules import Availability, Hidden
from marketplace.vouchers.granting.rules import OWN_SHARE_BARRED, FeeGround


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for: how much of each band in a month, from which day on.

    `version` is the version of the offer whose prices the person has seen. `replaces` is the agreement that ends on the
    day before this one begins.
    """

    starts_on: date
    quantities: Mapping[str, Decimal]
    version: int
    replaces: int | None = None


class Obstacle(StrEnum):
    """Why a client cannot choose an offer now, besides the reasons for which nobody sees it (`Hidden`)."""

    FULL = "full"
    NOT_TAKING_PART = "not_taking_part"
    OUTSIDE_AREA = "outside_area"
    OTHER_GROUP = "other_group"
    NO_DECISION = "no_decision"
    NOT_IN_HOURS = "not_in_hours"
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class ChoiceFacts:
    """What is known of a client and an offer on the first day that is wanted.

    `municipality` and `group` are the client's, None where they are not known: of somebody under a non-disclosure order
    no place is kept, so the area is left to the client and the provider. `unit` is that of the line of the decision,
    None without one. `same_offer`: the client has an agreement in this offer and asks to change it.
    """

    hidden: tuple[Hidden, ...]
    availability: Availability
    takes_part: bool
    municipality: str | None
    municipalities: frozenset[str]
    group: str | None
    groups: frozenset[str]
    unit: Unit | None
    priced_by_hour: bool
    already: bool
    same_offer: bool


OBSTACLES: Final[tuple[tuple[Obstacle, Callable[[ChoiceFacts], bool]], ...]] = (
    (Obstacle.FULL, lambda facts: not facts.same_offer and facts.availability is Availability.FULL),
    (Obstacle.NOT_TAKING_PART, lambda facts: not facts.takes_part),
    (
        Obstacle.OUTSIDE_AREA,
        lambda facts: facts.municipality is not None and facts.municipality not in facts.municipalities,
    ),
    (
        Obstacle.OTHER_GROUP,
        lambda facts: facts.group is not None and bool(facts.groups) and facts.group not in facts.groups,
    ),
    (Obstacle.NO_DECISION, lambda facts: facts.takes_part and facts.unit is None),
    (Obstacle.NOT_IN_HOURS, lambda facts: facts.unit is Unit.MINUTES and not facts.priced_by_hour),
    (Obstacle.ALREADY, lambda facts: facts.already),
)
"""What keeps an offer from being chosen, in the order in which it is told."""


def obstacles(facts: ChoiceFacts) -> tuple[Hidden | Obstacle, ...]:
    """Everything that keeps the offer from being chosen; nothing when it can be."""
    return (*facts.hidden, *(obstacle for obstacle, there in OBSTACLES if there(facts)))


@dataclass(frozen=True, slots=True)
class AskedPrice:
    """The price of a band: unit key and amount for each unit."""

    unit: str
    amount: Money


def bands_of_line(
    prices: Mapping[str, AskedPrice], allowed: tuple[str, ...], unit: Unit
) -> dict[str, AskedPrice]:
    """The bands of an offer that a line of a decision pays for: those it names, or all; of hours those by the hour."""
    return {
        band: price
        for band, price in prices.items()
        if (not allowed or band in allowed) and (unit is Unit.CENTS or price.unit == HOUR)
    }


def month_of(
    prices: Mapping[str, AskedPrice], quantities: Mapping[str, Decimal], minimum_minutes: int | None
) -> MonthlyCost:
    """What a month costs; see `offers.pricing.rules.monthly_cost`. Raises BadQuantity."""
    return monthly_cost(prices, quantities, minimum_minutes=minimum_minutes)


def held_monthly(month: MonthlyCost, unit: Unit) -> Amount:
    """What the month takes of a line in its unit: the hours as minutes, or what they cost."""
    if unit is Unit.CENTS:
        return Amount(unit, month.total.cents)
    minutes = sum((line.quantity for line in month.lines), Decimal(0)) * 60
    return Amount(unit, int(minutes.to_integral_value()))


def above_value(month: MonthlyCost, value: Money | None) -> dict[str, Money]:
    """By band, how much an hour costs beyond the value that the decision gives to one."""
    if value is None:
        return {}
    return {
        line.band: Money(line.unit_price.cents - value.cents)
        for line in month.lines
        if line.unit == HOUR and line.unit_price > value
    }


def may_cost_more(ground: FeeGround) -> bool:
    """Whether a provider whose hour costs more than its value can be chosen, the client paying the rest."""
    return ground not in OWN_SHARE_BARRED
