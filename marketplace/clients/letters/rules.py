"""Rules of the codes in letters: what they are made of, how they are read, and what becomes of wrong ones."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Final

ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for one another on paper: no I, L, O, 0 and 1."""

LENGTH: Final = 10
"""Signs of a code: some 50 bits, which five tries do not find."""


class Standing(StrEnum):
    """How a letter stands: its codes work, it is too old, it was locked by wrong tries, or another took its place."""

    HOLDS = "holds"
    EXPIRED = "expired"
    LOCKED = "locked"
    ENDED = "ended"


def new_code() -> str:
    """A code, as it is kept: without the dash."""
    return "".join(secrets.choice(ALPHABET) for _sign in range(LENGTH))


def shown(code: str) -> str:
    """The code as the letter prints it, in two halves."""
    return f"{code[: LENGTH // 2]}-{code[LENGTH // 2 :]}"


def as_typed(text: str) -> str:
    """The code that somebody has typed: capital letters, without blanks and dashes."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def standing(
    *, expires_at: datetime, locked_at: datetime | None, ended_at: datetime | None, now: datetime
) -> Standing:
    """How a letter stands at a moment."""
    if ended_at is not None:
        return Standing.ENDED
    if locked_at is not None:
        return Standing.LOCKED
    return Standing.HOLDS if now < expires_at else Standing.EXPIRED
