"""Whether deliveries, statements, batches, the bank's rows and the books agree to the cent, and what does not.

Everything is read in one state of the database; the caller's transaction is to be one that sees a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.deliveries.models import Delivery
from marketplace.ledger.models import Account, Entry, Posting
from marketplace.ledger.rules import AccountKind, EntryKind, Flow
from marketplace.money import Money
from marketplace.payments.batches import queries
from marketplace.payments.batches.models import Batch, PaymentNews, PaymentRow
from marketplace.payments.batches.ordering import order_of
from marketplace.payments.batches.owing import owing_disagreements
from marketplace.payments.batches.rules import (
    LEFT_THE_PAYER,
    LIVE,
    OUT,
    UNDER_WAY,
    BatchState,
    PaymentState,
    digest_of,
)
from marketplace.payments.rails.orders import PaymentOutcome
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import StatementRowKind

_CENTS: Final = sa.BigInteger
_GONE: Final = sorted(LEFT_THE_PAYER)


@dataclass(frozen=True, slots=True)
class PaidSums:
    """Where the money of an organisation's statements stands; the last four add up to `payable`."""

    stated: Money
    payable: Money
    free: Money
    waiting: Money
    under_way: Money
    paid: Money
    booked: Money


def sums(session: Session, organisation: str) -> PaidSums:
    """What stands on statements, what of it is payable, and how far it has come."""
    stated, payable = session.execute(
        sa.select(sa.func.sum(Statement.total_cents), sa.func.sum(Statement.payable_cents)).where(
            Statement.organisation_key == organisation
        )
    ).one()
    by_state = {
        state: int(cents)
        for state, cents in session.execute(
            sa.select(PaymentRow.state, sa.func.sum(sa.type_coerce(PaymentRow.amount, _CENTS)))
            .join(Batch)
            .where(Batch.organisation_key == organisation, PaymentRow.state.in_(sorted(LIVE)))
            .group_by(PaymentRow.state)
        )
    }
    booked = session.scalar(
        sa.select(sa.func.sum(Posting.amount))
        .join(Account, Account.id == Posting.account_id)
        .where(
            Account.kind == AccountKind.PAID,
            Account.organisation_key == organisation,
            Posting.flow == Flow.GRANTED,
        )
    )
    return PaidSums(
        stated=Money(int(stated or 0)),
        payable=Money(int(payable or 0)),
        free=Money(int(payable or 0) - sum(by_state.values())),
        waiting=Money(by_state.get(PaymentState.WAITING, 0)),
        under_way=Money(sum(by_state.get(state, 0) for state in UNDER_WAY)),
        paid=Money(by_state.get(PaymentState.PAID, 0)),
        booked=Money(int(booked or 0)),
    )


def disagreements(session: Session, organisation: str) -> Iterator[str]:
    """Everything that does not agree, in English and naming the row; nothing when all of it does."""
    yield from owing_disagreements(session, organisation)
    yield from _deliveries(session, organisation)
    yield from _statements(session, organisation)
    yield from _payments(session, organisation)
    yield from _batches(session, organisation)
    yield from _bank(session, organisation)
    yield from _books(session, organisation)


def _deliveries(session: Session, organisation: str) -> Iterator[str]:
    """Each delivery stands on a statement with what it costs."""
    query = (
        sa.select(Delivery.id, sa.type_coerce(Delivery.amount, _CENTS), sa.func.sum(StatementRow.gross_cents))
        .join(StatementRow, StatementRow.delivery_id == Delivery.id)
        .where(Delivery.organisation_key == organisation, StatementRow.kind == StatementRowKind.DELIVERY)
        .group_by(Delivery.id, Delivery.amount)
        .having(sa.func.sum(StatementRow.gross_cents) != sa.type_coerce(Delivery.amount, _CENTS))
        .order_by(Delivery.id)
    )
    for number, costs, stated in session.execute(query):
        yield f"delivery {number} costs {_euros(costs)}, its statement says {_euros(stated)}"


def _statements(session: Session, organisation: str) -> Iterator[str]:
    """Each statement is the sum of its rows."""
    total = sa.func.coalesce(sa.func.sum(StatementRow.gross_cents), 0)
    query = (
        sa.select(Statement.id, Statement.total_cents, total)
        .outerjoin(StatementRow, StatementRow.statement_id == Statement.id)
        .where(Statement.organisation_key == organisation)
        .group_by(Statement.id, Statement.total_cents)
        .having(total != Statement.total_cents)
        .order_by(Statement.id)
    )
    for number, kept, rows in session.execute(query):
        yield f"statement {number} says {_euros(kept)}, its rows add up to {_euros(rows)}"


def _payments(session: Session, organisation: str) -> Iterator[str]:
    """Each payment is what its statement says, and a statement has one that is open or paid."""
    mine = Batch.organisation_key == organisation
    other = (
        sa.select(PaymentRow.id, sa.type_coerce(PaymentRow.amount, _CENTS), Statement.payable_cents)
        .join(Batch)
        .join(Statement, Statement.id == PaymentRow.statement_id)
        .where(mine, sa.type_coerce(PaymentRow.amount, _CENTS) != Statement.payable_cents)
        .order_by(PaymentRow.id)
    )
    for number, amount, payable in session.execute(other):
        yield f"payment {number} is {_euros(amount)}, its statement owes {_euros(payable)}"
    twice = (
        sa.select(PaymentRow.statement_id, sa.func.count())
        .join(Batch)
        .where(mine, PaymentRow.state.in_(sorted(LIVE)))
        .group_by(PaymentRow.statement_id)
        .having(sa.func.count() > 1)
        .order_by(PaymentRow.statement_id)
    )
    for number, count in session.execute(twice):
        yield f"statement {number} has {count} payments that are open or paid"


def _batches(session: Session, organisation: str) -> Iterator[str]:
    """What has left is what was released."""
    query = sa.select(Batch.id).where(
        Batch.organisation_key == organisation, Batch.state.in_(sorted({*OUT, BatchState.RELEASED}))
    )
    for number in session.scalars(query.order_by(Batch.id)).all():
        batch = queries.batch_of(session, number)
        if digest_of(order_of(batch)) != batch.digest:
            yield f"batch {batch.key} is not the one that was released"


def _bank(session: Session, organisation: str) -> Iterator[str]:
    """Whatever is paid, the bank or Stripe has said so, and with the same amount."""
    said = sa.exists().where(
        PaymentNews.payment_id == PaymentRow.id, PaymentNews.outcome == PaymentOutcome.PAID
    )
    unsaid = (
        sa.select(PaymentRow.id)
        .join(Batch)
        .where(Batch.organisation_key == organisation, PaymentRow.state == PaymentState.PAID, ~said)
        .order_by(PaymentRow.id)
    )
    for number in session.scalars(unsaid):
        yield f"payment {number} is paid, but no bank row says so"
    amount = sa.type_coerce(PaymentRow.amount, _CENTS).label("ours")
    told = sa.type_coerce(PaymentNews.amount, _CENTS).label("theirs")
    other = (
        sa.select(PaymentRow.id, amount, told)
        .join(Batch)
        .join(PaymentNews, PaymentNews.payment_id == PaymentRow.id)
        .where(Batch.organisation_key == organisation, amount != told)
        .order_by(PaymentRow.id)
    )
    for number, ours, theirs in session.execute(other):
        yield f"payment {number} is {_euros(ours)}, the bank row says {_euros(theirs)}"


def _books(session: Session, organisation: str) -> Iterator[str]:
    """The books hold what has left, and nothing else: each payment by its own entries."""
    booked = (
        sa.select(Entry.about.label("about"), sa.func.sum(Posting.amount).label("cents"))
        .join(Posting, Posting.entry_id == Entry.id)
        .join(Account, Account.id == Posting.account_id)
        .where(
            Entry.kind == EntryKind.PAY,
            Account.kind == AccountKind.PAID,
            Account.organisation_key == organisation,
        )
        .group_by(Entry.about)
        .subquery()
    )
    about = sa.literal("payment:") + sa.cast(PaymentRow.id, sa.Text)
    left = sa.case(
        (PaymentRow.state.in_(_GONE), sa.type_coerce(PaymentRow.amount, _CENTS)), else_=sa.literal(0)
    )
    found: Any = sa.func.coalesce(booked.c.cents, 0)
    query = (
        sa.select(PaymentRow.id, left, found)
        .join(Batch)
        .outerjoin(booked, booked.c.about == about)
        .where(Batch.organisation_key == organisation, left != found)
        .order_by(PaymentRow.id)
    )
    for number, gone, cents in session.execute(query):
        yield f"payment {number}: {_euros(gone)} has left, the books say {_euros(cents)}"
    strange = sa.select(booked.c.about).where(
        ~sa.exists().where(about == booked.c.about), booked.c.cents != 0
    )
    for name in session.scalars(strange.order_by(booked.c.about)):
        yield f"the books hold a payment that nobody has made: {name}"


def _euros(cents: int) -> str:
    return str(Money(int(cents)))
