"""Days as people of Finland write them, the same in forms, price lists and imports."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

FIRST: Final = date(1900, 1, 1)
LAST: Final = date(2100, 12, 31)
"""No day of the portal lies outside: what is counted from these days stays a day of the calendar."""

_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([./])\s?([0-9]{1,2})\2\s?([0-9]{4}|[0-9]{2})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")


class NoDay(ValueError):
    """A text is no day; `code` is `form`, `calendar` (31.2.) or `year` (too far back or ahead)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_day(text: str) -> date:
    """`1.2.2027`, `1.2.27`, `01/02/2027` (the day first), `2027-02-01`; a year of two digits is 20xx. Raises NoDay."""
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if len(found[4]) == 2 else 0
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        raise NoDay("form")
    try:
        return within(date(year, month, day))
    except NoDay:
        raise
    except ValueError as error:
        raise NoDay("year" if year == 0 else "calendar") from error


def within(day: date) -> date:
    """The day itself. Raises NoDay when it lies too far back or ahead, also for a spreadsheet's own date."""
    if not FIRST <= day <= LAST:
        raise NoDay("year")
    return day
