"""What a delivery must keep to, what it costs, and where it can go: pure rules, tried one by one and all together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.deliveries.forms import times_of
from marketplace.deliveries.rules import (
    CHECKS,
    DELIVERY,
    DeliveryAction,
    DeliveryFacts,
    DeliveryFlaw,
    DeliveryKind,
    DeliveryState,
    Price,
    Quantity,
    Said,
    Times,
    faults,
    price,
)
from marketplace.money import Money
from marketplace.offers.pricing.days import calendar_of
from marketplace.offers.pricing.rules import BadQuantity, MissingBand

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SAID = Said(DeliveryKind.GIVEN, Times(START, START + timedelta(hours=2)), "Aamutoimet")
FACTS = DeliveryFacts(
    now=NOW,
    today=NOW.date(),
    day=date(2026, 11, 20),
    starts_on=date(2026, 11, 1),
    ends_on=None,
    approved=True,
    oldest=date(2026, 9, 21),
    begins=START,
    cancellation_hours=24,
    cancellation_percent=100,
    client_is_elsewhere=False,
    worker_is_elsewhere=False,
)
LATE = replace(SAID, kind=DeliveryKind.CANCELLED_LATE, cancelled_at=START - timedelta(hours=3))

CASES = {
    DeliveryFlaw.NO_ACTIVITY: (replace(SAID, activity=""), FACTS),
    DeliveryFlaw.TOO_LONG_TEXT: (replace(SAID, activity="x" * 201), FACTS),
    DeliveryFlaw.ENDS_FIRST: (replace(SAID, measure=Times(START, START)), FACTS),
    DeliveryFlaw.TOO_LONG: (
        replace(SAID, measure=Times(START, START + timedelta(hours=24, minutes=1))),
        FACTS,
    ),
    DeliveryFlaw.IN_FUTURE: (replace(SAID, measure=Times(START, NOW + timedelta(minutes=1))), FACTS),
    DeliveryFlaw.NO_CANCELLED_AT: (replace(LATE, cancelled_at=None), FACTS),
    DeliveryFlaw.CANCELLED_IN_TIME: (replace(LATE, cancelled_at=START - timedelta(hours=24)), FACTS),
    DeliveryFlaw.BEFORE_AGREEMENT: (SAID, replace(FACTS, starts_on=date(2026, 11, 21))),
    DeliveryFlaw.AFTER_AGREEMENT: (SAID, replace(FACTS, ends_on=date(2026, 11, 19))),
    DeliveryFlaw.TOO_OLD: (SAID, replace(FACTS, oldest=date(2026, 11, 21))),
    DeliveryFlaw.NOT_APPROVED: (SAID, replace(FACTS, approved=False)),
    DeliveryFlaw.NO_CANCELLATION: (LATE, replace(FACTS, cancellation_percent=0)),
    DeliveryFlaw.CLIENT_ELSEWHERE: (SAID, replace(FACTS, client_is_elsewhere=True)),
    DeliveryFlaw.WORKER_ELSEWHERE: (SAID, replace(FACTS, worker_is_elsewhere=True)),
}


def test_a_delivery_that_keeps_to_everything_has_no_fault() -> None:
    assert faults(SAID, FACTS) == ()


def test_every_check_has_its_case() -> None:
    assert {fault for fault, _check in CHECKS} == set(CASES)


@pytest.mark.parametrize("fault", CASES)
def test_each_fault_is_found(fault: DeliveryFlaw) -> None:
    assert fault in faults(*CASES[fault])


def test_everything_that_is_wrong_is_told_at_once() -> None:
    facts = replace(FACTS, approved=False, ends_on=date(2026, 11, 19))
    assert faults(replace(SAID, activity=""), facts) == (
        DeliveryFlaw.NO_ACTIVITY,
        DeliveryFlaw.AFTER_AGREEMENT,
        DeliveryFlaw.NOT_APPROVED,
    )


def test_a_cancelled_visit_keeps_no_worker_from_another() -> None:
    facts = replace(FACTS, worker_is_elsewhere=True)
    assert faults(LATE, facts) == ()


def test_the_first_and_last_day_of_the_agreement_count() -> None:
    facts = replace(FACTS, starts_on=FACTS.day, ends_on=FACTS.day, oldest=FACTS.day)
    assert faults(SAID, facts) == ()


# --- what it costs ---------------------------------------------------------------------------------------------------

HOURLY = {"weekday_day": Price("h", Money(3600), "EX")}
EVERYTHING = calendar_of(())


def test_a_quantity_costs_its_price_in_the_unit_that_was_agreed() -> None:
    said = replace(SAID, measure=Quantity(START.date(), "kilometre", Decimal("12.5")))
    found = price(
        said,
        {"kilometre": Price("km", Money(190), "R1")},
        EVERYTHING,
        minimum_minutes=None,
        cancellation_percent=100,
    )
    [line] = found.lines
    assert (line.unit, line.quantity, line.amount, line.vat_code) == (
        "km",
        Decimal("12.5"),
        Money(2375),
        "R1",
    )


def test_an_hour_is_not_priced_by_quantity_and_time_needs_a_band() -> None:
    said = replace(SAID, measure=Quantity(START.date(), "weekday_day", Decimal(1)))
    with pytest.raises(KeyError):
        price(said, HOURLY, EVERYTHING, minimum_minutes=None, cancellation_percent=100)
    with pytest.raises(Exception, match="no_band"):
        price(SAID, HOURLY, EVERYTHING, minimum_minutes=None, cancellation_percent=100)


def test_a_quantity_finer_than_a_hundredth_is_refused() -> None:
    said = replace(SAID, measure=Quantity(START.date(), "kilometre", Decimal("0.001")))
    with pytest.raises(BadQuantity):
        price(
            said,
            {"kilometre": Price("km", Money(190), "R1")},
            EVERYTHING,
            minimum_minutes=None,
            cancellation_percent=100,
        )


@given(st.integers(1, 24 * 60), st.integers(0, 100), st.integers(1, 20_000))
def test_a_late_cancellation_is_its_share_of_the_price_and_never_more(
    minutes: int, percent: int, cents: int
) -> None:
    from marketplace.pilots.definition import DAYS, TimeBand

    band = TimeBand.model_validate({"band": "weekday_day", "days": DAYS, "from": "00:00", "to": "24:00"})
    calendar = calendar_of((band,))
    times = Times(START, START + timedelta(minutes=minutes))
    table = {"weekday_day": Price("h", Money(cents), "EX")}
    whole = price(
        replace(SAID, measure=times), table, calendar, minimum_minutes=30, cancellation_percent=percent
    )
    late = price(
        replace(LATE, measure=times), table, calendar, minimum_minutes=30, cancellation_percent=percent
    )
    assert late.total == whole.total.times(Decimal(percent) / 100)
    assert late.total <= whole.total
    assert (whole.shortest == 30) == (minutes < 30)


def test_a_time_without_a_price_is_refused() -> None:
    from marketplace.pilots.definition import DAYS, TimeBand

    band = TimeBand.model_validate({"band": "night", "days": DAYS, "from": "00:00", "to": "24:00"})
    with pytest.raises(MissingBand):
        price(SAID, HOURLY, calendar_of((band,)), minimum_minutes=None, cancellation_percent=100)


# --- where it can go -------------------------------------------------------------------------------------------------

ALLOWED = {
    (DeliveryState.RECORDED, DeliveryAction.CONFIRM),
    (DeliveryState.RECORDED, DeliveryAction.LAPSE),
    (DeliveryState.RECORDED, DeliveryAction.DISPUTE),
    (DeliveryState.RECORDED, DeliveryAction.WITHDRAW),
    (DeliveryState.DISPUTED, DeliveryAction.CONFIRM),
    (DeliveryState.DISPUTED, DeliveryAction.UPHOLD),
    (DeliveryState.DISPUTED, DeliveryAction.REJECT),
    (DeliveryState.DISPUTED, DeliveryAction.WITHDRAW),
    (DeliveryState.CONFIRMED, DeliveryAction.REVERSE),
}


@pytest.mark.parametrize("state", DeliveryState)
@pytest.mark.parametrize("action", DeliveryAction)
def test_every_state_allows_what_the_table_says(state: DeliveryState, action: DeliveryAction) -> None:
    assert DELIVERY.allows(state, action) == ((state, action) in ALLOWED)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [(600, 720, 2), (1320, 420, 9), (1080, 600, 16), (1080, 601, -8), (600, 540, -1), (600, 600, 0)],
)
def test_an_end_before_the_beginning_is_a_night_or_a_slip(start: int, end: int, hours: int) -> None:
    times = times_of(date(2026, 11, 20), start, end)
    assert (times.end - times.start) // timedelta(hours=1) == hours
