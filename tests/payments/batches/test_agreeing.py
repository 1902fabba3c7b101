"""Everything agrees to the cent, whatever is done in whichever order; and what does not is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.errors import DomainError
from marketplace.files.store import FileStore
from marketplace.money import Money
from marketplace.payments.batches import queries, reconciling, sending, service, tracing
from marketplace.payments.batches.models import Batch, PaymentNews, PaymentRow
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.owing import owed_sums
from marketplace.payments.batches.rules import LEFT_THE_PAYER, LIVE, OPEN, PaymentState
from marketplace.payments.commands import payments
from marketplace.payments.statements.models import Statement
from marketplace.pilots import queries as pilots
from tests.deliveries.test_booking import make_held
from tests.own_content import own_words
from tests.payments.batches.scenes import ORGANISATION, REASON, Cast, bank_statement, make_cast, said

STEPS = ("prepare", "leave_out", "release", "write", "send", "reject", "pay", "return", "cancel", "repeat")


def do(cast: Cast, step: str, pick: int, read: list[bytes]) -> None:
    """One step on some batch, as far as it is possible."""
    batches = cast.session.query(Batch).order_by(Batch.id).all()
    if step == "prepare":
        free = queries.payable(cast.session, ORGANISATION, cast.work().today)
        cast.prepared(free[: 1 + pick % 3] if free else [])
        return
    if not batches:
        return
    batch = batches[pick % len(batches)]
    row = batch.payments[pick % len(batch.payments)]
    match step:
        case "leave_out":
            service.leave_out(cast.work(), batch.id, row.id)
        case "release":
            cast.released(batch)
        case "write":
            sending.write(cast.work(), cast.store, batch.id)
        case "send":
            sending.send(cast.work(), batch.id)
        case "cancel":
            service.cancel(cast.work(), batch.id, REASON)
        case "repeat" if read:
            cast.read(read[pick % len(read)])
        case "reject" | "pay" | "return":
            content = {
                "reject": lambda: said(batch, *[("RJCT", "AC04")] * len(order_of(batch).payments)),
                "pay": lambda: bank_statement([(row.key, -row.amount.cents)]),
                "return": lambda: bank_statement([(row.key, row.amount.cents)], returned={row.key: "AC04"}),
            }[step]()
            cast.read(content)
            read.append(content)


@given(steps=st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 8)), min_size=5, max_size=25))
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_for_any_sequence_what_is_paid_is_what_is_owed(
    session: Session, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    with session.begin_nested() as savepoint:
        cast = make_cast(session, tmp_path, owed=4)
        read: list[bytes] = []
        for step, pick in steps:
            with session.begin_nested() as attempt:
                try:
                    do(cast, step, pick, read)
                except DomainError:
                    attempt.rollback()
                    session.expire_all()
            assert list(reconciling.disagreements(session, ORGANISATION)) == []
            sums = reconciling.sums(session, ORGANISATION)
            assert sums.payable.cents == sum(
                part.cents for part in (sums.free, sums.waiting, sums.under_way, sums.paid)
            )
            assert sums.booked == sums.paid
            assert sums.free.cents >= 0
        _pay_the_rest(cast)
        for statement in cast.statements:
            paid = [
                row
                for row in queries.payments_of_statement(session, statement.id)
                if row.state == PaymentState.PAID
            ]
            assert sum(row.amount.cents for row in paid) == statement.payable_cents
        savepoint.rollback()
    session.expire_all()


def _pay_the_rest(cast: Cast) -> None:
    """Everything that has not been paid by now is led to the end."""
    for batch in cast.session.query(Batch).all():
        if batch.state in OPEN:
            service.cancel(cast.work(), batch.id, REASON)
    rows = cast.session.query(PaymentRow).filter(PaymentRow.state.in_(sorted(LIVE - LEFT_THE_PAYER)))
    under_way = [(row.key, -row.amount.cents) for row in rows]
    if under_way:
        cast.read(bank_statement(under_way))
    free = queries.payable(cast.session, ORGANISATION, cast.work().today)
    if free:
        cast.pay(cast.sent(cast.prepared(free)))


# --- what does not agree is named ------------------------------------------------------------------------------------


@pytest.fixture
def cast(session: Session, tmp_path: Path) -> Cast:
    """A batch that is paid, and one statement that is not."""
    cast = make_cast(session, tmp_path)
    cast.pay(cast.sent(cast.prepared(cast.statements[:2])))
    assert list(reconciling.disagreements(session, ORGANISATION)) == []
    return cast


def found(cast: Cast) -> list[str]:
    cast.session.flush()
    cast.session.expire_all()
    return list(reconciling.disagreements(cast.session, ORGANISATION))


def test_the_sums_say_where_the_money_stands(cast: Cast) -> None:
    sums = reconciling.sums(cast.session, ORGANISATION)
    assert (sums.payable, sums.free, sums.paid) == (
        Money(120_050 + 120_051 + 120_052),
        Money(120_052),
        Money(120_050 + 120_051),
    )
    assert sums.booked == sums.paid


def test_a_statement_that_was_changed_is_named(cast: Cast) -> None:
    number = cast.statements[0].id
    cast.session.execute(
        sa.update(Statement)
        .where(Statement.id == number)
        .values(total_cents=Statement.total_cents + 1, payable_cents=Statement.payable_cents + 1)
    )
    told = found(cast)
    assert any(f"statement {number} says" in each for each in told)
    assert any("its statement owes" in each for each in told)


def test_a_payment_that_was_changed_is_named_by_batch_and_bank_and_books(cast: Cast) -> None:
    row = cast.session.query(PaymentRow).first()
    assert row is not None
    number, key = row.id, row.batch.key
    cast.session.execute(sa.update(PaymentRow).where(PaymentRow.id == number).values(amount=Money(1)))
    told = "\n".join(found(cast))
    assert f"batch {key} is not the one that was released" in told
    assert f"payment {number} is 0.01, the bank row says 1200.50" in told
    assert f"payment {number}: 0.01 has left, the books say 1200.50" in told


def test_a_payment_without_a_bank_row_is_named(cast: Cast) -> None:
    news = cast.session.query(PaymentNews).first()
    assert news is not None
    number = news.payment_id
    cast.session.delete(news)
    assert found(cast) == [f"payment {number} is paid, but no bank row says so"]


def test_a_payment_that_is_set_back_by_hand_is_named_by_the_books(cast: Cast) -> None:
    row = cast.session.query(PaymentRow).first()
    assert row is not None
    number = row.id
    cast.session.execute(
        sa.update(PaymentRow).where(PaymentRow.id == number).values(state=PaymentState.REJECTED)
    )
    assert any(f"payment {number}: 0.00 has left, the books say 1200.50" in each for each in found(cast))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("amount", Money(1_00), "1.00 is confirmed, the books owe 1200.50"),
        ("state", DeliveryState.RECORDED, "0.00 is confirmed, the books owe 1200.50"),
    ],
)
def test_a_delivery_that_the_books_do_not_owe_is_named_by_its_agreement(
    cast: Cast, field: str, value: object, said: str
) -> None:
    delivery = cast.statements[0].rows[0].delivery
    about = f"agreement {delivery.agreement_id}: {said}"
    cast.session.execute(sa.update(Delivery).where(Delivery.id == delivery.id).values({field: value}))
    assert about in found(cast)
    owed = owed_sums(cast.session, ORGANISATION)
    assert owed.confirmed < owed.earned


def test_a_budget_that_was_used_for_nothing_is_named_by_its_line(session: Session, tmp_path: Path) -> None:
    held = make_held(session, FileStore(tmp_path, secret="secret", limit=1_000_000))
    delivery = deliveries.confirm(held.office_work(session), held.record(session))
    assert list(reconciling.disagreements(session, ORGANISATION)) == []
    session.execute(sa.update(Delivery).where(Delivery.id == delivery.id).values(takes=60))
    [told] = reconciling.disagreements(session, ORGANISATION)
    assert told == (
        f"line {held.agreement.line_id} from 2026-12-01: 60 min is confirmed, the books say that 120 min is used"
    )


# --- one cent --------------------------------------------------------------------------------------------------------


def test_one_delivery_is_followed_to_the_bank_and_back(cast: Cast) -> None:
    delivery = cast.statements[0].rows[0].delivery_id
    trace = tracing.trace(cast.work(), delivery)
    [statement] = trace.statements
    [payment] = statement.payments
    assert [each.outcome.value for each in payment.news] == ["paid"]
    assert [each.source for each in payment.entries] == [f"payment:{payment.payment.id}"]
    back = tracing.deliveries_of(cast.session, payment.payment.statement_id)
    assert delivery in [row.delivery_id for row in back]


def test_the_commands_say_what_agrees(app: Flask) -> None:
    runner = app.test_cli_runner()
    with app.app_context():
        result = runner.invoke(payments, ["reconcile", ORGANISATION])
    assert result.exit_code == 0, result.output
    assert "Everything agrees to the cent." in result.output
    with app.app_context():
        refused = runner.invoke(
            payments, ["batch", ORGANISATION, "--pay-on", "2026-12-01", "--as", "no@one.fi"]
        )
    assert refused.exit_code == 1


def test_only_organisations_of_loaded_pilots_are_reconciled(app: Flask, own: Path) -> None:
    """Others stand in the vocabulary, as those of the invented pilots do in production."""
    own_words(own)
    with app.app_context(), app.extensions["database"].transaction() as session:
        loaded = {each.key for each in pilots.organisations(session)}
    with app.app_context():
        result = app.test_cli_runner().invoke(payments, ["reconcile"])
        unknown = app.test_cli_runner().invoke(payments, ["reconcile", "atlantis"])
    assert "xanadu" not in loaded
    assert {line.split(":")[0] for line in result.output.splitlines() if "confirmed" in line} == loaded
    assert unknown.exit_code == 1
    assert "there is no organisation 'atlantis'" in unknown.output


def test_the_file_of_a_batch_made_twice_by_the_command_is_one_file(app: Flask, tmp_path: Path) -> None:
    with app.app_context(), app.extensions["database"].transaction() as session:
        cast = make_cast(session, tmp_path / "store", owed=1)
        batch, email = cast.released().id, cast.payer.email
    made = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        with app.app_context():
            words = ["file", str(batch), str(folder), "--as", email]
            result = app.test_cli_runner().invoke(payments, words)
        assert result.exit_code == 0, result.output
        [file] = folder.iterdir()
        made.append((file.name, file.read_bytes()))
    assert made[0] == made[1]
    assert b"1200.50" in made[0][1]
