"""A number is read the same wherever it is written, and what is no number says why."""

from __future__ import annotations

from decimal import Decimal

import pytest

from marketplace.numerals import NoNumber, read_number, read_whole_number


@pytest.mark.parametrize(
    ("typed", "number"),
    [("12", "12"), ("12,5", "12.5"), ("12.5", "12.5"), ("1 234,5", "1234.5"), ("1\u00a0000\u202f000", "1000000"),
     ("1.000.000", "1000000"), ("1.000,50", "1000.5"), ("1,5 milj.", "1500000"), ("2 miljoonaa", "2000000"),
     ("1,5 miljoner", "1500000"), ("3 tuhatta", "3000"), ("0.500", "0.5"), ("12,340", "12.34"), ("-3", "-3")],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(typed: str, number: str) -> None:
    assert read_number(typed) == Decimal(number)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("9 + 2 tuntityöntekijää", "form"), ("12 h", "form"), ("noin 5", "form"), ("milj.", "form"), ("1.2.3", "form"),
     ("٣", "form"), ("1e3", "form"), ("", "form"), ("1.000", "thousands"), ("1,000", "thousands"), ("12,5", "parts")],
)  # fmt: skip
def test_what_is_no_whole_number_is_told_apart(typed: str, code: str) -> None:
    with pytest.raises(NoNumber) as refusal:
        read_whole_number(typed)
    assert refusal.value.code == code
