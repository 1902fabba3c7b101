"""A day is read the same wherever it is written, and lies where days of the portal may lie."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from marketplace import days
from marketplace.approvals.standing.rules import step_due
from marketplace.days import NoDay, Reach, read_day


@pytest.mark.parametrize(
    "typed",
    [
        "1.2.2027",
        "01.02.2027",
        "1.2.27",
        "1. 2. 2027",
        "1 . 2 . 2027",
        "1.2.2027.",
        "01/02/2027",
        "1/2/27",
        "2027-02-01",
        "2027-2-1",
    ],
)
def test_every_way_of_writing_gives_the_same_day(typed: str) -> None:
    assert read_day(typed) == date(2027, 2, 1)


@pytest.mark.parametrize(
    ("typed", "code"),
    [("31.2.2027", "calendar"), ("1.13.2027", "calendar"), ("31.12.9999", "year"), ("1.1.0001", "year"),
     ("1.1.0000", "year"), ("1899-12-31", "year"), ("1.2.027", "form"), ("1.2/2027", "form"), ("20270201", "form"),
     ("soon", "form"), ("", "form")],
)  # fmt: skip
def test_what_is_no_day_is_told_apart(typed: str, code: str) -> None:
    with pytest.raises(NoDay) as refusal:
        read_day(typed)
    assert refusal.value.code == code


def test_a_proof_until_the_end_of_time_stops_no_reminders() -> None:
    assert step_due(date(9999, 12, 30), date(2026, 11, 29), (-30, 0, 14)) is None


TODAY = date(2026, 11, 29)
REACHES = [each for each in vars(days).values() if isinstance(each, Reach)]


@pytest.mark.parametrize("reach", REACHES)
@pytest.mark.parametrize("today", [TODAY, days.FIRST, days.LAST])
def test_a_day_lies_within_reach_of_today_and_never_outside_the_calendar(reach: Reach, today: date) -> None:
    first, last = reach.around(today)
    assert days.FIRST <= first <= today <= last <= days.LAST
    for inside in (first, last):
        assert read_day(inside.isoformat(), reach, today=today) == inside
    for outside in (first - timedelta(days=1), last + timedelta(days=1)):
        with pytest.raises(NoDay, match="year"):
            read_day(outside.isoformat(), reach, today=today)


@pytest.mark.parametrize(
    ("reach", "typed"),
    [(days.BEGAN, "1.1.2029"), (days.HOLDS_UNTIL, "30.12.2099"), (days.DUE, "31.12.2039"), (days.PLANNED, "1.1.2032"),
     (days.AGREED, "31.12.2099"), (days.DUE, "1.3.2002")],
)  # fmt: skip
def test_a_slip_of_the_hand_is_no_day_of_its_use(reach: Reach, typed: str) -> None:
    with pytest.raises(NoDay, match="year"):
        read_day(typed, reach, today=TODAY)
