"""Rules of every formal decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final

MAX_TEXT: Final = 5000
"""Characters of a text that a person writes into a decision or on the way to one."""

HEARING_DAYS: Final = 14
"""Days that a provider usually gets to be heard (Administrative Procedure Act 434/2003, sections 34 and 36)."""


def needs_reminder(due_on: date, today: date) -> bool:
    """Whether a due date has been missed."""
    return due_on < today


APPEAL_DAYS: Final = 14
"""Days for a request for administrative review (oikaisuvaatimus, begäran om omprövning) of a decision on a provider."""


def may_decide(user_id: int | None, proposers: Iterable[int | None]) -> bool:
    """Whether a person may decide lines proposed by `proposers`: the two are always different people.

    A line without a proposer cannot be decided by anybody.
    """
    known = list(proposers)
    return user_id is not None and bool(known) and None not in known and user_id not in known


def default_due_date(today: date, completion_days: int) -> date:
    """The day by which a completion is asked for when the reviewer names no other."""
    return today + timedelta(days=completion_days)


def decision_prefix(organisation_key: str, year: int) -> str:
    """What the numbers of an organisation's decisions of one year begin with: `KEUSOTE-2026/`."""
    return f"{organisation_key.upper()}-{year}/"


def measure_prefix(organisation_key: str, year: int) -> str:
    """What the numbers of an organisation's measures of one year begin with: `KEUSOTE-2026/S`.

    Measures have a series of their own beside the decisions on applications, told apart by the letter.
    """
    return f"{organisation_key.upper()}-{year}/S"
