"""Money is whole cents, read strictly and never rounded on the way in."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import MAX_CENTS, Money, MoneyError


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("34", 3400),
        ("34,5", 3450),
        ("34.50", 3450),
        (" 1 234,50 € ", 123450),
        ("1\u00a0234,50", 123450),
        ("0", 0),
        ("12,", 1200),
        ("1.000.000", 100_000_000),
        ("1,5 milj. €", 150_000_000),
        ("34 euroa", 3400),
        ("35,-", 3500),
        ("35:-", 3500),
        ("35,– €", 3500),
        ("1 250,--", 125000),
        ("1,5 M€", 150_000_000),
        ("2Meur", 200_000_000),
        ("500 t€", 50_000_000),
        ("500 K€", 50_000_000),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, cents: int) -> None:
    assert Money.parse(text) == Money(cents)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("12,345", "sub_cent"),
        ("1.500", "thousands"),
        ("1,500", "thousands"),
        ("100,000 €", "thousands"),
        ("1,9 €/km", "other_unit"),
        ("-1", "negative"),
        ("abc", "not_a_number"),
        ("", "not_a_number"),
        ("1,2,3", "not_a_number"),
        ("1e3", "not_a_number"),
        ("٣", "not_a_number"),
        ("99999999999999", "too_large"),
        ("=1+1", "not_a_number"),
        ("35,-40", "not_a_number"),
        ("35-40 €", "not_a_number"),
        ("5 m", "not_a_number"),
    ],
)
def test_everything_else_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(MoneyError) as refusal:
        Money.parse(text)
    assert refusal.value.code == code


@given(st.integers(min_value=0, max_value=MAX_CENTS))
def test_what_is_written_is_read_back_to_the_cent(cents: int) -> None:
    assert Money.parse(str(Money(cents)).replace(".", ",")) == Money(cents)


@pytest.mark.parametrize(
    ("cents", "factor", "result"), [(2500, "1.15", 2875), (333, "1.5", 500), (1, "0.5", 1), (1, "0.49", 0)]
)
def test_a_multiple_is_rounded_half_up_to_the_cent(cents: int, factor: str, result: int) -> None:
    assert Money(cents).times(Decimal(factor)) == Money(result)
