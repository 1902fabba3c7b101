"""What keeps a client from choosing an offer, and what a month takes of the budget."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.offers.pricing.values import UNLIMITED, HourValue, Shares
from marketplace.offers.rules import Availability, Hidden
from marketplace.vouchers.agreeing.rules import (
    AskedPrice,
    ChoiceFacts,
    Obstacle,
    above_value,
    asks_why,
    held_monthly,
    month_of,
    obstacles,
    shares_of_month,
)
from marketplace.vouchers.rules import AgreementParty

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
    above_value=False,
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
        ({"above_value": True}, (Obstacle.ABOVE_VALUE,)),
        ({"already": True}, (Obstacle.ALREADY,)),
        (
            {"hidden": (Hidden.PROVIDER_LEFT,), "municipality": "186"},
            (Hidden.PROVIDER_LEFT, Obstacle.OUTSIDE_AREA),
        ),
    ],
)
def test_each_obstacle_is_told(changed: dict[str, Any], found: tuple[Any, ...]) -> None:
    assert obstacles(replace(FACTS, **changed)) == found


def test_a_month_takes_hours_of_a_line_in_hours_and_euros_of_one_in_euros() -> None:
    month = month_of(PRICES, {"weekday_day": Decimal("7.5"), "saturday": Decimal(2)}, None)
    assert held_monthly(month, Unit.MINUTES, UNLIMITED) == Amount(Unit.MINUTES, 570)
    assert held_monthly(month, Unit.CENTS, UNLIMITED) == Amount(Unit.CENTS, 225_00 + 80_00)


def test_the_shortest_visit_is_held_when_less_was_wanted() -> None:
    month = month_of(PRICES, {"weekday_day": Decimal("0.5")}, 50)
    assert held_monthly(month, Unit.MINUTES, UNLIMITED) == Amount(Unit.MINUTES, 50)


def test_of_an_hour_above_its_value_the_organisation_holds_and_owes_the_value() -> None:
    wanted = {"weekday_day": Decimal(1), "saturday": Decimal("1.5"), "trip": Decimal(2)}
    month, value = month_of(PRICES, wanted, None), HourValue(Money(35_00))
    assert above_value(month, value) == {"saturday": Money(5_00)}
    assert above_value(month, UNLIMITED) == {}
    assert shares_of_month(month, value) == Shares(Money(30_00 + 52_50 + 50_00), Money(7_50))
    assert held_monthly(month, Unit.CENTS, value) == Amount(Unit.CENTS, 132_50)


def test_why_is_asked_of_who_leaves_a_provider_that_has_not_ended_it() -> None:
    leaving = (None, AgreementParty.CLIENT, AgreementParty.HELPER)
    assert [
        asks_why(1, 2, party) for party in (*leaving, AgreementParty.PROVIDER, AgreementParty.OFFICE)
    ] == [
        True,
        True,
        True,
        False,
        False,
    ]
    assert not asks_why(1, 1, None)
