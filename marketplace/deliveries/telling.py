"""Telling clients, and helpers who act for them, by mail that providers have recorded something. A duty of the worker.

A delivery is paid when nobody objects in time, or waits for the client's word, so whoever can give it has to know.
One letter a day tells of everything that is new; what waits for an answer is told of again once a week.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import in_force, mandates_of
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.models import Client
from marketplace.db import Database, for_change
from marketplace.deliveries import mails, queries
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.rules import DeliveryState
from marketplace.duties import each_by_itself
from marketplace.i18n import HELSINKI, helsinki_date
from marketplace.outbox import MailAddress, Recipient
from marketplace.permissions import SYSTEM
from marketplace.work import UnitOfWork

FIRST_HOUR: Final = 7
"""From which hour in Helsinki the letters of the day are written."""

AGAIN_AFTER: Final = timedelta(days=7)
"""How soon the client is told again of what is not paid before an answer."""


def tell(database: Database, *, now: datetime) -> int:
    """Tell everybody who has something new to look at, once a day; how many clients. Each in its own transaction."""
    local = now.astimezone(HELSINKI)
    if local.hour < FIRST_HOUR:
        return 0
    with database.read() as session:
        waiting = session.scalars(_to_tell(local.date(), now)).all()

    def do(client_id: int) -> bool:
        with database.transaction() as session:
            return tell_one(UnitOfWork(session, SYSTEM, now), client_id)

    return sum(each_by_itself(database, "tell a client of deliveries", waiting, do, now=now))


def tell_one(work: UnitOfWork, client_id: int) -> bool:
    """Tell a client, and the helpers who act; False when nothing waits any more or there is nobody to tell.

    Who records locks the client as well, so what is recorded after this has a greater number.
    """
    client = work.session.get_one(Client, client_id, with_for_update=for_change(Client))
    told_today = client.deliveries_told_at is not None and (
        helsinki_date(client.deliveries_told_at) >= work.today
    )
    waiting = work.session.execute(
        sa.select(Delivery.id, Delivery.objection_until).where(
            *queries.to_client(client), Delivery.state == DeliveryState.RECORDED
        )
    ).all()
    people = _people(work.session, client, work.today)
    if told_today or not waiting or not people:
        return False
    days = [each.objection_until for each in waiting if each.objection_until is not None]
    for person, helps in people:
        mails.deliveries_to_look_at(
            work,
            client,
            person,
            count=len(waiting),
            until=min(days, default=None),
            asked=len(days) < len(waiting),
            helps=helps,
        )
    client.deliveries_told_at, client.deliveries_told_to = work.now, max(each.id for each in waiting)
    return True


def _people(session: Session, client: Client, today: date) -> list[tuple[Recipient, bool]]:
    """Who can look: the client, unless nothing is sent to the client by mail, and helpers who act (True)."""
    found: list[tuple[Recipient, bool]] = []
    if client.email and not client.protected:
        found.append((MailAddress(client.email, client.name, client.language), False))
    found.extend(
        (each.helper, True)
        for each in mandates_of(session, client.id)
        if each.helper is not None and each.scope is Scope.ACT and in_force(each, today)
    )
    return found


def _to_tell(today: date, now: datetime) -> sa.Select[int]:
    """The clients of whom something waits that they have not been told of, or is asked about for a week already, and
    who can be told.
    """
    told = Client.deliveries_told_at
    day_begins = datetime.combine(today, time(), HELSINKI)
    asked_again = sa.and_(Delivery.objection_until.is_(None), told <= now - AGAIN_AFTER)
    acts = sa.exists().where(
        Mandate.client_id == Client.id,
        Mandate.scope == Scope.ACT,
        Mandate.accepted_at.is_not(None),
        Mandate.revoked_at.is_(None),
        sa.or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today),
    )
    return (
        sa.select(Client.id)
        .join(
            Delivery,
            sa.and_(
                Delivery.organisation_key == Client.organisation_key,
                Delivery.client_number == Client.number,
                Delivery.state == DeliveryState.RECORDED,
            ),
        )
        .where(
            Client.erased_at.is_(None),
            sa.or_(
                told.is_(None),
                sa.and_(told < day_begins, sa.or_(Delivery.id > Client.deliveries_told_to, asked_again)),
            ),
            sa.or_(sa.and_(Client.email != "", ~Client.protected), acts),
        )
        .distinct()
        .order_by(Client.id)
    )
