"""What keeps a client from choosing an offer, and what a month takes of the budget."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.offers.rules import Availability, Hidden
from marketplace.vouchers.agreeing.rules import (
    AskedPrice,
    ChoiceFacts,
    Obstacle,
    above_value,
    bands_of_line,
    held_monthly,
    may_cost_more,
    month_of,
    obstacles,
)
from marketplace.vouchers.granting.rules import FeeGround

FACTS = ChoiceFacts(
    hidden=(),
    availability=Availability.NOW,
    takes_part=True,
    municipality="858",
    municipalities=frozenset({"858"}),
    group="older_people",
    groups=frozenset({"older_people"}),
    unit=Unit.MINUTES,
    priced_by_hour=True,
    already=False,
    same_offer=False,
)

PRICES = {
    "weekday_day": AskedPrice("h", Money(30_00)),
    "saturday": AskedPrice("h", Money(40_00)),
    "trip": AskedPrice("trip", Money(25_00)),
}


def test_nothing_speaks_against_an_offer_that_suits() -> None:
    assert obstacles(FACTS) == ()


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"hidden": (Hidden.PROVIDER_PAUSED,)}, (Hidden.PROVIDER_PAUSED,)),
        ({"availability": Availability.FULL}, (Obstacle.FULL,)),
        ({"availability": Availability.FULL, "same_offer": True}, ()),
        ({"availability": Availability.QUEUE}, ()),
        ({"takes_part": False}, (Obstacle.NOT_TAKING_PART,)),
        ({"municipality": "186"}, (Obstacle.OUTSIDE_AREA,)),
        ({"municipality": None}, ()),
        ({"group": "children"}, (Obstacle.OTHER_GROUP,)),
        ({"group": None}, ()),
        ({"groups": frozenset()}, ()),
        ({"unit": None}, (Obstacle.NO_DECISION,)),
        ({"priced_by_hour": False}, (Obstacle.NOT_IN_HOURS,)),
        ({"priced_by_hour": False, "unit": Unit.CENTS}, ()),
        ({"already": True}, (Obstacle.ALREADY,)),
        (
            {"hidden": (Hidden.PROVIDER_LEFT,), "municipality": "186"},
            (Hidden.PROVIDER_LEFT, Obstacle.OUTSIDE_AREA),
        ),
    ],
)
def test_each_obstacle_is_told(changed: dict[str, Any], found: tuple[Any, ...]) -> None:
    assert obstacles(replace(FACTS, **changed)) == found


def test_a_line_pays_for_its_bands_and_hours_only_for_what_is_by_the_hour() -> None:
    assert set(bands_of_line(PRICES, (), Unit.CENTS)) == set(PRICES)
    assert set(bands_of_line(PRICES, (), Unit.MINUTES)) == {"weekday_day", "saturday"}
    assert set(bands_of_line(PRICES, ("saturday",), Unit.MINUTES)) == {"saturday"}


def test_a_month_takes_hours_of_a_line_in_hours_and_euros_of_one_in_euros() -> None:
    month = month_of(PRICES, {"weekday_day": Decimal("7.5"), "saturday": Decimal(2)}, None)
    assert held_monthly(month, Unit.MINUTES) == Amount(Unit.MINUTES, 570)
    assert held_monthly(month, Unit.CENTS) == Amount(Unit.CENTS, 225_00 + 80_00)


def test_the_shortest_visit_is_held_when_less_was_wanted() -> None:
    month = month_of(PRICES, {"weekday_day": Decimal("0.5")}, 50)
    assert held_monthly(month, Unit.MINUTES) == Amount(Unit.MINUTES, 50)


def test_what_costs_more_than_its_value_can_be_chosen_only_where_a_share_of_ones_own_is_allowed() -> None:
    month = month_of(PRICES, {"weekday_day": Decimal(1), "saturday": Decimal(1)}, None)
    assert above_value(month, Money(35_00)) == {"saturday": Money(5_00)}
    assert above_value(month, None) == {}
    assert not may_cost_more(FeeGround.FREE_BY_LAW)
    assert may_cost_more(FeeGround.FIXED_FEE)
