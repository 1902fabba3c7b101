"""Finnish references and RF references: check digits as Finance Finland and ISO 11649 have them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.payments.references import (
    ReferenceKind,
    kind_of,
    national_reference,
    printed,
    rf_reference,
)

numbers = st.integers(100, 10**19 - 1)


def test_the_published_examples_come_out() -> None:
    assert national_reference(123456) == "1234561"
    assert rf_reference("539007547034") == "RF18539007547034"


@given(numbers)
def test_what_is_made_is_known_again(number: int) -> None:
    national = national_reference(number)
    assert kind_of(national) == ReferenceKind.NATIONAL
    assert kind_of(rf_reference(national)) == ReferenceKind.RF


@given(numbers, st.integers(0, 30), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(number: int, at: int, change: int) -> None:
    national = national_reference(number)
    at %= len(national)
    wrong = str((int(national[at]) + change) % 10)
    assert kind_of(national[:at] + wrong + national[at + 1 :]) is None


@pytest.mark.parametrize("number", [0, -5, 99, 10**19])
def test_too_short_and_too_long_numbers_make_none(number: int) -> None:
    with pytest.raises(ValueError, match="no reference"):
        national_reference(number)


@pytest.mark.parametrize("text", ["", "1", "12", "RF", "RF00123", "RF18539007547035", "٣٢١٠", "0123453"])
def test_what_is_no_reference_has_no_kind(text: str) -> None:
    assert kind_of(text) is None


def test_references_are_printed_in_groups() -> None:
    assert printed("1234561") == "12 34561"
    assert printed("RF18539007547034") == "RF18 5390 0754 7034"
