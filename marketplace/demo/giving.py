"""Invented deliveries under the agreements that hold a part of a budget, from their first day until today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import RoleGrant, User
from marketplace.accounts.service import actor_of
from marketplace.budgets.summaries.queries import without_summary
from marketplace.budgets.summaries.service import LOOKS_BACK, WRITTEN_FROM, write_summary
from marketplace.clients.models import Client
from marketplace.deliveries import service
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryKind, Quantity, Said, Times
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.offers.pricing.days import day_kind
from marketplace.offers.pricing.rules import HOUR
from marketplace.permissions import SYSTEM
from marketplace.vouchers.granting.rules import add_months
from marketplace.vouchers.models import Agreement
from marketplace.work import UnitOfWork

DAYS: Final[Mapping[str, Sequence[str]]] = {"h": ("tue", "fri"), "day": ("wed",), "trip": ("thu",)}
"""On which days of the week something is given, by the unit of its price; holidays are left out."""

EVERY_OTHER: Final = frozenset({"trip"})
"""What is given in every other week only."""

VISIT: Final = timedelta(hours=2)
EVENING: Final = time(18)
NOON: Final = time(12)
WRITTEN: Final = time(21)
"""When the provider writes down what was given during the day."""

CONFIRMED_AFTER: Final = timedelta(days=3)
"""How long after a delivery the demo's own client confirms it."""

LAPSED_AFTER: Final = timedelta(days=15)
"""How long after a delivery it is confirmed when nobody objects."""

DISPUTED: Final = -3
REJECTED: Final = -7
WITHDRAWN: Final = -9
"""Which of the visits the demo's own client objects to, counted from the last: one waits, one has been settled for
the client, and one the provider has taken back itself.
"""

CANCELLED: Final = 8
"""In each of so many weeks the client cancels one visit late."""

TOO_LATE: Final = timedelta(hours=2)
"""How long before a visit it is cancelled then."""


def give(session: Session, *, now: datetime) -> None:
    """Record what has been given to clients whose agreements hold a part of their budgets."""
    for agreement, client in _agreements(session):
        provider_id = agreement.offer.provider_id
        given = []
        for said in _said(agreement, now):
            at = datetime.combine(_day(said), WRITTEN, HELSINKI)
            work = UnitOfWork(session, actor_of(person_of(session, provider_id)), min(at, now))
            given.append((at, service.record(work, provider_id, agreement.id, said)))
        if client.user is None:
            _lapse(session, given, now)
            continue
        for number, (at, delivery) in enumerate(given, -len(given)):
            work = UnitOfWork(session, actor_of(client.user), min(at + CONFIRMED_AFTER, now))
            if number == DISPUTED and delivery.starts_at is not None:
                service.dispute(work, delivery, _OBJECTION[client.language], owner_id=client.counsellor_id)
            elif number == REJECTED and delivery.starts_at is not None and client.counsellor is not None:
                service.dispute(work, delivery, _OBJECTION[client.language], owner_id=client.counsellor_id)
                office = UnitOfWork(session, actor_of(client.counsellor), work.now)
                service.decide(office, delivery, upheld=False, reason=_REASON[client.language])
            elif number == WITHDRAWN and delivery.starts_at is not None:
                own = UnitOfWork(session, actor_of(person_of(session, provider_id)), work.now)
                service.withdraw(own, provider_id, delivery.id)
            elif at + CONFIRMED_AFTER < now:
                service.confirm(work, delivery)


def _lapse(session: Session, given: Sequence[tuple[datetime, Delivery]], now: datetime) -> None:
    """Nobody objects in time to what is given to clients without an account."""
    for at, delivery in given:
        if at + LAPSED_AFTER < now:
            service.confirm(UnitOfWork(session, SYSTEM, at + LAPSED_AFTER), delivery)


def tell_months(session: Session, *, now: datetime) -> None:
    """Write to the clients what became of their budgets in each of the last months, as the worker does."""
    first = helsinki_date(now).replace(day=1)
    for back in range(LOOKS_BACK, 0, -1):
        month = add_months(first, -back)
        told = datetime.combine(add_months(month, 1).replace(day=WRITTEN_FROM), NOON, HELSINKI)
        for client_id in without_summary(session, month):
            write_summary(UnitOfWork(session, SYSTEM, min(told, now)), client_id, month)


def _agreements(session: Session) -> Sequence[tuple[Agreement, Client]]:
    """The agreements that hold something until further notice, each with the client."""
    rows = session.execute(
        sa.select(Agreement, Client)
        .join(
            Client,
            sa.and_(
                Client.organisation_key == Agreement.organisation_key,
                Client.number == Agreement.client_number,
            ),
        )
        .where(Agreement.line_id.is_not(None), Agreement.ends_on.is_(None))
        .order_by(Agreement.id)
    )
    return [(agreement, client) for agreement, client in rows]


def person_of(session: Session, provider_id: int) -> User:
    """Who writes for a provider."""
    return session.scalars(
        sa.select(User).join(RoleGrant).where(RoleGrant.provider_id == provider_id).order_by(User.id).limit(1)
    ).one()


def given_under(
    agreement: Agreement, since: date, every: timedelta, now: datetime
) -> Iterator[tuple[date, Said]]:
    """What the provider says of days from `since` that lie at least so far apart, each with its day."""
    last = since - every
    for said in _said(agreement, now):
        day = _day(said)
        if day - last >= every:
            last = day
            yield day, said


def _said(agreement: Agreement, now: datetime) -> Iterator[Said]:
    """What the provider says of each day on which something was given."""
    units = {row.band: row.unit for row in agreement.version.prices}
    band = next((band for band, unit in units.items() if unit in DAYS), None)
    if band is None:
        return
    unit, evening = units[band], units.get("weekday_evening") == HOUR
    day, today = agreement.starts_on, helsinki_date(now)
    while day < today:
        off = unit in EVERY_OTHER and day.isocalendar().week % 2
        if day_kind(day) in DAYS[unit] and not off:
            if unit == HOUR:
                start = datetime.combine(day, EVENING if evening else NOON, HELSINKI)
                late = day.isocalendar().week % CANCELLED == 0 and day_kind(day) == DAYS[unit][-1]
                yield Said(
                    DeliveryKind.CANCELLED_LATE if late else DeliveryKind.GIVEN,
                    Times(start, start + VISIT),
                    _ACTIVITY[unit],
                    cancelled_at=start - TOO_LATE if late else None,
                )
            else:
                yield Said(DeliveryKind.GIVEN, Quantity(day, band, Decimal(1)), _ACTIVITY[unit])
        day += timedelta(days=1)


def _day(said: Said) -> date:
    return said.measure.day if isinstance(said.measure, Quantity) else helsinki_date(said.measure.start)


_ACTIVITY: Final = {"h": "Läsnäolo ja apu kotona", "day": "Päivä ryhmässä", "trip": "Matka kotoa ja takaisin"}

_OBJECTION: Final = {
    "fi": "Hoitaja tuli puoli tuntia myöhässä ja lähti ajallaan.",
    "sv": "Vårdaren kom en halv timme för sent och gick i tid.",
}

_REASON: Final = {
    "fi": "Työntekijä oli kirjannut väärän päivän, joten käyntiä ei makseta.",
    "sv": "Arbetstagaren hade antecknat fel dag, så besöket betalas inte.",
}
