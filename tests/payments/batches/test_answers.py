"""The bank's answers: read as a whole or not at all, once however often, and the books with them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from marketplace.ledger import queries as books
from marketplace.money import Money
from marketplace.outbox import OutboxMessage
from marketplace.payments.batches import queries
from marketplace.payments.batches.answering import AnswerRefused
from marketplace.payments.batches.models import BankAnswer, Batch, PaymentNews
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import BatchState
from tests.payments.batches.scenes import ORGANISATION, Cast, bank_statement, make_cast, said
from tests.payments.sepa.bank import status_report


@pytest.fixture
def cast(session: Session, tmp_path: Path) -> Cast:
    """Two payers and three statements that can be paid."""
    return make_cast(session, tmp_path)


def states(batch: Batch) -> list[str]:
    return [row.state.value for row in batch.payments]


def booked(cast: Cast, statement: int = 0) -> int:
    """What the books say was paid to the company of a statement, in cents."""
    key = f"provider:{cast.statements[statement].provider_id}:{ORGANISATION}:cents"
    account = books.accounts(cast.session, [key]).get(key)
    return 0 if account is None else books.sums(cast.session, [account.id])[account.id].used


def test_taken_is_not_paid_and_the_account_says_when_it_is(cast: Cast) -> None:
    batch = cast.sent()
    cast.read(said(batch, ("ACSP", ""), ("ACSP", ""), ("PDNG", "")))
    assert (states(batch), booked(cast)) == (["accepted"] * 3, 0)
    assert batch.state == BatchState.SENT
    cast.pay(batch)
    assert (batch.state, states(batch)) == (BatchState.CONFIRMED, ["paid"] * 3)
    assert booked(cast) == cast.statements[0].payable_cents
    assert batch.payments[0].paid_on == date(2026, 11, 24)


def test_a_rejected_payment_is_payable_again_with_the_banks_reason(cast: Cast) -> None:
    batch = cast.sent()
    cast.read(said(batch, ("ACSP", ""), ("RJCT", "AC04"), ("ACSP", "")))
    cast.pay(batch, batch.payments[0], batch.payments[2])
    assert (batch.state, states(batch)) == (BatchState.PARTLY_PAID, ["paid", "rejected", "paid"])
    assert batch.payments[1].reasons == [{"code": "AC04", "text": ""}]
    again = queries.payable(cast.session, ORGANISATION, cast.work().today)
    assert [each.id for each in again] == [cast.statements[1].id]
    told = cast.session.query(OutboxMessage).filter_by(template="payment_failed").all()
    assert len(told) == 1
    second = cast.sent(cast.prepared(again))
    assert second.payments[0].key != batch.payments[1].key
    cast.pay(second)
    assert booked(cast, 1) == cast.statements[1].payable_cents


def test_a_payment_that_came_back_is_booked_back_and_payable_again(cast: Cast) -> None:
    batch = cast.sent()
    cast.pay(batch)
    row = batch.payments[0]
    cast.read(bank_statement([(row.key, row.amount.cents)], returned={row.key: "AC04"}))
    assert (batch.state, states(batch)) == (BatchState.PARTLY_PAID, ["returned", "paid", "paid"])
    assert booked(cast) == 0
    assert row.paid_on is None
    assert cast.statements[0] in queries.payable(cast.session, ORGANISATION, cast.work().today)
    entry = books.entry_of(cast.session, f"payment:{row.id}:returned")
    assert entry is not None
    assert entry.effective_on == date(2026, 11, 24)


def test_the_same_answer_five_times_is_one_answer(cast: Cast) -> None:
    batch = cast.sent()
    content = bank_statement([(row.key, -row.amount.cents) for row in batch.payments])
    readings = [cast.read(content, f"{number}.xml") for number in range(5)]
    assert [each.is_repeated for each in readings] == [False, True, True, True, True]
    assert cast.session.query(BankAnswer).count() == 1
    assert cast.session.query(PaymentNews).count() == 3
    assert booked(cast) == cast.statements[0].payable_cents


def test_the_same_news_in_another_file_changes_nothing(cast: Cast) -> None:
    batch = cast.sent()
    cast.pay(batch)
    again = cast.read(
        bank_statement([(row.key, -row.amount.cents) for row in batch.payments], message="camt.054.001.08")
    )
    assert (again.answer.changed, again.answer.known) == (0, 3)
    assert booked(cast) == cast.statements[0].payable_cents


def test_an_answer_about_a_file_that_nobody_said_was_taken_sends_the_batch(cast: Cast) -> None:
    batch = cast.written()
    cast.pay(batch)
    assert (batch.state, batch.sent_by_id) == (BatchState.CONFIRMED, cast.payer.id)


@pytest.mark.parametrize("fault", ["unknown", "cut", "sum", "count", "amount", "stranger", "before", "empty"])
def test_an_answer_that_does_not_fit_is_refused_whole_in_words(cast: Cast, fault: str) -> None:
    batch = cast.prepared() if fault == "before" else cast.sent()
    rows = [(row.key, -row.amount.cents) for row in batch.payments]
    order = order_of(batch)
    whole = said(batch, ("RJCT", "AC04"), ("ACSP", ""), ("ACSP", ""))
    made: dict[str, Callable[[], bytes]] = {
        "unknown": lambda: status_report(order, group="RJCT", about="keusote-B99999"),
        "cut": lambda: whole[: len(whole) // 2],
        "sum": lambda: status_report(order, group="RJCT", total=Money(1)),
        "count": lambda: status_report(order, group="RJCT", count=9),
        "amount": lambda: bank_statement([(rows[0][0], rows[0][1] - 1), *rows[1:]]),
        "stranger": lambda: bank_statement([*rows, ("keusote-P99999", -100)]),
        "before": lambda: whole,
        "empty": lambda: b"",
    }
    content = made[fault]()
    before = states(batch)
    with cast.session.begin_nested() as savepoint:
        with pytest.raises(AnswerRefused) as refusal:
            cast.read(content)
        savepoint.rollback()
    assert str(refusal.value)
    cast.session.expire_all()
    assert states(batch) == before
    assert cast.session.query(PaymentNews).count() == cast.session.query(BankAnswer).count() == 0


def test_what_contradicts_an_earlier_answer_is_refused(cast: Cast) -> None:
    batch = cast.sent()
    cast.pay(batch)
    with pytest.raises(AnswerRefused):
        cast.read(said(batch, ("RJCT", "AM04"), ("ACSP", ""), ("ACSP", "")))


def test_other_payments_of_the_account_are_left_alone(cast: Cast) -> None:
    batch = cast.sent()
    rows = [(row.key, -row.amount.cents) for row in batch.payments]
    cast.read(bank_statement([("SALARY-1", -500_000), *rows, ("", 7_000)]))
    assert states(batch) == ["paid"] * 3


def test_a_file_of_another_account_is_refused(cast: Cast) -> None:
    batch = cast.sent()
    content = bank_statement([(batch.payments[0].key, -batch.payments[0].amount.cents)])
    with pytest.raises(AnswerRefused):
        cast.read(content.replace(b"FI3715903000000776", b"FI2112345600000785"))


def test_an_order_booked_as_a_whole_pays_all_of_it(cast: Cast) -> None:
    batch = cast.sent()
    total = order_of(batch).total
    cast.read(bank_statement([], order=batch.key, booking=Money(-total.cents)))
    assert batch.state == BatchState.CONFIRMED
