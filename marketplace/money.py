"""Money as integer cents of euro. Never a float, never a rounded input."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from marketplace.numerals import NoNumber, read_number

_WHOLE: Final = re.compile(r"(?<=[0-9])[,.:][-–—]{1,2}(?=\D*$)")
"""What stands for no cents: `35,-` in Finnish, `35:-` in Swedish."""

_SHORT: Final = re.compile(r"(?<=[0-9])\s?([MTK])\s?(?:€|EUR)\s*$", re.IGNORECASE)
_FACTORS: Final = {"m": " milj.", "t": " tuhatta", "k": " tuhatta"}
"""How policies write large sums: `1,5 M€`, `2 Meur`, `500 t€`, `500 k€`."""

MAX_CENTS: Final = 10_000_000_00
"""Ten million euros: no price, budget or payment of these pilots comes near it, so more is a slip of the hand."""

_EURO: Final = re.compile(
    r"^\s*€|(?<!\s)\s*+(?:€|\beuroa?|\beur|(?<=[0-9\s])e)\s*+(?:/\s*+([^\W\d_]++\.?)\s*+)?$", re.IGNORECASE
)
"""The sign or the word of the currency before or after a number, with the unit that the price is by."""


class MoneyError(ValueError):
    """A text is not an amount; `code` is one of not_a_number, thousands, other_unit, negative, sub_cent, too_large."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in integer cents; may be negative only as the result of a subtraction."""

    cents: int

    @classmethod
    def parse(cls, text: str, *, per: Collection[str] = ()) -> Money:
        """Read what a person types: `34`, `34,5`, `1 234,50 €`, `1.000.000`, `1,5 milj.`, `1,5 M€`, `35,-`.

        With `per` `1,9 €/km` is read too.

        `per`: the words of the unit that the amount is by; another unit after the sign is refused. Raises MoneyError
        with a code; more than two decimals are refused, not rounded.
        """
        text = _SHORT.sub(lambda found: _FACTORS[found[1].lower()], _WHOLE.sub("", text))
        units = {unit.casefold() for found in _EURO.finditer(text) if (unit := found[1])}
        if not units <= {word.casefold() for word in per}:
            raise MoneyError("other_unit")
        try:
            cents = read_number(_EURO.sub("", text), fine=False) * 100
        except NoNumber as error:
            raise MoneyError("thousands" if error.code == "thousands" else "not_a_number") from error
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
