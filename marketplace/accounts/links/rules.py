"""What links are for, how long they hold, and how many are sent to one address."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """What a link does when it is followed."""

    PASSWORD = "password"  # noqa: S105 - sets a new password
    REGISTRATION = "registration"


HOLDS: Final = {Purpose.PASSWORD: timedelta(hours=1), Purpose.REGISTRATION: timedelta(days=2)}
"""How long a link that somebody asked for holds, from the asking on."""

HOLDS_FROM_OPERATOR: Final = timedelta(days=3)
"""How long a link holds that the operator hands to somebody."""

LETTERS_AN_HOUR: Final = 3
LETTERS_A_DAY: Final = 6
"""Letters to one address for one purpose: more are asked for only by who wants to annoy its owner."""

LETTERS: Final = {
    Purpose.PASSWORD: ((LETTERS_AN_HOUR, timedelta(hours=1)),),
    Purpose.REGISTRATION: ((LETTERS_AN_HOUR, timedelta(hours=1)), (LETTERS_A_DAY, timedelta(days=1))),
}
"""How many letters go to one address within which time. A password's link holds for an hour only: a bound of a day
would let anybody keep its owner from a new one for the day.
"""

KEPT_FOR: Final = timedelta(days=7)
"""How long a link that has been used or is too old is kept."""
