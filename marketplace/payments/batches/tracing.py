"""One cent from the service decision to the bank's row and back: everything that a delivery has led to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.impartiality.rules import demand_impartial
from marketplace.deliveries.models import Delivery
from marketplace.errors import NotFound
from marketplace.ledger.models import Entry
from marketplace.payments.batches import queries
from marketplace.payments.batches.models import PaymentNews, PaymentRow
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.permissions import Permission
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PaymentTrace:
    """A payment of a statement: what was said of it, and what the books hold about it."""

    payment: PaymentRow
    news: Sequence[PaymentNews]
    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class StatementTrace:
    """A statement on which the delivery stands, or is taken back: its rows of it, and every payment it has had."""

    statement: Statement
    rows: Sequence[StatementRow]
    payments: Sequence[PaymentTrace]


@dataclass(frozen=True, slots=True)
class Trace:
    """A delivery with its agreement and decision behind it, and everything that came of it."""

    delivery: Delivery
    statements: Sequence[StatementTrace]
    entries: Sequence[Entry]


def trace(work: UnitOfWork, delivery_id: int) -> Trace:
    """What a delivery has led to. Raises NotFound for another organisation's, Disqualified."""
    delivery = work.session.get(Delivery, delivery_id, options=[joinedload(Delivery.agreement)])
    if delivery is None or not work.may(Permission.VIEW_PAYMENTS, organisation=delivery.organisation_key):
        raise NotFound()
    demand_impartial(work.actor, delivery.provider_id)
    rows = work.session.scalars(
        sa.select(StatementRow)
        .where(StatementRow.delivery_id == delivery_id)
        .options(joinedload(StatementRow.statement))
        .order_by(StatementRow.statement_id, StatementRow.position)
    ).all()
    stated = dict.fromkeys(row.statement for row in rows)
    return Trace(
        delivery,
        [
            StatementTrace(
                statement,
                [row for row in rows if row.statement is statement],
                [
                    PaymentTrace(
                        payment,
                        queries.news_of(work.session, payment.id),
                        entries_about(work.session, f"payment:{payment.id}"),
                    )
                    for payment in queries.payments_of_statement(work.session, statement.id)
                ],
            )
            for statement in stated
        ],
        entries_about(work.session, f"delivery:{delivery_id}"),
    )


def entries_about(session: Session, about: str) -> Sequence[Entry]:
    """What the books hold about something, or because of it, also what took that back; in order."""
    query = sa.select(Entry).where(
        sa.or_(Entry.about == about, Entry.source.in_((about, f"{about}:reversed")))
    )
    return session.scalars(query.order_by(Entry.id)).all()


def deliveries_of(session: Session, statement_id: int) -> Sequence[StatementRow]:
    """The rows of a statement with their deliveries: the way back from a payment."""
    query = (
        sa.select(StatementRow)
        .where(StatementRow.statement_id == statement_id)
        .options(joinedload(StatementRow.delivery))
        .order_by(StatementRow.position)
    )
    return session.scalars(query).all()
