"""Rules of the codes in letters: what they are made of, how they are read, and what becomes of wrong ones."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

LENGTH: Final = 10
"""Signs of a code: some 50 bits, which five tries do not find."""


class Standing(StrEnum):
    """How a letter stands: its codes work, it is too old, or another took its place."""

    HOLDS = "holds"
    EXPIRED = "expired"
    ENDED = "ended"


def standing(*, expires_at: datetime, ended_at: datetime | None, now: datetime) -> Standing:
    """How a letter stands at a moment."""
    if ended_at is not None:
        return Standing.ENDED
    return Standing.HOLDS if now < expires_at else Standing.EXPIRED
