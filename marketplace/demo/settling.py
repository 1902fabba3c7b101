"""Invented months that are over: what was given is frozen into statements, and something turns out to be wrong."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.service import actor_of
from marketplace.deliveries import service as deliveries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.demo.giving import person_of
from marketplace.demo.people import MAIN_ORGANISATION
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.payments.statements import service
from marketplace.payments.statements.models import Statement
from marketplace.payments.statements.rules import StatementState, last_day, month_before
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork

FROZEN_AFTER: Final = timedelta(days=10)
"""How long after a month its statements were frozen."""


def settle_months(session: Session, *, now: datetime) -> None:
    """Freeze the months that are over; then the latest visit of a frozen month is taken back, and a provider objects
    to its newest statement while there is time.
    """
    first = session.scalar(
        sa.select(sa.func.min(Delivery.day)).where(Delivery.organisation_key == MAIN_ORGANISATION)
    )
    if first is None:
        return
    months = [month_before(helsinki_date(now))]
    while months[-1] > first:
        months.append(month_before(months[-1]))
    for month in reversed(months):
        then = datetime.combine(last_day(month) + FROZEN_AFTER, time(8), HELSINKI)
        service.freeze(UnitOfWork(session, SYSTEM, min(then, now)), MAIN_ORGANISATION, month)
    _take_back(session, now)
    _object(session, now)


def _take_back(session: Session, now: datetime) -> None:
    """The latest confirmed visit before the month that it is."""
    wrong = session.scalars(
        sa.select(Delivery)
        .where(
            Delivery.organisation_key == MAIN_ORGANISATION,
            Delivery.state == DeliveryState.CONFIRMED,
            Delivery.day < helsinki_date(now).replace(day=1),
        )
        .order_by(Delivery.day.desc(), Delivery.id)
        .limit(1)
    ).first()
    if wrong is not None:
        work = UnitOfWork(session, actor_of(person_of(session, wrong.provider_id)), now)
        deliveries.reverse(work, wrong, "Kirjattiin väärälle asiakkaalle.")


def _object(session: Session, now: datetime) -> None:
    statement = session.scalars(
        sa.select(Statement)
        .where(Statement.state == StatementState.FROZEN, Statement.objection_until >= helsinki_date(now))
        .order_by(Statement.number.desc())
        .limit(1)
    ).first()
    if statement is not None:
        work = UnitOfWork(session, actor_of(person_of(session, statement.provider_id)), now)
        service.object_to(work, statement.provider_id, statement.id, "Yksi käynti puuttuu tilitykseltä.")
