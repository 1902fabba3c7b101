"""Days as people of Finland write them, the same in forms, price lists and imports."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

FIRST: Final = date(1900, 1, 1)
LAST: Final = date(2100, 12, 31)
"""No day of the portal lies outside: what is counted from these days stays a day of the calendar."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far from today a day may lie, by what it is for. Further away it is a slip of the hand: “Check the year.”"""

    back: timedelta
    ahead: timedelta

    def around(self, today: date) -> tuple[date, date]:
        """The first and the last day; never beyond FIRST and LAST."""
        return (
            max(FIRST, today - self.back if today - FIRST > self.back else FIRST),
            min(LAST, today + self.ahead if LAST - today > self.ahead else LAST),
        )


_YEAR: Final = timedelta(days=366)
_LIFETIME: Final = 100 * _YEAR

BEGAN: Final = Reach(back=_LIFETIME, ahead=_YEAR)
"""When something was issued, registered or approved."""

HOLDS_UNTIL: Final = Reach(back=_LIFETIME, ahead=30 * _YEAR)
"""The last day of a proof, and a day that an application asks for."""

DUE: Final = Reach(back=10 * _YEAR, ahead=5 * _YEAR)
"""By when somebody is asked to do something: a completion, a hearing, a condition, an invitation's answer."""

PLANNED: Final = Reach(back=10 * _YEAR, ahead=3 * _YEAR)
"""When something begins: an offer's prices, free places, an information session."""

AGREED: Final = Reach(back=10 * _YEAR, ahead=10 * _YEAR)
"""The first and last day of an agreement or an offer, and of what is looked for or reckoned."""

_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})\s?([./])\s?([0-9]{1,2})\s?\2\s?([0-9]{4}|[0-9]{2})\.?")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")


class NoDay(ValueError):
    """A text is no day; `code` is `form`, `calendar` (31.2.) or `year` (too far back or ahead)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_day(written: str | date, reach: Reach | None = None, *, today: date | None = None) -> date:
    """The day of a text: `1.2.2027`, `1.2.27`, `01/02/2027` (the day first), `2027-02-01`; two digits are 20xx.

    Blanks around the points and a point at the end, which telephones put there by themselves, change nothing.

    A spreadsheet's own date is taken as it is. With `reach`, the day must lie within it around `today`. Raises NoDay.
    """
    if isinstance(written, date):
        return _within(written, reach, today)
    text = written.strip()
    if found := _DAY_FIRST.fullmatch(text):
        day, month, year = int(found[1]), int(found[3]), int(found[4])
        year += 2000 if len(found[4]) == 2 else 0
    elif found := _YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    else:
        raise NoDay("form")
    try:
        return _within(date(year, month, day), reach, today)
    except NoDay:
        raise
    except ValueError as error:
        raise NoDay("year" if year == 0 else "calendar") from error


def may_be_month_first(text: str) -> bool:
    """Whether another country would read another day: `01/02/2027` is 2 January where the month is written first."""
    found = _DAY_FIRST.fullmatch(text.strip())
    return (
        found is not None
        and found[2] == "/"
        and int(found[1]) <= 12
        and found[1].zfill(2) != found[3].zfill(2)
    )


def _within(day: date, reach: Reach | None, today: date | None) -> date:
    """The day itself. Raises NoDay when it lies too far back or ahead."""
    first, last = reach.around(today) if reach is not None and today is not None else (FIRST, LAST)
    if not first <= day <= last:
        raise NoDay("year")
    return day
