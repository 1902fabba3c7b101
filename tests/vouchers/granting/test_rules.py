"""Days, periods and what a value buys, each rule as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Conflict
from marketplace.ledger.rules import Amount, Unit
from marketplace.money import Money
from marketplace.vouchers.granting import rules
from marketplace.vouchers.granting.rules import (
    DECISION,
    BadAmount,
    Carry,
    Consumer,
    DecisionAction,
    DecisionKind,
    DecisionStanding,
    DecisionState,
    Every,
    FeeGround,
    Fit,
    LineFacts,
    Prices,
    standing_on,
)
from tests.vouchers.granting.conftest import FACTS, LINE, changed

EUROS = replace(LINE, amount=Amount(Unit.CENTS, 1000_00))


@pytest.mark.parametrize(
    ("state", "day", "expected"),
    [
        (DecisionState.MADE, date(2026, 11, 30), DecisionStanding.TO_BEGIN),
        (DecisionState.MADE, date(2026, 12, 1), DecisionStanding.RUNNING),
        (DecisionState.MADE, date(2027, 11, 30), DecisionStanding.RUNNING),
        (DecisionState.MADE, date(2027, 12, 1), DecisionStanding.OVER),
        (DecisionState.REPLACED, date(2027, 3, 1), DecisionStanding.REPLACED),
        (DecisionState.REPLACED, date(2027, 12, 1), DecisionStanding.OVER),
    ],
)
def test_how_a_made_decision_stands_on_a_day(
    state: DecisionState, day: date, expected: DecisionStanding
) -> None:
    assert standing_on(state, date(2026, 12, 1), date(2027, 11, 30), day) is expected


@pytest.mark.parametrize("state", DecisionState)
@pytest.mark.parametrize("action", DecisionAction)
def test_every_action_in_every_state_follows_the_table(state: DecisionState, action: DecisionAction) -> None:
    leads = {
        (DecisionState.DRAFT, DecisionAction.PROPOSE): DecisionState.PROPOSED,
        (DecisionState.DRAFT, DecisionAction.DISCARD): DecisionState.DISCARDED,
        (DecisionState.PROPOSED, DecisionAction.MAKE): DecisionState.MADE,
        (DecisionState.PROPOSED, DecisionAction.RETURN): DecisionState.DRAFT,
        (DecisionState.MADE, DecisionAction.REPLACE): DecisionState.REPLACED,
    }
    if (state, action) in leads:
        assert DECISION.next(state, action) is leads[state, action]
    else:
        with pytest.raises(Conflict):
            DECISION.next(state, action)


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("850,50", Unit.CENTS, 850_50),
        ("1 200", Unit.CENTS, 1200_00),
        ("30", Unit.MINUTES, 1800),
        ("30,5", Unit.MINUTES, 1830),
        ("0.25", Unit.MINUTES, 15),
    ],
)
def test_amounts_are_read_and_written_back_the_same(text: str, unit: Unit, number: int) -> None:
    amount = rules.read_amount(text, unit)
    assert amount == Amount(unit, number)
    assert rules.read_amount(rules.as_typed(amount), unit) == amount


@pytest.mark.parametrize(
    ("text", "unit", "code"),
    [
        ("850,505", Unit.CENTS, "sub_cent"),
        ("-5", Unit.CENTS, "negative"),
        ("0", Unit.CENTS, "nothing"),
        ("paljon", Unit.MINUTES, "not_hours"),
        ("-3", Unit.MINUTES, "not_hours"),
        ("NaN", Unit.MINUTES, "not_hours"),
        ("Infinity", Unit.MINUTES, "not_hours"),
        ("999999999", Unit.MINUTES, "too_many"),
        ("0,333", Unit.MINUTES, "no_minutes"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, unit: Unit, code: str) -> None:
    with pytest.raises(BadAmount) as refused:
        rules.read_amount(text, unit)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({}, []),
        ({"ends_on": date(2026, 11, 30)}, [("ends_on", "before_start")]),
        ({"ends_on": date(2029, 11, 30)}, []),
        ({"ends_on": date(2029, 12, 1)}, [("ends_on", "too_long")]),
        ({"applied_on": date(2026, 11, 23)}, [("applied_on", "in_the_future")]),
        ({"voucher_accepted_on": date(2026, 11, 23)}, [("voucher_accepted_on", "in_the_future")]),
        (
            {"ends_on": date(2026, 11, 30), "applied_on": date(2026, 11, 23)},
            [("ends_on", "before_start"), ("applied_on", "in_the_future")],
        ),
    ],
)
def test_the_days_of_a_decision(values: dict[str, object], faults: list[rules.Fault]) -> None:
    assert list(rules.period_faults(changed(**values), date(2026, 11, 22))) == faults


def test_a_proposal_is_told_everything_that_it_lacks() -> None:
    bare = changed(grounds=" ", voucher_accepted_on=None, consumer=Consumer.WITH_SUPPORT)
    assert rules.proposal_faults(DecisionKind.GRANT, bare, []) == [
        ("grounds", "no_grounds"),
        ("voucher_accepted_on", "no_consent"),
        ("supporter", "no_supporter"),
        ("lines", "no_lines"),
    ]
    assert rules.proposal_faults(DecisionKind.END, changed(voucher_accepted_on=None), []) == []
    not_able = changed(consumer=Consumer.NOT_ABLE)
    assert rules.proposal_faults(DecisionKind.GRANT, not_able, [LINE]) == [("consumer", "not_able")]
    assert rules.proposal_faults(DecisionKind.GRANT, FACTS, [LINE]) == []


@pytest.mark.parametrize(
    ("line", "kinds", "hourly", "fault"),
    [
        (LINE, ("euros", "hours"), True, None),
        (LINE, ("euros",), True, ("unit", "not_hours")),
        (EUROS, ("hours",), True, ("unit", "not_euros")),
        (LINE, ("hours",), False, ("unit", "no_hours")),
        (EUROS, ("euros",), False, None),
        (
            replace(LINE, every=Every.PERIOD, carry=Carry.PERIOD),
            ("hours",),
            True,
            ("carry", "nothing_to_carry"),
        ),
    ],
)
def test_what_a_line_may_be(
    line: rules.LineFacts, kinds: tuple[str, ...], hourly: bool, fault: rules.Fault | None
) -> None:
    assert rules.line_fault(line, kinds, hourly) == fault


@pytest.mark.parametrize(
    ("day", "fault"),
    [
        (date(2027, 3, 1), None),
        (date(2027, 3, 2), ("starts_on", "mid_month")),
        (date(2026, 12, 1), ("starts_on", "outside")),
        (date(2027, 12, 1), ("starts_on", "outside")),
    ],
)
def test_a_change_begins_with_a_month_of_the_decision(day: date, fault: rules.Fault | None) -> None:
    assert rules.first_day_fault(day, (FACTS.starts_on, FACTS.ends_on)) == fault


@pytest.mark.parametrize(
    ("applied", "due"),
    [
        (date(2026, 10, 15), date(2027, 1, 15)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
    ],
)
def test_a_decision_is_due_three_months_after_the_application(applied: date, due: date) -> None:
    assert rules.due_on(applied) == due


@pytest.mark.parametrize(
    ("first", "last", "shares"),
    [
        (date(2027, 1, 1), date(2027, 3, 31), [600, 600, 600]),
        (date(2028, 2, 15), date(2028, 3, 1), [311, 20]),  # 15 of 29 days of a leap February, and one of 31
        (date(2026, 12, 31), date(2027, 1, 1), [20, 20]),  # over the new year
    ],
)
def test_a_month_that_is_not_whole_has_its_share(first: date, last: date, shares: list[int]) -> None:
    found = rules.periods(Every.MONTH, Amount(Unit.MINUTES, 600), first, last)
    assert [each.granted.number for each in found] == shares


@given(st.dates(date(2026, 1, 1), date(2030, 1, 1)), st.integers(0, 900), st.integers(1, 10**7))
def test_the_periods_cover_the_decision_without_gap_and_give_no_less_than_the_days_do(
    first: date, length: int, amount: int
) -> None:
    last = first + timedelta(days=length)
    found = rules.periods(Every.MONTH, Amount(Unit.CENTS, amount), first, last)
    assert (found[0].first, found[-1].last) == (first, last)
    assert all(later.first == earlier.last + timedelta(days=1) for earlier, later in pairwise(found))
    assert all(0 < each.granted.number <= amount for each in found)
    assert len({each.key for each in found}) == len(found)


@pytest.mark.parametrize(
    ("last", "until"),
    [
        (date(2026, 12, 31), date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 2, 28)),
        (date(2028, 1, 31), date(2028, 2, 29)),
    ],
)
def test_what_is_unused_returns_after_the_next_month(last: date, until: date) -> None:
    assert rules.returns_on(last) == until


def test_what_is_told_late_is_kept_two_weeks_longer() -> None:
    last, returns = date(2026, 10, 31), date(2026, 11, 30)
    assert rules.kept_until(last, date(2026, 11, 3)) == returns
    assert rules.kept_until(last, date(2026, 11, 17)) == returns
    assert rules.kept_until(last, date(2026, 12, 3)) == date(2026, 12, 16)
    assert not rules.may_return(date(2026, 12, 16), last, date(2026, 12, 3))
    assert rules.may_return(date(2026, 12, 17), last, date(2026, 12, 3))
    assert not rules.may_return(date(2027, 12, 17), last, None)


@pytest.mark.parametrize(
    ("carry", "left", "own", "moved"),
    [
        (Carry.NONE, 300, 600, 0),
        (Carry.NEXT_MONTH, 300, 600, 300),
        (Carry.NEXT_MONTH, 900, 600, 600),  # 300 came from the month before and are not carried again
        (Carry.PERIOD, 900, 600, 900),
    ],
)
def test_what_is_carried_over(carry: Carry, left: int, own: int, moved: int) -> None:
    assert rules.carried(carry, left, own) == moved


def prices(unit: str, *amounts: int) -> Prices:
    return Prices(unit, tuple(Money(each * 100) for each in amounts))


def test_a_line_in_hours_is_enough_where_the_value_covers_the_price() -> None:
    line = replace(LINE, unit_value=Money(35_00))
    asked = {"day": prices("h", 34, 35, 36), "night": prices("h", 50), "trip": prices("trip", 20)}
    assert rules.fits(line, asked) == [
        Fit("day", "h", 3, 2, Decimal(30), Decimal(30)),
        Fit("night", "h", 1, 0, Decimal(0), Decimal(0)),
    ]
    assert [fit.warns for fit in rules.fits(line, asked)] == [True, True]
    assert not rules.fits(LINE, {"day": prices("h", 99)})[0].warns


def test_who_is_full_is_counted_apart_and_no_reason_to_warn() -> None:
    line = replace(LINE, unit_value=Money(35_00))
    asked = {"day": Prices("h", (Money(34_00),), full=2), "night": Prices("h", (), full=1)}
    day, night = rules.fits(line, asked)
    assert (day.providers, day.enough, day.full, day.warns) == (1, 1, 2, False)
    assert (night.providers, night.enough, night.full, night.warns) == (0, 0, 1, True)


def test_a_line_pays_for_its_bands_and_hours_only_for_what_is_by_the_hour() -> None:
    assert EUROS.pays("day", "h") and EUROS.pays("trip", "trip")  # noqa: PT018
    assert LINE.pays("day", "h") and not LINE.pays("trip", "trip")  # noqa: PT018
    assert not replace(LINE, bands=("night",)).pays("day", "h")


@pytest.mark.parametrize("line", [LINE, EUROS])
def test_above_the_value_the_decision_warns_and_only_an_own_share_buys_more(line: LineFacts) -> None:
    valued = replace(line, unit_value=Money(35_00), fee_ground=FeeGround.FREE_BY_LAW)
    shared = replace(valued, fee_ground=FeeGround.FIXED_FEE)
    assert [rules.fits(each, {"day": prices("h", 40)})[0].enough for each in (valued, shared)] == [0, 0]
    assert rules.bought_at(valued, "h", Money(40_00)) == 0
    assert rules.bought_at(shared, "h", Money(40_00)) == rules.bought_at(line, "h", Money(35_00))


def test_a_line_in_euros_buys_what_the_prices_allow_in_the_bands_that_are_allowed() -> None:
    line = replace(EUROS, bands=("day", "trip"))
    asked = {"day": prices("h", 30, 40), "night": prices("h", 50), "trip": prices("trip", 30, 2000)}
    assert rules.fits(line, asked) == [
        Fit("day", "h", 2, 2, Decimal(25), Decimal(33)),
        Fit("trip", "trip", 2, 1, Decimal(33), Decimal(33)),
    ]
    assert rules.middle_price(asked["day"]) == Money(35_00)
