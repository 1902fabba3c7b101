"""The characters that banks take in payments: Latin letters, digits and a few signs, and here å, ä and ö as well.

EPC217-08 names the letters that every bank of the euro payment area passes on and what others may become. Banks of
Finland take å, ä and ö besides. What becomes another letter is shown to the payer, for the payee's bank compares names.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

_KEPT: Final = re.compile(r"[A-Za-z0-9ÅÄÖåäö/\-?:().,'+ ]")
_REPLACED: Final = {
    "&": "+",
    "_": "-",
    "–": "-",
    "—": "-",
    "‐": "-",
    "‑": "-",
    "~": "-",
    ";": ",",
    '"': "'",
    "”": "'",
    "“": "'",
    "’": "'",
    "‘": "'",
    "´": "'",
    "`": "'",
    "[": "(",
    "]": ")",
    "{": "(",
    "}": ")",
    "|": "/",
    "\\": "/",
    "€": "EUR",
    "§": "S",
    "Æ": "AE",
    "æ": "ae",
    "Ø": "O",
    "ø": "o",
    "Œ": "OE",
    "œ": "oe",
    "ß": "ss",
    "Đ": "D",
    "đ": "d",
    "Ð": "D",
    "ð": "d",
    "Þ": "TH",
    "þ": "th",
    "Ł": "L",
    "ł": "l",
    "ı": "i",
}
_OTHER: Final = "."

IDENTIFIER: Final = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<!/)")
"""Names of messages and payments: no å, ä, ö, no slash at an end and no two in a row (EPC132-08)."""


@dataclass(frozen=True, slots=True)
class BankText:
    """A text as the bank gets it; `changed` when it is not what was written."""

    text: str
    changed: bool


def bank_text(written: str, longest: int) -> BankText:
    """`written` in characters that banks take, at most `longest` of them; never empty unless nothing was written."""
    composed = " ".join(unicodedata.normalize("NFC", written).split())
    told = " ".join("".join(_told(letter) for letter in composed).split())[:longest].rstrip()
    return BankText(told, told != composed)


def _told(letter: str) -> str:
    if _KEPT.fullmatch(letter):
        return letter
    if letter in _REPLACED:
        return _REPLACED[letter]
    base = "".join(each for each in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(each))
    return base if base and all(_KEPT.fullmatch(each) for each in base) else _OTHER
