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
from marketplace.offers.pricing.rules import (
    HOUR,
    MonthlyCost,
    QuantityLine,
    amount_for,
    minutes_in,
    monthly_cost,
)
from marketplace.offers.pricing.values import HourValue, Shares
from marketplace.offers.rules import Availability, Hidden
from marketplace.vouchers.rules import AgreementParty


@dataclass(frozen=True, slots=True)
class Wish:
    """What a client asks for: how much of each band in a month, from which day on.

    `version` is the version of the offer whose prices the person has seen. `replaces` is the agreement that ends on the
    day before this one begins, and `change_reason` why its provider is left; None: that was not asked or not told.
    """

    starts_on: date
    quantities: Mapping[str, Decimal]
    version: int
    replaces: int | None = None
    change_reason: str | None = None


def asks_why(former_provider: int, provider: int, ended_by: AgreementParty | None) -> bool:
    """Whether a client who changes is asked why: not for other hours, nor where someone else ended the agreement."""
    return former_provider != provider and ended_by not in (AgreementParty.PROVIDER, AgreementParty.OFFICE)


class Obstacle(StrEnum):
    """Why a client cannot choose an offer now, besides the reasons for which nobody sees it (`Hidden`)."""

    FULL = "full"
    NOT_TAKING_PART = "not_taking_part"
    OUTSIDE_AREA = "outside_area"
    OTHER_GROUP = "other_group"
    NO_DECISION = "no_decision"
    NOT_IN_HOURS = "not_in_hours"
    ABOVE_VALUE = "above_value"
    ALREADY = "already"


@dataclass(frozen=True, slots=True)
class ChoiceFacts:
    """What is known of a client and an offer on the first day that is wanted.

    `municipality` and `group` are the client's, None where they are not known: of somebody under a non-disclosure order
    no place is kept, so the area is left to the client and the provider. `unit` is that of the line of the decision,
    None without one. `above_value`: every price that the line pays for would leave an own share where none may be left.
    `same_offer`: the client has an agreement in this offer and asks to change it.
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
    above_value: bool
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
    (Obstacle.ABOVE_VALUE, lambda facts: facts.above_value),
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


def month_of(
    prices: Mapping[str, AskedPrice], quantities: Mapping[str, Decimal], minimum_minutes: int | None
) -> MonthlyCost:
    """What a month costs; see `offers.pricing.rules.monthly_cost`. Raises BadQuantity."""
    return monthly_cost(prices, quantities, minimum_minutes=minimum_minutes)


def shares_of_month(month: MonthlyCost, value: HourValue) -> Shares:
    """Who pays what of a month: the organisation at most the value of each hour, the client the rest."""
    parts = [_shares(line, value) for line in month.lines]
    return Shares(Money(sum(each.owed.cents for each in parts)), Money(sum(each.own.cents for each in parts)))


def _shares(line: QuantityLine, value: HourValue) -> Shares:
    if line.unit == HOUR:
        minutes = minutes_in(line.quantity)
        return value.shares(line.unit, line.unit_price, lambda price: amount_for(price, minutes))
    return value.shares(line.unit, line.unit_price, lambda price: price.times(line.quantity))


def held_monthly(month: MonthlyCost, unit: Unit, value: HourValue) -> Amount:
    """What the month takes of a line in its unit: the hours as minutes, or what the organisation owes for them."""
    if unit is Unit.CENTS:
        return Amount(unit, shares_of_month(month, value).owed.cents)
    return Amount(unit, sum(minutes_in(line.quantity) for line in month.lines))


def above_value(month: MonthlyCost, value: HourValue) -> dict[str, Money]:
    """By band, how much an hour costs beyond the value that the decision gives to one."""
    found = {line.band: value.beyond(line.unit, line.unit_price) for line in month.lines}
    return {band: more for band, more in found.items() if more.cents}
