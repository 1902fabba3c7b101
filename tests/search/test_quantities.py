"""How much one needs: read as people write it, bounded by what a month holds, told in words."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from marketplace.i18n import in_language
from marketplace.offers.pricing.rules import BadQuantity
from marketplace.search.quantities import (
    amount_text,
    amounts_text,
    monthly_problem,
    problem_text,
    read_monthly,
    read_quantity,
    time_text,
)


@pytest.mark.parametrize(
    ("text", "unit", "quantity"),
    [
        ("10", "h", "10"),
        (" 7,5 ", "h", "7.5"),
        ("0.25", "h", "0.25"),
        ("1 000", "km", "1000"),
        ("0,01", "km", "0.01"),
    ],
)
def test_quantities_are_read_as_people_write_them(text: str, unit: str, quantity: str) -> None:
    assert read_quantity(text, unit) == Decimal(quantity)


@pytest.mark.parametrize("text", ["", "0", "0,00", "  "])
def test_nothing_and_zero_ask_for_nothing(text: str) -> None:
    assert read_quantity(text, "h") is None


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("abc", "h", "not_a_number"), ("1e9", "h", "not_a_number"), ("NaN", "h", "not_a_number"),
        ("Infinity", "h", "not_a_number"), ("1,2,3", "h", "not_a_number"), ("1_0", "h", "not_a_number"),
        ("٣", "h", "not_a_number"), ("-1", "h", "negative"), ("10000", "trip", "too_large"),
        ("0,1", "h", "not_quarter"), ("0,001", "km", "too_fine"), ("10,0000000000000001", "km", "too_fine"),
    ],
)  # fmt: skip
def test_what_cannot_be_priced_is_refused_with_its_reason(text: str, unit: str, code: str) -> None:
    with pytest.raises(BadQuantity) as refused:
        read_quantity(text, unit)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("unit", "most"), [("h", 744), ("day", 31), ("full_day", 31), ("half_day", 62), ("month", 1)]
)
def test_no_month_holds_more_than_it_has(unit: str, most: int) -> None:
    assert read_monthly(str(most), unit) == most
    with pytest.raises(BadQuantity) as refused:
        read_monthly(str(most + 1), unit)
    assert refused.value.code == "too_large"


def test_every_reason_is_told_in_both_languages(app: Flask) -> None:
    for language in ("fi", "sv"):
        with app.test_request_context(), in_language(language):
            told = {
                problem_text(BadQuantity(code), "12", "h", most=9999)
                for code in ("not_a_number", "negative", "too_large", "not_quarter", "too_fine")
            }
            told.add(monthly_problem(BadQuantity("too_large"), "9000", "h"))
            assert len(told) == 6
            assert all("12" in text or "9000" in text for text in told)


def test_amounts_are_told_in_the_number_that_the_language_asks_for(app: Flask) -> None:
    with app.test_request_context(), in_language("fi"):
        assert [amount_text(count, "day") for count in (1, 4, Decimal("0.5"))] == [
            "1 päivä",
            "4 päivää",
            "0,5 päivää",
        ]
        assert amounts_text({"h": Decimal("7.50"), "trip": Decimal(2)}) == "7,5\u00a0h, 2 matkaa"
    with app.test_request_context(), in_language("sv"):
        assert amount_text(4, "trip") == "4 resor"


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, ""), (45, "45\u00a0min"), (120, "2\u00a0h"), (90, "1\u00a0h 30\u00a0min")]
)
def test_a_stretch_of_time_is_told_in_hours_and_minutes(minutes: int, text: str) -> None:
    assert time_text(minutes) == text
