"""Rules of the right to act for a company.

Anybody who knows a business ID can register a company. Until it is shown that its people may act for it, the company is
marked to itself and to the office. The office shows it with its reasons, or a code does that went by post to the
address that the public register has; and the office can hand a company over to its rightful people.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow


class RightState(StrEnum):
    """Whether it is shown that the company's people may act for it."""

    UNPROVEN = "unproven"
    LETTER_SENT = "letter_sent"
    PROVEN = "proven"


class RightAction(StrEnum):
    """What shows the right, or changes whose it is."""

    SEND_LETTER = "send_letter"
    ENTER_CODE = "enter_code"
    APPROVE = "approve"
    HAND_OVER = "hand_over"


RIGHT: Final = Workflow[RightState, RightAction](
    "right to act",
    initial=RightState.UNPROVEN,
    table={
        (RightState.UNPROVEN, RightAction.SEND_LETTER): RightState.LETTER_SENT,
        (RightState.UNPROVEN, RightAction.APPROVE): RightState.PROVEN,
        (RightState.UNPROVEN, RightAction.HAND_OVER): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.SEND_LETTER): RightState.LETTER_SENT,
        (RightState.LETTER_SENT, RightAction.ENTER_CODE): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.APPROVE): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.HAND_OVER): RightState.PROVEN,
        (RightState.PROVEN, RightAction.HAND_OVER): RightState.PROVEN,
    },
)

CODE_HOLDS: Final = timedelta(days=30)
"""A letter takes some days, and a company's people are on holiday."""

MOST_TRIES: Final = 5
"""Of one code, right or wrong."""

LENGTH, GROUP = 12, 4
"""Signs of a code, and of each group in which it is printed."""


def code_counts(expires_at: datetime | None, tries: int, now: datetime) -> bool:
    """Whether the code of a letter may still be tried."""
    return expires_at is not None and now < expires_at and tries < MOST_TRIES
