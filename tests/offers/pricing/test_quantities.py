"""What quantities and months cost, and price tables from coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.pricing.bands import HELSINKI, BandCalendar
from marketplace.offers.pricing.days import day_kind
from marketplace.offers.pricing.rules import (
    BadCoefficient,
    BadQuantity,
    amount_for,
    cost,
    cost_of,
    monthly_cost,
    table_from_coefficients,
)
from tests.offers.pricing.reference import Band


@dataclass(frozen=True)
class Price:
    unit: str
    amount: Money


HOURLY = Price("h", Money(3333))


@pytest.mark.parametrize(
    ("quantity", "price", "expected"),
    [
        (3, Price("trip", Money(1235)), Money(3705)),
        (Decimal("12.5"), Price("km", Money(57)), Money(713)),  # 7,125 €
        (Decimal("0.25"), Price("h", Money(3450)), Money(863)),  # 8,625 €
        (0, Price("visit", Money(4500)), Money(0)),
        (Decimal(21), Price("day", Money(7550)), Money(158550)),
        (1, Price("month", Money(199900)), Money(199900)),
    ],
)
def test_a_quantity_costs_so_many_times_its_price(
    quantity: Decimal | int, price: Price, expected: Money
) -> None:
    assert cost_of(quantity, price) == expected


@pytest.mark.parametrize(
    ("quantity", "unit", "code"),
    [
        ("-1", "day", "negative"),
        ("10000", "km", "too_large"),
        ("NaN", "h", "not_a_number"),
        ("Infinity", "h", "not_a_number"),
        ("7.3", "h", "not_quarter"),
        ("0.125", "h", "not_quarter"),
        ("7.333", "km", "too_fine"),
    ],
)
def test_a_quantity_that_cannot_be_priced_is_refused(quantity: str, unit: str, code: str) -> None:
    with pytest.raises(BadQuantity) as refused:
        cost_of(Decimal(quantity), Price(unit, Money(100)))
    assert refused.value.code == code


def test_a_month_is_one_line_per_band_and_names_what_has_no_price() -> None:
    prices = {"weekday_day": HOURLY, "trip": Price("trip", Money(1250)), "night": Price("h", Money(4000))}
    hours = {
        "weekday_day": Decimal("10.25"),
        "trip": Decimal(8),
        "saturday": Decimal(2),
        "night": Decimal(0),
    }
    month = monthly_cost(prices, hours)
    assert [(line.band, line.unit, line.quantity, line.amount) for line in month.lines] == [
        ("weekday_day", "h", Decimal("10.25"), Money(34163)),  # 341,6325 €
        ("trip", "trip", Decimal(8), Money(10000)),
    ]
    assert month.missing == ("saturday",)
    assert month.total == Money(44163)


@given(st.integers(0, 100_000).map(Money), st.integers(0, 4 * 744))
def test_hours_of_a_month_cost_what_the_same_minutes_cost(price: Money, quarters: int) -> None:
    hours = Decimal(quarters) / 4
    assert cost_of(hours, Price("h", price)) == amount_for(price, quarters * 15)


coefficients = st.decimals("0.01", "10", places=2)


def test_counties_coefficients_make_their_price_lists() -> None:
    table = table_from_coefficients(
        Money(2555),
        {"weekday_day": Decimal(1), "weekday_evening": Decimal("1.15"), "sunday_holiday": Decimal(2)},
    )
    assert table == {
        "weekday_day": Money(2555),
        "weekday_evening": Money(2938),
        "sunday_holiday": Money(5110),
    }


@given(st.integers(0, 100_000).map(Money), st.dictionaries(st.sampled_from(["a", "b", "c"]), coefficients))
def test_coefficients_round_as_the_table_shows(base: Money, factors: dict[str, Decimal]) -> None:
    table = table_from_coefficients(base, factors)
    assert table == {band: base.times(factor) for band, factor in factors.items()}
    start = datetime(2026, 11, 23, 8, tzinfo=HELSINKI)
    for band, price in table.items():
        exact = base.cents * factors[band]
        assert -Decimal("0.5") < price.cents - exact <= Decimal("0.5")
        calendar = BandCalendar([Band(band, ("mon",), 0, 1440)], day_kind)
        assert cost(table, calendar, start, start + timedelta(hours=1)).total == price


@pytest.mark.parametrize(
    ("coefficient", "code"),
    [("0", "not_positive"), ("-1", "not_positive"), ("NaN", "not_a_number"), ("10.01", "too_large")],
)
def test_a_coefficient_that_makes_no_price_is_refused(coefficient: str, code: str) -> None:
    with pytest.raises(BadCoefficient) as refused:
        table_from_coefficients(Money(2500), {"night": Decimal(coefficient)})
    assert (refused.value.code, refused.value.band) == (code, "night")
