"""Rules of every formal decision: two people, numbers, days for a hearing and for asking for a review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

MAX_TEXT: Final = 5000
"""Characters of a text that a person writes into a decision or on the way to one."""

HEARING_DAYS: Final = 14
"""Days that a party usually gets to be heard (Administrative Procedure Act 434/2003, sections 34 and 36)."""

PROVIDER_REVIEW_DAYS: Final = 14
"""Days for a request for administrative review (oikaisuvaatimus, begäran om omprövning) of a decision on a provider:
Act on Wellbeing Services Counties 611/2021, sections 139–140."""

CLIENT_REVIEW_DAYS: Final = 30
"""Days for the same of a decision on a client's services (Disability Services Act 675/2023, section 35)."""

APPLICATIONS: Final = ""
MEASURES: Final = "S"
CLIENTS: Final = "A"
"""The series of numbers that an organisation's decisions run in, told apart by a letter: on applications, on
approvals, and on clients' services."""


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


def default_due_date(today: date, days: int) -> date:
    """The day by which an answer is asked for when the office names no other."""
    return today + timedelta(days=days)


def is_missed(due_on: date, today: date) -> bool:
    """Whether a due date has passed: the day itself still counts."""
    return due_on < today
