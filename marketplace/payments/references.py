"""Numbers by which a payee knows a payment again: the Finnish reference (viitenumero) and the RF creditor reference."""

from __future__ import annotations

from enum import StrEnum
from itertools import cycle
from typing import Final

from stdnum import iso11649

LONGEST: Final = 20
"""Digits of a Finnish reference with its check digit; with fewer than four it is none."""

_SHORTEST: Final = 4
_WEIGHTS: Final = (7, 3, 1)


class ReferenceKind(StrEnum):
    """What kind of reference a number is."""

    NATIONAL = "national"
    RF = "rf"


def _check_digit(digits: str) -> int:
    """The digit that makes the sum a multiple of ten: weights 7, 3, 1 from the last digit (Finance Finland)."""
    total = sum(int(digit) * weight for digit, weight in zip(reversed(digits), cycle(_WEIGHTS), strict=False))
    return -total % 10


def national_reference(number: int) -> str:
    """The Finnish reference that ends in a check digit: `national_reference(123)` is 1232.

    Raises ValueError for a number with fewer than three or more than nineteen digits.
    """
    digits = str(number)
    if number <= 0 or not _SHORTEST - 1 <= len(digits) <= LONGEST - 1:
        raise ValueError(f"no reference is made of {number}")
    return f"{digits}{_check_digit(digits)}"


def rf_reference(national: str) -> str:
    """The creditor reference (ISO 11649) of a Finnish one: `rf_reference("539007547034")` is RF18539007547034."""
    digits = "".join(str(int(letter, 36)) for letter in f"{national}RF00")
    return f"RF{98 - int(digits) % 97:02d}{national}"


def kind_of(reference: str) -> ReferenceKind | None:
    """What the reference is, without blanks and leading zeros; None when its check digits are wrong."""
    if reference.isascii() and reference.isdigit():
        fits = _SHORTEST <= len(reference) <= LONGEST and not reference.startswith("0")
        right = fits and int(reference[-1]) == _check_digit(reference[:-1])
        return ReferenceKind.NATIONAL if right else None
    return ReferenceKind.RF if reference.startswith("RF") and iso11649.is_valid(reference) else None


def printed(reference: str) -> str:
    """The reference as it is printed: a Finnish one in groups of five from its end, an RF in groups of four."""
    if kind_of(reference) == ReferenceKind.NATIONAL:
        first = len(reference) % 5
        groups = [reference[:first], *(reference[at : at + 5] for at in range(first, len(reference), 5))]
        return " ".join(group for group in groups if group)
    return " ".join(reference[at : at + 4] for at in range(0, len(reference), 4))
