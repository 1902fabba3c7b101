"""The same answers the slow and plain way: every minute looked up by itself, holidays from Easter and the statutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from math import floor
from zoneinfo import ZoneInfo

from marketplace.money import Money
from marketplace.offers.pricing.rules import PriceList

HELSINKI = ZoneInfo("Europe/Helsinki")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Band:
    """A time band of a pilot: `start` after `end` is both ends of the same calendar day."""

    band: str
    days: tuple[str, ...]
    start: int
    end: int

    @property
    def spans(self) -> tuple[tuple[int, int], ...]:
        if self.start < self.end:
            return ((self.start, self.end),)
        return ((0, self.end), (self.start, 1440))

    def holds(self, minute: int) -> bool:
        if self.start < self.end:
            return self.start <= minute < self.end
        return minute >= self.start or minute < self.end


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    n = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * n) // 451
    month, day = divmod(h + n - 7 * m + 114, 31)
    return date(year, month, day + 1)


def first(weekday: int, not_before: date) -> date:
    """The first such weekday (Monday 0) from a day on."""
    return not_before + timedelta(days=(weekday - not_before.weekday()) % 7)


def holidays(year: int, *, aland: bool = False) -> set[date]:
    sunday = easter(year)
    fixed = [(1, 1), (1, 6), (5, 1), (12, 6), (12, 25), (12, 26), *([(6, 9)] if aland else [])]
    return {
        *(date(year, month, day) for month, day in fixed),
        *(sunday + timedelta(days=days) for days in (-2, 0, 1, 39, 49)),
        first(5, date(year, 6, 20)),
        first(5, date(year, 10, 31)),
    }


def eves(year: int) -> set[date]:
    return {easter(year) - timedelta(days=1), first(4, date(year, 6, 19)), date(year, 12, 24)}


@lru_cache
def kind(day: date, *, aland: bool = False) -> str:
    """The kind of a day by the statutes."""
    if day in holidays(day.year, aland=aland):
        return "holiday"
    if day.weekday() == 6:
        return "sun"
    return "eve" if day in eves(day.year) else WEEKDAYS[day.weekday()]


def in_force(lists: Sequence[PriceList], day: date) -> Mapping[str, Money]:
    return max((each for each in lists if each.valid_from <= day), key=lambda each: each.valid_from).prices


def band_of(local: datetime, bands: Collection[Band], day_kind: str) -> str:
    if day_kind == "eve" and not any("eve" in row.days for row in bands):
        day_kind = WEEKDAYS[local.weekday()]
    minute = local.hour * 60 + local.minute
    (found,) = [row.band for row in bands if day_kind in row.days and row.holds(minute)]
    return found


def minute_by_minute(
    lists: Sequence[PriceList],
    bands: Collection[Band],
    start: datetime,
    end: datetime,
    *,
    aland: bool = False,
) -> dict[tuple[str, Money], tuple[int, Money]]:
    """(band, price of an hour) → (minutes, amount), every minute that passes priced by itself."""
    minutes: dict[tuple[str, Money], int] = {}
    moment, until = start.astimezone(UTC), end.astimezone(UTC)
    while moment < until:
        local = moment.astimezone(HELSINKI)
        band = band_of(local, bands, kind(local.date(), aland=aland))
        line = band, in_force(lists, local.date())[band]
        minutes[line] = minutes.get(line, 0) + 1
        moment += timedelta(minutes=1)
    return {line: (spent, rounded(line[1], spent)) for line, spent in minutes.items()}


def rounded(price: Money, minutes: int) -> Money:
    """Half up, by fractions."""
    return Money(floor(Fraction(price.cents * minutes, 60) + Fraction(1, 2)))
