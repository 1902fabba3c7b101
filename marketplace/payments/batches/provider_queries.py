"""What a company sees of its payments, and how many days a delivery took to be paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from statistics import median

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.errors import NotFound
from marketplace.paging import Page, page_of
from marketplace.payments.batches.models import PaymentRow
from marketplace.payments.batches.queries import messages_of, news_of
from marketplace.payments.batches.rules import PaymentState
from marketplace.payments.statements.models import StatementRow
from marketplace.payments.statements.rules import StatementRowKind

__all__ = ["days_to_paid", "messages_of", "news_of", "of_statement", "payment", "payments"]


def _of_provider(provider_id: int) -> sa.Select[PaymentRow]:
    return (
        sa.select(PaymentRow)
        .where(PaymentRow.provider_id == provider_id, PaymentRow.state != PaymentState.LEFT_OUT)
        .options(joinedload(PaymentRow.batch), joinedload(PaymentRow.statement))
    )


def payments(session: Session, provider_id: int, page: int) -> Page[PaymentRow]:
    """The payments of a provider, the latest first."""
    return page_of(session, _of_provider(provider_id).order_by(PaymentRow.id.desc()), page)


def payment(session: Session, provider_id: int, payment_id: int) -> PaymentRow:
    """A payment of a provider. Raises NotFound for another's."""
    found = session.scalars(_of_provider(provider_id).where(PaymentRow.id == payment_id)).one_or_none()
    if found is None:
        raise NotFound()
    return found


def of_statement(session: Session, statement_id: int) -> Sequence[PaymentRow]:
    """The payments that a statement has had, the latest first, but those that were left out of their batch."""
    query = (
        sa.select(PaymentRow)
        .where(PaymentRow.statement_id == statement_id, PaymentRow.state != PaymentState.LEFT_OUT)
        .options(joinedload(PaymentRow.batch))
    )
    return session.scalars(query.order_by(PaymentRow.id.desc())).all()


def days_to_paid(session: Session, payments: Collection[int]) -> Mapping[int, int]:
    """The median of the days from delivery to paid of each payment that is paid, by its number."""
    query = (
        sa.select(PaymentRow.id, PaymentRow.paid_on, StatementRow.day)
        .join(StatementRow, StatementRow.statement_id == PaymentRow.statement_id)
        .where(
            PaymentRow.id.in_(sorted(payments)),
            PaymentRow.state == PaymentState.PAID,
            StatementRow.kind == StatementRowKind.DELIVERY,
        )
    )
    found: defaultdict[int, list[int]] = defaultdict(list)
    for number, paid_on, day in session.execute(query):
        if paid_on is not None:
            found[number].append((paid_on - day).days)
    return {number: round(median(days)) for number, days in found.items()}
