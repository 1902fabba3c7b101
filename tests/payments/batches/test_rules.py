"""The tables whole, the digest, what stands out, and answers in any order."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import product
from statistics import median

import pytest
from holidays import financial_holidays
from hypothesis import given
from hypothesis import strategies as st

from marketplace.i18n import HELSINKI
from marketplace.money import Money
from marketplace.payments.batches.rules import (
    BATCH,
    LEFT_THE_PAYER,
    LIVE,
    OPEN,
    OUT,
    PAYABLE_AGAIN,
    PAYMENT,
    Anomaly,
    BatchAction,
    BatchState,
    Contradiction,
    PayeeHistory,
    PaymentAction,
    PaymentState,
    action_after,
    anomalies,
    bank_day_from,
    digest_of,
    is_bank_day,
    may_release,
    median_of,
    settling,
    shown_digest,
)
from marketplace.payments.rails.orders import Order, PaymentOutcome
from marketplace.workflow import NoSuchTransition
from tests.payments.orders import order, orders, payee, payment

TODAY = date(2026, 11, 22)


@given(numbers=st.lists(st.integers(0, 60), min_size=1))
def test_the_median_of_counted_numbers_is_that_of_the_numbers(numbers: list[int]) -> None:
    assert median_of(Counter(numbers)) == int(median(numbers) + 0.5)


def test_on_no_bank_day_is_the_payment_system_of_the_euro_area_closed() -> None:
    for year in range(2020, 2100):
        closed = financial_holidays("XECB", years=year)
        days = [date(year, 1, 1) + timedelta(days=each) for each in range(365)]
        assert not [day for day in days if is_bank_day(day) and (day in closed or day.weekday() > 4)]


@pytest.mark.parametrize(
    ("day", "paid_on"),
    [
        (date(2026, 11, 25), date(2026, 11, 25)),
        (date(2026, 11, 14), date(2026, 11, 16)),
        (date(2026, 12, 24), date(2026, 12, 28)),
        (date(2027, 1, 6), date(2027, 1, 7)),
        (date(2027, 3, 26), date(2027, 3, 30)),
    ],
)
def test_what_is_due_when_banks_rest_is_paid_on_the_next_bank_day(day: date, paid_on: date) -> None:
    assert bank_day_from(day) == paid_on


BATCH_TABLE = """
           change   check   release  cancel    write   send confirm   pay_partly  refuse
prepared   prepared checked released cancelled -       -    -         -           -
checked    prepared checked released cancelled -       -    -         -           -
released   prepared -       -        cancelled written sent -         -           -
written    -        -       -        -         -       sent -         -           -
sent       -        -       -        -         -       -    confirmed partly_paid refused
confirmed  -        -       -        -         -       -    -         partly_paid refused
partly_paid -       -       -        -         -       -    -         -           refused
refused    -        -       -        -         -       -    -         -           -
cancelled  -        -       -        -         -       -    -         -           -
"""

PAYMENT_TABLE = """
            send leave_out accept   transfer    pay  reject   return   bounce
waiting     sent left_out  -        -           -    -        -        -
sent        -    -         accepted transferred paid rejected -        -
accepted    -    -         -        -           paid rejected -        -
transferred -    -         -        -           paid -        returned -
paid        -    -         -        -           -    -        returned transferred
rejected    -    -         -        -           -    -        -        -
returned    -    -         -        -           -    -        -        -
left_out    -    -         -        -           -    -        -        -
"""


def table(text: str) -> dict[tuple[str, str], str]:
    """A table as people read it: state × action → state, `-` where there is none."""
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return {
        (line[0], action): target for line in lines for action, target in zip(head, line[1:], strict=True)
    }


def test_a_batch_goes_these_ways_and_no_others() -> None:
    wanted = table(BATCH_TABLE)
    assert len(wanted) == len(BatchState) * len(BatchAction)
    for state, action in product(BatchState, BatchAction):
        if wanted[state, action] == "-":
            with pytest.raises(NoSuchTransition):
                BATCH.next(state, action)
        else:
            assert BATCH.next(state, action) == wanted[state, action]


def test_a_payment_goes_these_ways_and_no_others() -> None:
    wanted = table(PAYMENT_TABLE)
    assert len(wanted) == len(PaymentState) * len(PaymentAction)
    for state, action in product(PaymentState, PaymentAction):
        if wanted[state, action] == "-":
            with pytest.raises(NoSuchTransition):
                PAYMENT.next(state, action)
        else:
            assert PAYMENT.next(state, action) == wanted[state, action]


def test_a_statement_is_payable_again_exactly_when_its_payment_is_neither_open_nor_paid() -> None:
    assert set(PaymentState) == LIVE | PAYABLE_AGAIN
    assert {PaymentState.REJECTED, PaymentState.RETURNED, PaymentState.LEFT_OUT} == PAYABLE_AGAIN
    for (state, _action), target in PAYMENT.table.items():
        assert state not in PAYABLE_AGAIN, "nothing leads back from where a statement may be paid anew"
        assert target != PaymentState.WAITING


def test_what_has_left_cannot_be_changed_cancelled_or_released() -> None:
    for state in OUT:
        assert not {BatchAction.CHANGE, BatchAction.CANCEL, BatchAction.RELEASE} & set(BATCH.actions(state))
    assert OPEN | OUT | {BatchState.CANCELLED} == set(BatchState)


# --- answers ---------------------------------------------------------------------------------------------------------


def told(state: PaymentState, *outcomes: PaymentOutcome) -> PaymentState:
    """Where a payment stands after these answers."""
    for outcome in outcomes:
        action = action_after(state, outcome)
        state = state if action is None else PAYMENT.next(state, action)
    return state


@given(st.lists(st.sampled_from(PaymentOutcome), max_size=8), st.integers(1, 5))
def test_the_same_answer_any_number_of_times_changes_nothing_more(
    outcomes: list[PaymentOutcome], times: int
) -> None:
    state = PaymentState.SENT
    for outcome in outcomes:
        try:
            state = told(state, outcome)
        except Contradiction:
            continue
        if outcome is not PaymentOutcome.TRANSFERRED:
            assert told(state, *[outcome] * times) == state


@pytest.mark.parametrize("late", [PaymentOutcome.ACCEPTED, PaymentOutcome.PAID])
def test_an_older_answer_after_a_newer_one_is_no_news(late: PaymentOutcome) -> None:
    returned = told(PaymentState.SENT, PaymentOutcome.ACCEPTED, PaymentOutcome.PAID, PaymentOutcome.RETURNED)
    assert told(returned, late) == PaymentState.RETURNED


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        (PaymentState.REJECTED, PaymentOutcome.PAID),
        (PaymentState.PAID, PaymentOutcome.REJECTED),
        (PaymentState.WAITING, PaymentOutcome.ACCEPTED),
        (PaymentState.WAITING, PaymentOutcome.PAID),
        (PaymentState.LEFT_OUT, PaymentOutcome.PAID),
        (PaymentState.REJECTED, PaymentOutcome.RETURNED),
    ],
)
def test_an_answer_that_contradicts_an_earlier_one_is_refused(
    state: PaymentState, outcome: PaymentOutcome
) -> None:
    with pytest.raises(Contradiction):
        action_after(state, outcome)


def test_a_payout_that_fails_takes_a_payment_back_to_stripe() -> None:
    assert told(PaymentState.PAID, PaymentOutcome.TRANSFERRED) == PaymentState.TRANSFERRED


@pytest.mark.parametrize(
    ("states", "action"),
    [
        ("paid paid", BatchAction.CONFIRM),
        ("paid left_out", BatchAction.CONFIRM),
        ("paid rejected", BatchAction.PAY_PARTLY),
        ("paid returned", BatchAction.PAY_PARTLY),
        ("rejected returned", BatchAction.REFUSE),
        ("paid sent", None),
        ("rejected accepted", None),
        ("paid transferred", None),
    ],
)
def test_a_batch_follows_its_payments(states: str, action: BatchAction | None) -> None:
    assert settling([PaymentState(each) for each in states.split()]) == action


# --- the digest ------------------------------------------------------------------------------------------------------


@given(orders())
def test_the_same_order_has_the_same_digest(made: Order) -> None:
    again = replace(made, payments=tuple(replace(each) for each in made.payments))
    assert digest_of(again) == digest_of(made)


def test_a_moment_is_the_same_in_every_zone() -> None:
    made = order()
    assert digest_of(replace(made, made_at=made.made_at.astimezone(HELSINKI))) == digest_of(made)


@pytest.mark.parametrize(
    "other",
    [
        order(key="KEUSOTE-2026-8"),
        order(pay_on=date(2026, 11, 25)),
        order(payment(1), payment(2)),
        order(payment(1), payment(3), payment(2)),
        order(payment(1, amount=Money(10_052)), payment(2), payment(3)),
        order(payment(1, payee=payee(9)), payment(2), payment(3)),
        order(payment(1, payee=payee(1, stripe_account="acct_1")), payment(2), payment(3)),
    ],
)
def test_any_change_gives_another_digest(other: Order) -> None:
    assert digest_of(other) != digest_of(order())


def test_people_compare_sixteen_signs() -> None:
    assert shown_digest("0123456789abcdef" * 4) == "0123 4567 89ab cdef"
    assert shown_digest("") == "   "


def test_neither_who_prepared_nor_who_changed_releases() -> None:
    assert may_release(3, prepared_by=1, changed_by=2)
    assert not may_release(1, prepared_by=1, changed_by=2)
    assert not may_release(2, prepared_by=1, changed_by=2)
    assert not may_release(None, prepared_by=1, changed_by=2)


# --- what stands out -------------------------------------------------------------------------------------------------

USUAL = PayeeHistory(
    paid_to_account=True,
    account_changed_on=None,
    earlier=[Money(100_00), Money(110_00), Money(120_00)],
    same_day=0,
    right_proven=True,
)


@pytest.mark.parametrize(
    ("amount", "history", "found"),
    [
        (110_00, USUAL, ()),
        (110_00, replace(USUAL, paid_to_account=False), (Anomaly.FIRST_PAYMENT,)),
        (110_00, replace(USUAL, account_changed_on=TODAY - timedelta(days=30)), (Anomaly.ACCOUNT_CHANGED,)),
        (110_00, replace(USUAL, account_changed_on=TODAY - timedelta(days=31)), ()),
        (220_01, USUAL, (Anomaly.UNUSUAL_SUM,)),
        (220_00, USUAL, ()),
        (54_99, USUAL, (Anomaly.UNUSUAL_SUM,)),
        (55_00, USUAL, ()),
        (990_00, replace(USUAL, earlier=USUAL.earlier[:2]), ()),
        (110_00, replace(USUAL, same_day=1), (Anomaly.SAME_DAY,)),
        (110_00, replace(USUAL, right_proven=False), (Anomaly.RIGHT_UNPROVEN,)),
        (
            1_000_00,
            PayeeHistory(False, TODAY, USUAL.earlier, 2, False),
            tuple(Anomaly),
        ),
    ],
)
def test_what_stands_out(amount: int, history: PayeeHistory, found: tuple[Anomaly, ...]) -> None:
    assert anomalies(Money(amount), history, TODAY) == found


def test_the_books_follow_what_has_left_the_payer() -> None:
    assert {PaymentState.TRANSFERRED, PaymentState.PAID} == LEFT_THE_PAYER
