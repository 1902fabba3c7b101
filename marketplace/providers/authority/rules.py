"""Rules of the right to act for a company.

Anybody who knows a business ID can register a company. Until it is shown that its people may act for it, the company is
marked to itself and to the office. The office shows it with its reasons, or a code does that went by post to the
address that the public register has, or the register of mandates (Suomi.fi-valtuudet), which is asked again after a
year; and the office can take the mark back or hand a company over to its rightful people.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
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
    ASK_REGISTER = "ask_register"
    REVOKE = "revoke"
    LAPSE = "lapse"


RIGHT: Final = Workflow[RightState, RightAction](
    "right to act",
    initial=RightState.UNPROVEN,
    table={
        (RightState.UNPROVEN, RightAction.SEND_LETTER): RightState.LETTER_SENT,
        (RightState.UNPROVEN, RightAction.APPROVE): RightState.PROVEN,
        (RightState.UNPROVEN, RightAction.HAND_OVER): RightState.PROVEN,
        (RightState.UNPROVEN, RightAction.ASK_REGISTER): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.SEND_LETTER): RightState.LETTER_SENT,
        (RightState.LETTER_SENT, RightAction.ENTER_CODE): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.APPROVE): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.HAND_OVER): RightState.PROVEN,
        (RightState.LETTER_SENT, RightAction.ASK_REGISTER): RightState.PROVEN,
        (RightState.PROVEN, RightAction.HAND_OVER): RightState.PROVEN,
        (RightState.PROVEN, RightAction.ASK_REGISTER): RightState.PROVEN,
        (RightState.PROVEN, RightAction.REVOKE): RightState.UNPROVEN,
        (RightState.PROVEN, RightAction.LAPSE): RightState.UNPROVEN,
    },
)

CODE_HOLDS: Final = timedelta(days=30)
"""A letter takes some days, and a company's people are on holiday."""

CHECKED_FOR: Final = timedelta(days=365)
"""How long what the register of mandates told is relied on: it may have ended there meanwhile."""

TOLD_BEFORE: Final = timedelta(days=30)
"""How long before that the company is asked to show it again."""

MOST_TRIES: Final = 5
"""Of one code, right or wrong."""

LENGTH, GROUP = 12, 4
"""Signs of a code, and of each group in which it is printed."""


def code_counts(expires_at: datetime | None, tries: int, now: datetime) -> bool:
    """Whether the code of a letter may still be tried."""
    return expires_at is not None and now < expires_at and tries < MOST_TRIES


def codes_that_count(
    found: Collection[tuple[str, tuple[str, ...]]], business_id: str, accepted: Collection[str]
) -> tuple[str, ...] | None:
    """The codes by which somebody may act for a company, of those that count.

    `found`: business ID → codes, as the register told them. None when the company is not among them at all.
    """
    told = [codes for company, codes in found if company == business_id]
    if not told:
        return None
    return tuple(sorted({code for codes in told for code in codes if code in accepted}))


def must_be_told(checked_until: date, told_at: datetime | None, today: date) -> bool:
    """Whether the company is to be asked now to show its right again."""
    return told_at is None and today >= checked_until - TOLD_BEFORE
