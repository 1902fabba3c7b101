"""What a stretch of time costs: examples to the cent, and the same as minute by minute for any stretch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.money import Money
from marketplace.offers.pricing.bands import HELSINKI, BandCalendar
from marketplace.offers.pricing.days import Region, calendar_of, day_kind
from marketplace.offers.pricing.rules import (
    BadInterval,
    Cost,
    MissingBand,
    NoBand,
    NoVersion,
    PriceHistory,
    PriceLine,
    PriceList,
    amount_for,
    cost,
)
from marketplace.offers.rules import VersionState, version_in_force
from marketplace.pilots.content import DEFINITIONS, definition_files
from marketplace.pilots.loading import read_definition
from tests.offers.pricing.reference import Band, minute_by_minute, rounded

SHIPPED = read_definition(DEFINITIONS / "hb-2016.yaml").time_bands
PRICES = {
    "weekday_day": Money(3000),
    "weekday_evening": Money(3450),
    "saturday": Money(3750),
    "sunday_holiday": Money(6000),
    "night": Money(3755),
}


def at(text: str, fold: int = 0) -> datetime:
    """A moment by the clock in Finland."""
    return datetime.fromisoformat(text).replace(tzinfo=HELSINKI, fold=fold)


def priced(start: str, end: str, region: Region = Region.MAINLAND) -> Cost:
    return cost(PRICES, calendar_of(SHIPPED, region), at(start), at(end))


def test_friday_evening_to_saturday_morning_is_split_by_band() -> None:
    assert priced("2026-11-20 21:30", "2026-11-21 08:15").lines == (
        PriceLine("weekday_evening", 30, Money(3450), Money(1725)),
        PriceLine("night", 9 * 60, Money(3755), Money(33795)),
        PriceLine("saturday", 75, Money(3750), Money(4688)),  # 46,875 €
    )
    assert priced("2026-11-20 21:30", "2026-11-21 08:15").total == Money(40208)


def test_a_line_is_rounded_once_over_all_its_minutes() -> None:
    both_ends = priced("2026-11-23 06:59", "2026-11-23 22:01")
    night = next(line for line in both_ends.lines if line.band == "night")
    assert (night.minutes, night.amount) == (2, Money(125))  # 2 × 62,58 rounded each by itself would be 126


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-03-28 22:00", "2026-03-29 07:00", 8 * 60),
        ("2026-10-24 22:00", "2026-10-25 07:00", 10 * 60),
        ("2026-11-21 22:00", "2026-11-22 07:00", 9 * 60),
    ],
)
def test_the_hours_that_pass_are_paid_when_clocks_change(start: str, end: str, minutes: int) -> None:
    assert priced(start, end).lines == (
        PriceLine("night", minutes, Money(3755), Money(round(3755 * minutes / 60))),
    )


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    calendar = calendar_of(SHIPPED)
    first, second = at("2026-10-25 03:30"), at("2026-10-25 03:30", fold=1)
    assert cost(PRICES, calendar, first, second).minutes == 60


def test_a_band_that_begins_in_the_changed_hour_goes_by_the_wall_clock() -> None:
    week = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
    halves = BandCalendar([Band("a", week, 0, 210), Band("b", week, 210, 1440)], day_kind)
    prices = {"a": Money(60), "b": Money(6000)}
    spring = cost(prices, halves, at("2026-03-29 00:00"), at("2026-03-29 05:00"))
    assert {line.band: line.minutes for line in spring.lines} == {"a": 180, "b": 60}
    autumn = cost(prices, halves, at("2026-10-25 00:00"), at("2026-10-25 05:00"))
    assert {line.band: line.minutes for line in autumn.lines} == {"a": 240, "b": 120}


@pytest.mark.parametrize(
    ("day", "region", "band"),
    [
        ("2026-12-24", Region.MAINLAND, "sunday_holiday"),
        ("2026-05-14", Region.MAINLAND, "sunday_holiday"),
        ("2026-06-09", Region.MAINLAND, "weekday_day"),
        ("2026-06-09", Region.ALAND, "sunday_holiday"),
    ],
)
def test_holidays_and_eves_decide_the_band(day: str, region: Region, band: str) -> None:
    assert [line.band for line in priced(f"{day} 10:00", f"{day} 11:00", region).lines] == [band]


def test_moments_of_another_zone_are_priced_by_the_finnish_clock() -> None:
    abroad = ZoneInfo("America/New_York")
    start, end = at("2026-11-20 21:30"), at("2026-11-21 08:15")
    expected = cost(PRICES, calendar_of(SHIPPED), start, end)
    assert cost(PRICES, calendar_of(SHIPPED), start.astimezone(abroad), end.astimezone(UTC)) == expected


def test_no_time_costs_nothing() -> None:
    assert priced("2026-11-20 21:30", "2026-11-20 21:30") == Cost(())
    assert Cost(()).total == Money(0)


@pytest.mark.parametrize(
    ("start", "end", "code"),
    [
        (at("2026-11-20 21:30"), at("2026-11-20 21:29"), "end_before_start"),
        (at("2026-11-20 21:30"), at("2027-11-22 21:30"), "too_long"),
        (at("1999-12-31 21:30"), at("2026-11-20 21:30"), "out_of_range"),
        (at("9999-12-31 21:30"), at("9999-12-31 22:30"), "out_of_range"),
        (at("2026-11-20 21:30:30"), at("2026-11-20 22:30"), "part_of_minute"),
        (at("2026-11-20 21:30"), at("2026-11-20 22:30:00.000001"), "part_of_minute"),
        (datetime(2026, 11, 20, 21, 30), at("2026-11-20 22:30"), "no_zone"),  # noqa: DTZ001 - the mistake meant
        (at("2026-11-20 21:30"), datetime(2026, 11, 20, 22, 30), "no_zone"),  # noqa: DTZ001 - the mistake meant
    ],
)
def test_an_interval_that_makes_no_sense_is_refused(start: datetime, end: datetime, code: str) -> None:
    with pytest.raises(BadInterval) as refused:
        cost(PRICES, calendar_of(SHIPPED), start, end)
    assert refused.value.code == code


def test_a_band_without_a_price_is_named_with_its_moment() -> None:
    prices = {band: price for band, price in PRICES.items() if band != "night"}
    with pytest.raises(MissingBand, match="missing_band: night 2026-11-20 22:00") as missing:
        cost(prices, calendar_of(SHIPPED), at("2026-11-20 21:30"), at("2026-11-21 08:15"))
    assert (missing.value.band, missing.value.moment) == ("night", at("2026-11-20 22:00"))


def test_a_moment_without_a_band_is_named() -> None:
    with pytest.raises(NoBand) as priceless:
        cost(PRICES, BandCalendar([], day_kind), at("2026-11-20 21:30"), at("2026-11-20 21:31"))
    assert priceless.value.moment == at("2026-11-20 21:30")
    morning = BandCalendar([Band("night", ("fri",), 0, 420)], day_kind)
    with pytest.raises(NoBand) as later:
        cost(PRICES, morning, at("2026-11-20 06:30"), at("2026-11-20 07:30"))
    assert later.value.moment == at("2026-11-20 07:00")


# --- prices that change ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    band: str
    unit: str
    amount: Money


@dataclass(frozen=True)
class Version:
    state: VersionState
    valid_from: date
    number: int
    prices: tuple[Row, ...] = ()
    minimum_minutes: int | None = None


def test_a_new_price_holds_from_midnight() -> None:
    raised = {**PRICES, "night": Money(4000)}
    history = PriceHistory([PriceList(date(2026, 11, 21), raised), PriceList(date(2026, 1, 1), PRICES)])
    calendar = calendar_of(SHIPPED)
    found = cost(history, calendar, at("2026-11-20 23:00"), at("2026-11-21 08:00"))
    assert found.lines == (
        PriceLine("night", 60, Money(3755), Money(3755)),
        PriceLine("night", 7 * 60, Money(4000), Money(28000)),
        PriceLine("saturday", 60, Money(3750), Money(3750)),
    )


def test_a_price_that_stays_the_same_makes_one_line_over_the_change() -> None:
    history = PriceHistory([PriceList(date(2026, 1, 1), PRICES), PriceList(date(2026, 11, 21), dict(PRICES))])
    found = cost(history, calendar_of(SHIPPED), at("2026-11-20 22:00"), at("2026-11-21 07:00"))
    assert [(line.band, line.minutes) for line in found.lines] == [("night", 9 * 60)]


def test_time_before_the_first_version_has_no_price() -> None:
    history = PriceHistory([PriceList(date(2026, 11, 21), PRICES)])
    with pytest.raises(NoVersion) as early:
        cost(history, calendar_of(SHIPPED), at("2026-11-20 23:00"), at("2026-11-21 08:00"))
    assert early.value.moment == at("2026-11-20 23:00")


def test_two_lists_from_the_same_day_are_refused() -> None:
    with pytest.raises(ValueError, match="same day"):
        PriceHistory([PriceList(date(2026, 11, 21), PRICES), PriceList(date(2026, 11, 21), {})])


def test_only_published_prices_of_an_hour_are_taken_from_versions() -> None:
    rows = (Row("night", "h", Money(4000)), Row("trip", "trip", Money(900)))
    history = PriceHistory.of(
        [
            Version(VersionState.PUBLISHED, date(2026, 1, 1), 1, rows),
            Version(VersionState.WAITING, date(2026, 2, 1), 2),
        ]
    )
    assert history.lists == (PriceList(date(2026, 1, 1), {"night": Money(4000)}),)


days = st.dates(date(2025, 1, 1), date(2027, 12, 31))
histories = st.lists(
    st.tuples(st.sampled_from(VersionState), days, st.integers(0, 9)),
    max_size=12,
).map(
    lambda rows: [
        Version(state, day, number, (Row("night", "h", Money(cents)),))
        for number, (state, day, cents) in enumerate(rows, 1)
    ]
)


@given(histories, days)
def test_at_most_one_version_and_one_price_is_live_whatever_the_history(
    versions: list[Version], day: date
) -> None:
    history = PriceHistory.of(versions)
    begins = [*(each.valid_from for each in history.lists), date.max]
    live = [each for each, end in zip(history.lists, begins[1:], strict=True) if each.valid_from <= day < end]
    assert len(live) <= 1
    in_force = version_in_force(versions, day)
    held = history.on(day)
    assert held == (live[0] if live else None)
    assert (held and held.prices) == (None if in_force is None else {"night": in_force.prices[0].amount})


@pytest.mark.parametrize(
    ("end", "minimum", "minutes", "charged"),
    [
        ("09:15", 120, 120, 120),
        ("11:00", 120, 120, None),
        ("11:15", 120, 135, None),
        ("09:00", 120, 0, None),
        ("09:15", None, 15, None),
    ],
)
def test_less_than_the_shortest_visit_costs_the_shortest_visit(
    end: str, minimum: int | None, minutes: int, charged: int | None
) -> None:
    calendar = calendar_of(SHIPPED)
    found = cost(PRICES, calendar, at("2026-11-23 09:00"), at(f"2026-11-23 {end}"), minimum_minutes=minimum)
    assert (found.minutes, found.shortest) == (minutes, charged)
    history = PriceHistory([PriceList(date(2026, 1, 1), PRICES, minimum)])
    assert cost(history, calendar, at("2026-11-23 09:00"), at(f"2026-11-23 {end}")) == found


def test_the_shortest_visit_is_that_of_the_prices_in_force_when_the_visit_begins() -> None:
    history = PriceHistory(
        [PriceList(date(2026, 1, 1), PRICES, 60), PriceList(date(2026, 11, 24), PRICES, 180)]
    )
    calendar = calendar_of(SHIPPED)
    assert cost(history, calendar, at("2026-11-23 09:00"), at("2026-11-23 09:15")).minutes == 60
    assert cost(history, calendar, at("2026-11-24 09:00"), at("2026-11-24 09:15")).minutes == 180


# --- any stretch of time ---------------------------------------------------------------------------------------------

NOTABLE = [
    datetime(2026, 3, 29, 1, tzinfo=UTC),  # clocks go forward
    datetime(2026, 10, 25, 1, tzinfo=UTC),  # and back
    datetime(2026, 4, 3, 22, tzinfo=UTC),  # Easter
    datetime(2026, 5, 1, 10, tzinfo=UTC),  # May Day, the band changes on the eve
    datetime(2026, 6, 9, 10, tzinfo=UTC),  # Åland's Autonomy Day
    datetime(2026, 6, 19, 12, tzinfo=UTC),  # Midsummer
    datetime(2026, 12, 24, 12, tzinfo=UTC),  # Christmas
    datetime(2027, 1, 1, 0, tzinfo=UTC),
    datetime(2023, 12, 24, 12, tzinfo=UTC),  # Christmas Eve on a Sunday
]
ALL_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun", "holiday")
WEEKS: list[tuple[Band, ...]] = [
    tuple(Band(row.band, row.days, row.start, row.end) for row in SHIPPED),
    (  # eves as their weekdays; a boundary inside the hour that clocks change
        Band("weekday_day", ALL_DAYS[:5], 217, 1320),
        Band("saturday", ("sat",), 217, 1320),
        Band("sunday_holiday", ("sun", "holiday"), 217, 1320),
        Band("night", ALL_DAYS, 1320, 217),
    ),
    (  # eves by their own hours
        Band("weekday_day", ALL_DAYS[:6], 0, 1440),
        Band("sunday_holiday", ("sun", "holiday"), 0, 1440),
        Band("saturday", ("eve",), 0, 1080),
        Band("night", ("eve",), 1080, 1440),
    ),
]

starts = st.one_of(
    st.builds(
        lambda near, off: near + timedelta(minutes=off), st.sampled_from(NOTABLE), st.integers(-2000, 2000)
    ),
    st.integers(0, 3 * 366 * 1440).map(
        lambda minute: datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)
    ),
)
lengths = st.one_of(st.integers(0, 180), st.integers(0, 3000))
tables = st.fixed_dictionaries({band: st.integers(0, 20000).map(Money) for band in PRICES})
regions = st.sampled_from(list(Region))


@st.composite
def questions(draw: st.DrawFn) -> tuple[list[PriceList], datetime, datetime]:
    """A stretch of time and prices that may change at midnights inside it."""
    start = draw(starts)
    end = start + timedelta(minutes=draw(lengths))
    first = start.astimezone(HELSINKI).date()
    offsets = draw(st.lists(st.integers(0, 3), unique=True, max_size=2))
    changes = [date(2000, 1, 1), *(first + timedelta(days=offset) for offset in offsets)]
    zone = draw(st.sampled_from([UTC, HELSINKI, ZoneInfo("Asia/Kolkata")]))
    return [PriceList(day, draw(tables)) for day in changes], start.astimezone(zone), end.astimezone(zone)


@settings(max_examples=300, deadline=None)
@given(questions(), st.sampled_from(WEEKS), regions)
@example(
    ([PriceList(date(2000, 1, 1), PRICES)], at("2026-03-28 20:00"), at("2026-03-29 12:00")),
    WEEKS[1],
    Region.MAINLAND,
)
@example(
    ([PriceList(date(2000, 1, 1), PRICES)], at("2026-10-24 20:00"), at("2026-10-25 12:00")),
    WEEKS[1],
    Region.MAINLAND,
)
def test_the_cost_equals_a_minute_by_minute_reckoning(
    question: tuple[list[PriceList], datetime, datetime], week: tuple[Band, ...], region: Region
) -> None:
    lists, start, end = question
    calendar = BandCalendar(week, lambda day: day_kind(day, region))
    found = cost(PriceHistory(lists), calendar, start, end)
    assert {
        (line.band, line.unit_price): (line.minutes, line.amount) for line in found.lines
    } == minute_by_minute(lists, week, start, end, aland=region is Region.ALAND)
    assert found.minutes == (end.astimezone(UTC) - start.astimezone(UTC)) // timedelta(minutes=1)
    assert found.total == Money(sum(line.amount.cents for line in found.lines))


@settings(deadline=None)
@given(questions(), st.floats(0, 1), st.sampled_from(WEEKS))
def test_two_parts_cost_what_the_whole_costs_but_for_the_rounding_of_their_lines(
    question: tuple[list[PriceList], datetime, datetime], share: float, week: tuple[Band, ...]
) -> None:
    lists, start, end = question
    calendar, history = BandCalendar(week, day_kind), PriceHistory(lists)
    middle = start.astimezone(UTC) + int((end - start) / timedelta(minutes=1) * share) * timedelta(minutes=1)
    whole, before, after = (
        cost(history, calendar, *between) for between in ((start, end), (start, middle), (middle, end))
    )
    assert whole.minutes == before.minutes + after.minutes
    lines = len(whole.lines) + len(before.lines) + len(after.lines)
    assert 2 * abs(whole.total.cents - before.total.cents - after.total.cents) <= lines


@given(st.integers(0, 1_000_000_000).map(Money), st.integers(0, 366 * 1440))
def test_minutes_are_rounded_half_up_once(price: Money, minutes: int) -> None:
    assert amount_for(price, minutes) == rounded(price, minutes)


@pytest.mark.parametrize("path", definition_files(shipped=True), ids=lambda path: path.stem)
def test_every_minute_of_every_day_has_a_band_in_the_shipped_pilots(path: Path) -> None:
    calendar = calendar_of(read_definition(path).time_bands)
    year = [date(2026, 1, 1) + timedelta(days=number) for number in range(366)]
    assert not [day for day in year for _start, _end, band in calendar.pieces(day) if band is None]
