"""Rules of comparing: differences and the month's cost."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.money import Money
from marketplace.search.comparing import Price, differs, monthly_cost, read_units


@pytest.mark.parametrize(
    ("text", "units"), [("10", "10"), (" 7,5 ", "7.5"), ("0.25", "0.25"), ("1 000", "1000")]
)
def test_units_are_read_as_people_write_them(text: str, units: str) -> None:
    assert read_units(text) == Decimal(units)


@pytest.mark.parametrize("text", ["", "0", "0,00", "  "])
def test_nothing_and_zero_ask_for_nothing(text: str) -> None:
    assert read_units(text) is None


@pytest.mark.parametrize("text", ["abc", "-1", "10000", "1e9", "NaN", "Infinity", "1,2,3"])
def test_what_is_no_number_of_units_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        read_units(text)


def test_the_month_costs_units_times_price_rounded_half_up_band_by_band() -> None:
    prices = {"weekday_day": Price("h", Money(3455)), "saturday": Price("h", Money(4001))}
    cost = monthly_cost(prices, {"weekday_day": Decimal("10.1"), "saturday": Decimal("0.5")})
    assert cost.total == Money(34896 + 2001)
    assert cost.missing == ()


def test_a_band_that_is_not_offered_is_named_and_not_counted() -> None:
    cost = monthly_cost(
        {"weekday_day": Price("h", Money(3000))}, {"weekday_day": Decimal(2), "night": Decimal(1)}
    )
    assert (cost.total, cost.missing) == (Money(6000), ("night",))


@pytest.mark.parametrize(
    ("cells", "different"), [(["a", "a"], False), (["a", "b"], True), (["a"], False), ([], False)]
)
def test_a_row_differs_when_its_cells_are_not_all_the_same(cells: list[str], different: bool) -> None:
    assert differs(cells) is different
