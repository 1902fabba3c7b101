"""When keeping a client's data ends."""

from __future__ import annotations

from datetime import date


def years_before(day: date, years: int) -> date:
    """The same day so many years before; of a leap day the last of February."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def is_over(last_day: date | None, keep_years: int, today: date) -> bool:
    """Whether data of a client whose last pilot ended on `last_day` (None: never) have been kept long enough."""
    return last_day is not None and last_day < years_before(today, keep_years)
