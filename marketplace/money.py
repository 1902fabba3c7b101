"""Money as integer cents of euro. Never a float, never a rounded input."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final

MAX_CENTS: Final = 10_000_000_00
"""Ten million euros: no price, budget or payment of these pilots comes near it, so more is a slip of the hand."""

_AMOUNT = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]*)?")
_BLANKS = str.maketrans("", "", " \u00a0\u202f€")


class MoneyError(ValueError):
    """A text is not an amount; `code` is one of not_a_number, negative, sub_cent, too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in integer cents; may be negative only as the result of a subtraction."""

    cents: int

    @classmethod
    def parse(cls, text: str) -> Money:
        """Read what a person types: `34`, `34,5`, `1 234,50 €`.

        Raises MoneyError with a code; more than two decimals are refused, not rounded.
        """
        bare = text.strip().translate(_BLANKS)
        if not _AMOUNT.fullmatch(bare):
            raise MoneyError("not_a_number")
        try:
            cents = Decimal(bare.replace(",", ".")) * 100
        except InvalidOperation as error:  # pragma: no branch - the pattern admits only numbers
            raise MoneyError("not_a_number") from error
        if cents < 0:
            raise MoneyError("negative")
        if cents > MAX_CENTS:
            raise MoneyError("too_large")
        if cents != cents.to_integral_value():
            raise MoneyError("sub_cent")
        return cls(int(cents))

    @classmethod
    def exact(cls, euros: Decimal) -> Money:
        """Euros that another program has written, below zero too. Raises MoneyError for parts of a cent."""
        if not euros.is_finite():
            raise MoneyError("not_a_number")
        cents = euros.scaleb(2)
        if cents != cents.to_integral_value():
            raise MoneyError("sub_cent")
        return cls(int(cents))

    def __add__(self, other: Money) -> Money:
        return Money(self.cents + other.cents)

    def __sub__(self, other: Money) -> Money:
        return Money(self.cents - other.cents)

    def times(self, factor: Decimal | int) -> Money:
        """The amount times a factor, rounded half up to the cent (the way an invoice rounds a line)."""
        return Money(int((Decimal(self.cents) * factor).quantize(Decimal(1), rounding=ROUND_HALF_UP)))

    @property
    def euros(self) -> Decimal:
        """The amount in euros with two decimals."""
        return Decimal(self.cents).scaleb(-2).quantize(Decimal("0.01"))

    def __str__(self) -> str:
        return f"{self.euros}"
