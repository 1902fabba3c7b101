"""The days between which facts are read, as the database understands them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from marketplace.i18n import HELSINKI


@dataclass(frozen=True, slots=True)
class Span:
    """The days from `first` to `last`, both of them in."""

    first: date
    last: date

    def holds(self, day: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Whether a date lies within it."""
        return day.between(self.first, self.last)

    def holds_moment(self, at: sa.SQLColumnExpression[Any]) -> sa.ColumnElement[bool]:
        """Whether a moment lies within it, by the clock of Helsinki."""
        begins = datetime.combine(self.first, time(), HELSINKI)
        return sa.and_(at >= begins, at < end_of(self.last))


def end_of(day: date) -> datetime:
    """The moment at which a day is over, by the clock of Helsinki."""
    return datetime.combine(day + timedelta(days=1), time(), HELSINKI)


def month_of(day: sa.SQLColumnExpression[Any]) -> tuple[sa.ColumnElement[int], sa.ColumnElement[int]]:
    """The year and the month of a date, to group by."""
    return sa.extract("year", day), sa.extract("month", day)
