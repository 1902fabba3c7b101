"""Rules of every formal decision: two people, numbers, days for a hearing and for asking for a review."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from marketplace.workflow import Workflow

MAX_TEXT: Final = 5000
"""Characters of a text that a person writes into a decision or on the way to one."""

HEARING_DAYS: Final = 14
"""Days that a party usually gets to be heard (Administrative Procedure Act 434/2003, sections 34 and 36)."""

LEAST_DAYS: Final = 7
"""Days that a party gets at least to complete something, unless the office gives a reason."""

MAIL_DAYS: Final = 3
"""An ordinary electronic message is taken to have arrived on the third day after it was sent (Act 13/2003 § 19)."""

LETTER_DAYS: Final = 7
"""A letter is taken to have arrived on the seventh day after it was posted (Act 434/2003 § 59)."""

PROVIDER_REVIEW_DAYS: Final = 14
"""Days for a request for administrative review (oikaisuvaatimus, begäran om omprövning) of a decision on a provider:
Act on Wellbeing Services Counties 611/2021, sections 139–140."""

CLIENT_REVIEW_DAYS: Final = 30
"""Days for the same of a decision on a client's services (Disability Services Act 675/2023, section 35), where the
organisation's data do not say another number."""

APPLICATIONS: Final = ""
MEASURES: Final = "S"
CLIENTS: Final = "A"
OWN_PEOPLE: Final = "L"
"""The series of numbers that an organisation's decisions run in, told apart by a letter: on applications, on
approvals, on clients' services, and on people near to clients who are paid."""


def may_decide(user_id: int | None, proposers: Iterable[int | None]) -> bool:
    """Whether a person may decide what `proposers` have proposed: the two are always different people.

    What has no proposer cannot be decided by anybody.
    """
    known = list(proposers)
    return user_id is not None and bool(known) and None not in known and user_id not in known


def number_prefix(organisation_key: str, year: int, series: str = APPLICATIONS) -> str:
    """What the numbers of an organisation's decisions of one year and series begin with: `KEUSOTE-2026/S`."""
    return f"{organisation_key.upper()}-{year}/{series}"


def correction_number(decision: str, made: int) -> str:
    """The number of the next correction of a decision that has been corrected `made` times: `KEUSOTE-2026/12-1`."""
    return f"{decision}-{made + 1}"


class Channel(StrEnum):
    """How a document goes to its party."""

    PEOPLE = "people"
    COMPANY = "company"
    POST = "post"


def presumed_service(channel: Channel, sent_on: date) -> date:
    """The day on which what was sent is taken to have been received, unless something else is shown."""
    return sent_on + timedelta(days=LETTER_DAYS if channel is Channel.POST else MAIL_DAYS)


def working_day(day: date, is_off: Callable[[date], bool]) -> date:
    """The day itself, or the next one on which offices work."""
    while is_off(day):
        day += timedelta(days=1)
    return day


def default_due_date(today: date, days: int, is_off: Callable[[date], bool]) -> date:
    """The day by which an answer is asked for when the office names no other: `days` from the service of a mail."""
    return working_day(presumed_service(Channel.PEOPLE, today) + timedelta(days=days), is_off)


def due_from_service(written_on: date, due_on: date, served_on: date, is_off: Callable[[date], bool]) -> date:
    """The last day of an answer to a letter that was posted: the time that was given runs from its service."""
    return working_day(served_on + (due_on - written_on), is_off)


def due_fault(due_on: date, today: date, least: int, reason: str) -> str | None:
    """What is wrong with the last day of an answer: `past` before tomorrow, `short` under `least` days unexplained."""
    if due_on <= today:
        return "past"
    return "short" if (due_on - today).days < least and not reason.strip() else None


def last_day_of_review(served_on: date, days: int, is_off: Callable[[date], bool]) -> date:
    """The last day for asking for a review: the day of service is not counted, and a day off moves the last one on."""
    return working_day(served_on + timedelta(days=days), is_off)


def is_missed(due_on: date, today: date) -> bool:
    """Whether a due date has passed: the day itself still counts."""
    return due_on < today


class CorrectionState(StrEnum):
    """Where the correction of a clerical error stands; a new one is not kept before it is proposed."""

    NEW = "new"
    PROPOSED = "proposed"
    MADE = "made"
    DROPPED = "dropped"


class CorrectionAction(StrEnum):
    """What can be done with a correction."""

    PROPOSE = "propose"
    MAKE = "make"
    DROP = "drop"


CORRECTION: Final = Workflow[CorrectionState, CorrectionAction](
    "correction of a decision",
    initial=CorrectionState.NEW,
    table={
        (CorrectionState.NEW, CorrectionAction.PROPOSE): CorrectionState.PROPOSED,
        (CorrectionState.PROPOSED, CorrectionAction.MAKE): CorrectionState.MADE,
        (CorrectionState.PROPOSED, CorrectionAction.DROP): CorrectionState.DROPPED,
    },
)
