"""What has been paid: how many days it took from a delivery, by pilot and month (the public figure), and for a client.

The worker counts it and keeps it; who reads a public page or the interface costs the payments nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.models import Client
from marketplace.db import Database, MoneyColumn
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.queries import to_client
from marketplace.duties import each_by_itself
from marketplace.i18n import helsinki_date
from marketplace.money import Money
from marketplace.payments.batches.models import PaidMonthFigure, PaymentRow
from marketplace.payments.batches.rules import ENOUGH_PROVIDERS, PaymentState, median_of
from marketplace.payments.statements.models import Statement, StatementRow
from marketplace.payments.statements.rules import StatementRowKind
from marketplace.pilots.figures import PaidMonth
from marketplace.pilots.queries import pilots

MONTHS: Final = 12


def paid_months(session: Session, pilot_key: str, today: date) -> list[PaidMonth]:
    """What is kept of the last twelve months, the latest first; for the slot `pilots.paid_months`."""
    rows = session.scalars(
        sa.select(PaidMonthFigure)
        .where(
            PaidMonthFigure.pilot_key == pilot_key,
            PaidMonthFigure.month.between(_first(today), today),
        )
        .order_by(PaidMonthFigure.month.desc())
    )
    return [PaidMonth(each.month, each.days) for each in rows]


def keep_paid_months(database: Database, *, now: datetime) -> int:
    """Count the last twelve months of every pilot anew and keep what has changed; how many months there are.

    A duty of the worker, each pilot in a transaction of its own.
    """
    today = helsinki_date(now)
    with database.read() as session:
        keys = [each.key for each in pilots(session)]

    def do(pilot_key: str) -> int:
        with database.transaction() as session:
            return _keep(session, pilot_key, today)

    return sum(each_by_itself(database, "count the days until payment", keys, do, now=now))


def _keep(session: Session, pilot_key: str, today: date) -> int:
    counted = {each.month: each.days for each in count_paid_months(session, pilot_key, today)}
    kept = {
        each.month: each
        for each in session.scalars(
            sa.select(PaidMonthFigure).where(
                PaidMonthFigure.pilot_key == pilot_key, PaidMonthFigure.month >= _first(today)
            )
        )
    }
    for month in kept.keys() - counted.keys():
        session.delete(kept[month])
    for month, days in counted.items():
        if month not in kept:
            session.add(PaidMonthFigure(pilot_key=pilot_key, month=month, days=days))
        elif kept[month].days != days:
            kept[month].days = days
    return len(counted)


def paid_for_client(session: Session, client: Client, first: date, last: date) -> Money:
    """What was paid from one day to another for deliveries to a client; what was taken back is taken off. For the slot
    `budgets.paid_between`.
    """
    found = session.scalar(
        sa.select(sa.func.sum(sa.type_coerce(StatementRow.gross_cents, MoneyColumn)))
        .join(Delivery, Delivery.id == StatementRow.delivery_id)
        .join(PaymentRow, PaymentRow.statement_id == StatementRow.statement_id)
        .where(
            *to_client(client),
            PaymentRow.state == PaymentState.PAID,
            PaymentRow.paid_on.between(first, last),
        )
    )
    return Money(0) if found is None else found


def _first(today: date) -> date:
    return date(today.year - 1, today.month, 1)


def count_paid_months(session: Session, pilot_key: str, today: date) -> list[PaidMonth]:
    """The median days from delivery to paid in each of the last twelve months, by the day on which it was paid.

    Months without a payment are left out. With fewer than five providers the days are not told. The database counts the
    deliveries by day, so that a large month costs no more rows than it has days.
    """
    first = _first(today)
    query = (
        sa.select(PaymentRow.paid_on, StatementRow.day, sa.func.count())
        .join(Statement, Statement.id == PaymentRow.statement_id)
        .join(StatementRow, StatementRow.statement_id == Statement.id)
        .where(*_paid(pilot_key, first, today), StatementRow.kind == StatementRowKind.DELIVERY)
        .group_by(PaymentRow.paid_on, StatementRow.day)
    )
    counted: defaultdict[date, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    for paid_on, day, count in session.execute(query):
        if paid_on is not None:
            counted[paid_on.replace(day=1)][(paid_on - day).days] += count
    providers = _providers(session, pilot_key, first, today)
    return [
        PaidMonth(month, median_of(days) if providers[month] >= ENOUGH_PROVIDERS else None)
        for month, days in sorted(counted.items(), reverse=True)
    ]


def _paid(pilot_key: str, first: date, today: date) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        Statement.pilot_key == pilot_key,
        PaymentRow.state == PaymentState.PAID,
        PaymentRow.paid_on.between(first, today),
    )


def _providers(session: Session, pilot_key: str, first: date, today: date) -> Mapping[date, int]:
    """How many providers were paid in each month."""
    query = (
        sa.select(PaymentRow.paid_on, PaymentRow.provider_id)
        .join(Statement, Statement.id == PaymentRow.statement_id)
        .where(*_paid(pilot_key, first, today))
        .distinct()
    )
    found: defaultdict[date, set[int]] = defaultdict(set)
    for paid_on, provider_id in session.execute(query):
        if paid_on is not None:
            found[paid_on.replace(day=1)].add(provider_id)
    return {month: len(providers) for month, providers in found.items()}
