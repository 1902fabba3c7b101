"""Which kind of day a date is in Finland: the only place that speaks to the library of holidays.

A **holiday** is a church holiday, May Day or Independence Day, and in Åland its Autonomy Day (9 June). An **eve** is
Easter Saturday, Midsummer Eve or Christmas Eve: the three eves that the Annual Holidays Act (162/2005 § 4) takes out of
the working days together with the holidays. The library counts Midsummer Eve and Christmas Eve as holidays and does not
know Easter Saturday; they are told apart here.

A holiday goes before a Sunday and a Sunday before an eve: when Christmas Eve is a Sunday, it is priced as the Sunday.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache, partial
from typing import Final, Literal

from holidays import country_holidays

from marketplace.offers.pricing.bands import BandCalendar
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import DAYS, DayKind, TimeBand


class Region(StrEnum):
    """Where holidays are the same; ISO 3166 codes."""

    MAINLAND = "FI"
    ALAND = "AX"


_ALAND_COUNTY: Final = "91"  # of counties.csv
_SUBDIVISIONS: Final = {Region.MAINLAND: None, Region.ALAND: "01"}  # ISO 3166-2:FI
_EVES: Final = frozenset({"Juhannusaatto", "Jouluaatto"})
_EASTER: Final = "Pääsiäispäivä"


def region_of(municipality: str) -> Region:
    """The region of a municipality by its code. Raises KeyError for an unknown code."""
    in_aland = vocabulary.municipality(municipality).county == _ALAND_COUNTY
    return Region.ALAND if in_aland else Region.MAINLAND


@lru_cache(maxsize=256)
def _named_days(year: int, region: Region) -> Mapping[date, Literal["holiday", "eve"]]:
    """The holidays and eves of a year."""
    known = country_holidays("FI", years=year, subdiv=_SUBDIVISIONS[region], language="fi")
    kinds: dict[date, Literal["holiday", "eve"]] = {}
    for day in known:
        names = known.get_list(day)
        kinds[day] = "eve" if _EVES.intersection(names) else "holiday"
        if _EASTER in names:
            kinds[day - timedelta(days=1)] = "eve"
    return kinds


@lru_cache(maxsize=8192)
def day_kind(day: date, region: Region = Region.MAINLAND) -> DayKind:
    """The kind of a day: `holiday`, else `sun`, else `eve`, else the weekday `mon` … `sat`."""
    weekday = DAYS[day.weekday()]
    named = _named_days(day.year, region).get(day)
    return weekday if named is None or (named == "eve" and weekday == "sun") else named


_OFF: Final = frozenset({"sat", "sun", "holiday", "eve"})


def is_day_off(day: date) -> bool:
    """Whether the last day of a time set by law moves on past this one: Saturdays, Sundays, public holidays,
    Midsummer Eve and Christmas Eve (Act 150/1930 § 5).
    """
    return day_kind(day) in _OFF


@lru_cache(maxsize=64)
def calendar_of(time_bands: tuple[TimeBand, ...], region: Region = Region.MAINLAND) -> BandCalendar:
    """The bands of every moment by a pilot's `definition.time_bands` in a region; made once and kept."""
    return BandCalendar(time_bands, partial(day_kind, region=region))
