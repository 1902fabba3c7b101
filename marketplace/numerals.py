"""Numbers as people of Finland write them, the same in forms, price lists and files of deliveries."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

_BLANKS: Final = str.maketrans("", "", " \t\u00a0\u2009\u202f")
_PLAIN: Final = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]*)?")
_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+(?:,[0-9]*)?")
_ONE_GROUP: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_ONE_GROUP_OF_EITHER: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:\.[0-9]{3}|,[0-9]{2}0)")
"""`1,500`, too, which an English table means as a thousand and a half; `1,505` cannot pass for an amount."""
_TIMES: Final = re.compile(
    r"(.*[0-9][.,]?)\s*(milj\.?|miljoonaa?|miljon(?:er)?|mn\.?|tuhatta|tusen)", re.IGNORECASE
)
_THOUSANDS: Final = ("tuhatta", "tusen")


class NoNumber(ValueError):
    """A text is no number; `code` is `form`, `thousands` (1.000 may be a thousand or one, and so may 1,000 from an
    English table where nothing has three decimals) or `parts` (not whole).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_number(text: str, *, fine: bool = True) -> Decimal:
    """The number of a text: `1 234,5`, `12.5`, `1.000.000`, `1.000,50`, `1,5 milj.`; blanks are left out.

    Raises NoNumber. A single point before three digits is not guessed at, nor is a single comma in what never has
    three decimals (`fine` is False).
    """
    words = text.strip()
    factor = 1
    if found := _TIMES.fullmatch(words):
        words, factor = found[1], 1_000 if found[2].lower() in _THOUSANDS else 1_000_000
    bare = words.translate(_BLANKS)
    if (_ONE_GROUP if fine else _ONE_GROUP_OF_EITHER).fullmatch(bare):
        raise NoNumber("thousands")
    if _GROUPED.fullmatch(bare):
        bare = bare.replace(".", "")
    elif not _PLAIN.fullmatch(bare):
        raise NoNumber("form")
    return Decimal(bare.replace(",", ".")) * factor


def read_whole_number(text: str) -> int:
    """The whole number of a text. Raises NoNumber, with `parts` for one that has decimals."""
    number = read_number(text, fine=False)
    if number != number.to_integral_value():
        raise NoNumber("parts")
    return int(number)
