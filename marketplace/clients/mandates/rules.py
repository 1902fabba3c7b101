"""Rules of mandates: where they come from, what they allow, and when they hold."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

LINK_HOLDS: Final = timedelta(days=14)
"""How long a helper may follow the link of the letter."""


LONGEST_CHECKED: Final = timedelta(days=366)
"""How long a mandate that was found in the register holds here: it may have ended there meanwhile, so the register is
asked again after a year at the latest.
"""


class Source(StrEnum):
    """Where a mandate comes from: given by the client on the portal, on paper at the office, or found in the register
    of mandates (Suomi.fi-valtuudet) when the office asked it.
    """

    PORTAL = "portal"
    PAPER = "paper"
    REGISTER = "register"


class Scope(StrEnum):
    """What a helper may: see everything that the client sees, or act in the client's stead as well."""

    SEE = "see"
    ACT = "act"


def holds(
    *,
    accepted_at: datetime | None,
    revoked_at: datetime | None,
    ends_on: date | None,
    today: date,
) -> bool:
    """Whether the helper may see the client's pages today: the helper has accepted, nobody has revoked it, and its
    last day has not gone by.
    """
    return accepted_at is not None and revoked_at is None and (ends_on is None or today <= ends_on)
