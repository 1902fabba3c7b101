"""Codes that are printed in letters and typed by people."""

from __future__ import annotations

import secrets
from typing import Final

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for one another on paper: no I, L, O, 0 and 1."""


def new_code(length: int) -> str:
    """A code of so many signs, as it is kept: without dashes. Ten signs are some 50 bits, twelve some 60."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(length))


def in_groups(code: str, size: int) -> str:
    """The code as a letter prints it: `ABCD-EFGH-JKLM`."""
    return "-".join(code[start : start + size] for start in range(0, len(code), size))


def as_typed(text: str) -> str:
    """The code that somebody has typed: capital letters, without blanks and dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())
