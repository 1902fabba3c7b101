"""Holidays and eves against a calendar worked out from Easter and the statutes; the bands of a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace.offers.pricing.bands import BandCalendar
from marketplace.offers.pricing.days import Region, calendar_of, day_kind, region_of
from marketplace.pilots import vocabulary
from marketplace.pilots.definition import DAYS, TimeBand
from tests.offers.pricing.reference import Band, kind


@pytest.mark.parametrize("year", range(2000, 2100))
@pytest.mark.parametrize("region", Region)
def test_every_day_of_the_century_is_what_the_statutes_say(year: int, region: Region) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    told = {day: day_kind(day, region) for day in days}
    assert told == {day: kind(day, aland=region is Region.ALAND) for day in days}


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 4, 3), "holiday"),  # Good Friday
        (date(2026, 4, 4), "eve"),  # Easter Saturday
        (date(2026, 6, 19), "eve"),  # Midsummer Eve
        (date(2026, 6, 20), "holiday"),
        (date(2026, 12, 6), "holiday"),  # Independence Day on a Sunday
        (date(2026, 12, 24), "eve"),
        (date(2023, 12, 24), "sun"),  # Christmas Eve on a Sunday
        (date(2026, 12, 31), "thu"),  # New Year's Eve is a working day
        (date(2026, 4, 30), "thu"),  # so is the eve of May Day
    ],
)
def test_a_holiday_goes_before_a_sunday_and_a_sunday_before_an_eve(day: date, expected: str) -> None:
    assert day_kind(day) == expected


def test_autonomy_day_is_a_holiday_in_aland_only() -> None:
    assert day_kind(date(2026, 6, 9), Region.ALAND) == "holiday"
    assert day_kind(date(2026, 6, 9)) == "tue"


def test_a_municipality_is_on_the_mainland_or_in_aland() -> None:
    aland = [code for code in vocabulary.MUNICIPALITIES if region_of(code) is Region.ALAND]
    assert "478" in aland
    assert len(aland) == 16
    with pytest.raises(KeyError):
        region_of("999")


WHOLE = DAYS[:-2]


def bands_of(calendar: BandCalendar, day: date) -> list[str | None]:
    return [band for _start, _end, band in calendar.pieces(day)]


def test_an_eve_that_the_pilot_does_not_name_is_its_weekday() -> None:
    rows = (Band("weekday", WHOLE, 0, 1440), Band("red", ("holiday",), 0, 1440))
    calendar = BandCalendar(rows, day_kind)
    assert bands_of(calendar, date(2026, 12, 24)) == ["weekday"]
    assert bands_of(calendar, date(2026, 12, 25)) == ["red"]


def test_a_pilot_may_give_eves_a_band_of_their_own() -> None:
    rows = (
        Band("weekday", WHOLE, 0, 1440),
        Band("red", ("holiday",), 0, 1440),
        Band("morning", ("eve",), 0, 720),
        Band("eve", ("eve",), 720, 1440),
    )
    assert bands_of(BandCalendar(rows, day_kind), date(2026, 6, 19)) == ["morning", "eve"]


def test_a_minute_in_two_bands_is_refused() -> None:
    with pytest.raises(ValueError, match="mon at minute 600 belongs to two bands"):
        BandCalendar([Band("a", ("mon",), 0, 601), Band("b", ("mon",), 600, 1440)], day_kind)


def test_the_calendar_of_a_pilot_is_made_once_for_each_region() -> None:
    row = {"band": "night", "days": list(DAYS), "from": "00:00", "to": "24:00"}
    bands = (TimeBand.model_validate(row),)
    assert calendar_of(bands) is calendar_of((TimeBand.model_validate(row),))
    assert calendar_of(bands) is not calendar_of(bands, Region.ALAND)


@pytest.mark.parametrize(
    ("day", "minutes"),
    [(date(2026, 3, 29), 23 * 60), (date(2026, 10, 25), 25 * 60), (date(2026, 3, 30), 24 * 60)],
)
def test_a_day_is_as_long_as_it_is(day: date, minutes: int) -> None:
    calendar = BandCalendar([Band("all", WHOLE, 0, 1440)], day_kind)
    assert sum(end - start for start, end, _band in calendar.pieces(day)) == minutes
