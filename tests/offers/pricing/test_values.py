"""Who pays what of a price above the value of an hour: for all prices, values, times and shares of a cancellation."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.pricing.rules import amount_for
from marketplace.offers.pricing.values import UNLIMITED, HourValue, Shares
from marketplace.vouchers.agreeing.rules import AskedPrice

CENTS = st.integers(0, 20_000).map(Money)
VALUES = st.one_of(st.none(), st.integers(1, 20_000).map(Money))


@given(CENTS, VALUES, st.integers(1, 24 * 60), st.integers(0, 100), st.booleans())
def test_what_is_owed_never_exceeds_the_value_and_the_parts_are_the_cost_to_the_cent(
    price: Money, value: Money | None, minutes: int, percent: int, allowed: bool
) -> None:
    def priced(each: Money) -> Money:
        return amount_for(each, minutes).times(Decimal(percent) / 100)

    parts = HourValue(value, allowed).shares("h", price, priced)
    assert parts.cost == priced(price)
    assert Money(0) <= parts.owed <= parts.cost
    if value is not None:
        assert parts.owed <= priced(value)
    if value is None or price <= value:
        assert parts == Shares(priced(price), Money(0))


@given(CENTS, VALUES)
def test_the_price_of_an_hour_is_its_owed_part_and_the_rest(price: Money, value: Money | None) -> None:
    rule = HourValue(value)
    assert rule.owed_each("h", price) + rule.beyond("h", price) == price
    assert rule.beyond("trip", price) == Money(0)


@pytest.mark.parametrize(
    ("value", "unit", "cents", "barred"),
    [
        (HourValue(Money(30_00), own_share_allowed=False), "h", 35_00, True),
        (HourValue(Money(30_00), own_share_allowed=False), "h", 30_00, False),
        (HourValue(Money(30_00), own_share_allowed=False), "trip", 35_00, False),
        (HourValue(Money(30_00), own_share_allowed=True), "h", 35_00, False),
        (UNLIMITED, "h", 35_00, False),
        (HourValue(None, own_share_allowed=False), "h", 35_00, False),
    ],
)
def test_a_price_is_barred_where_it_would_leave_a_share_that_may_not_be_left(
    value: HourValue, unit: str, cents: int, barred: bool
) -> None:
    assert value.bars(unit, Money(cents)) is barred


def test_an_offer_is_barred_when_every_price_of_it_is() -> None:
    value = HourValue(Money(30_00), own_share_allowed=False)
    dear, cheap = AskedPrice("h", Money(35_00)), AskedPrice("h", Money(30_00))
    assert value.bars_all([dear, dear])
    assert not value.bars_all([dear, cheap])
    assert not value.bars_all([])
