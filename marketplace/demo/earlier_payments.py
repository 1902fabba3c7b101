"""Invented payments of the months that lie behind: everything was paid by the bank, and nothing is left of it to do."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.service import actor_of
from marketplace.demo.people import MAIN_ORGANISATION, staff_address
from marketplace.i18n import HELSINKI
from marketplace.ledger import service as ledger
from marketplace.ledger.rules import AccountKind, Amount, Unit
from marketplace.ledger.service import Cause
from marketplace.payments.batches import service
from marketplace.payments.batches.models import Batch, PaymentNews
from marketplace.payments.batches.moving import source_of
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.rules import BatchState, PaymentState, bank_day_from, digest_of
from marketplace.payments.rails.orders import PaymentOutcome
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState
from marketplace.permissions import SYSTEM
from marketplace.vouchers.granting.holding import provider_account
from marketplace.work import UnitOfWork


def pay_before(session: Session, month: date) -> None:
    """Pay the main organisation's statements of all months before one: accepted at once, a batch for each month.

    What people do to a batch before it leaves is left out, with its mails; the batch, the bank's word and the books
    are those of any other.
    """
    months: defaultdict[date, list[Statement]] = defaultdict(list)
    query = sa.select(Statement).where(
        Statement.organisation_key == MAIN_ORGANISATION, Statement.month < month, Statement.payable_cents > 0
    )
    for statement in session.scalars(query.order_by(Statement.number)):
        statement.state, statement.settled_at = StatementState.PAYABLE, statement.frozen_at
        months[statement.month].append(statement)
    payers = [
        session.scalars(sa.select(User).where(User.email == staff_address(name, MAIN_ORGANISATION))).one()
        for name in ("payer", "payer2")
    ]
    session.flush()
    for statements in months.values():
        at = statements[0].frozen_at + timedelta(days=2 + statements[0].month.month % 6)
        work = UnitOfWork(session, actor_of(payers[0]), at)
        pay_on = bank_day_from(at.date() + timedelta(days=2))
        batch = service.prepare(work, MAIN_ORGANISATION, [each.id for each in statements], pay_on)
        batch.released_by_id, batch.released_at, batch.digest = payers[1].id, at, digest_of(order_of(batch))
        batch.sent_by_id, batch.sent_at, batch.state = payers[0].id, at, BatchState.CONFIRMED
        _follow(session, batch, datetime.combine(pay_on, time(12), HELSINKI))


def _follow(session: Session, batch: Batch, at: datetime) -> None:
    """Every payment of a batch is paid on its day, and booked."""
    work = UnitOfWork(session, SYSTEM, at)
    key = f"paid:{MAIN_ORGANISATION}:{Unit.CENTS}"
    paid = ledger.open_account(work, key, AccountKind.PAID, Unit.CENTS, organisation=MAIN_ORGANISATION)
    for row in batch.payments:
        row.state, row.paid_on = PaymentState.PAID, batch.pay_on
        session.add(
            PaymentNews(
                payment_id=row.id, outcome=PaymentOutcome.PAID, day=batch.pay_on, amount=row.amount, at=at
            )
        )
        provider = provider_account(work, row.provider_id, Unit.CENTS, organisation=MAIN_ORGANISATION)
        cause = Cause(source_of(row, returned=False), f"payment:{row.id}", batch.pay_on)
        ledger.pay(work, provider, paid, Amount(Unit.CENTS, row.amount.cents), cause)
