"""A day is read the same wherever it is written, and lies where days of the portal may lie."""

from __future__ import annotations

from datetime import date

import pytest

from marketplace.approvals.standing.rules import step_due
from marketplace.days import NoDay, read_day


@pytest.mark.parametrize(
    "typed", ["1.2.2027", "01.02.2027", "1.2.27", "1. 2. 2027", "01/02/2027", "1/2/27", "2027-02-01"]
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
