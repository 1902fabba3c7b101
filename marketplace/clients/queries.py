"""Reading the register of clients and the log of who looked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import User
from marketplace.accounts.queries import staff
from marketplace.clients.models import Client, ClientAccess, Consent
from marketplace.clients.rules import Ground, Part, client_number, log_begins
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.paging import Page, contains, page_of
from marketplace.permissions import Permission, Role
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork


def client_for_staff(
    work: UnitOfWork, client_id: int, *, permission: Permission = Permission.VIEW_CLIENTS, lock: bool = False
) -> Client:
    """A client of the actor's organisation; `lock` for a change. Raises NotFound for others and erased ones."""
    client = work.session.get(Client, client_id, with_for_update=for_change(Client) if lock else None)
    if (
        client is None
        or client.erased_at is not None
        or not work.may(permission, organisation=client.organisation_key)
    ):
        raise NotFound()
    return client


def client_of_number(
    session: Session, organisation: str, number: str, *, lock: bool = False
) -> Client | None:
    """The organisation's client with this number, however it is written; None for none and for an erased one.

    `lock` for a change.
    """
    query = sa.select(Client).where(
        Client.organisation_key == organisation,
        Client.number == client_number(number),
        Client.erased_at.is_(None),
    )
    if lock:
        query = query.with_for_update(**for_change(Client))
    return session.scalar(query)


def clients_of(
    session: Session, organisation: str, *, own: int, words: str = "", page: int = 1
) -> Page[Client]:
    """The organisation's clients by name, those of the counsellor `own` first.

    `words`: the beginning of the number or a part of the name.
    """
    query = (
        sa.select(Client)
        .where(Client.organisation_key == organisation, Client.erased_at.is_(None))
        .options(joinedload(Client.counsellor))
    )
    if words:
        query = query.where(
            sa.or_(
                Client.number.startswith(client_number(words), autoescape=True), contains(Client.name, words)
            )
        )
    first = sa.case((Client.counsellor_id == own, 0), else_=1)
    return page_of(session, query.order_by(first, by_name(Client.name), Client.number), page)


def counsellors(session: Session, organisation: str) -> Sequence[User]:
    """Those who may be a client's own counsellor, by name."""
    return staff(session, organisation, frozenset({Role.COUNSELLOR}))


def stated_ground(session: Session, client_id: int, user_id: int, since: datetime) -> Ground | None:
    """The ground on which somebody has looked at the client's data since a moment; None when they have not.

    A list shows names by itself and states no ground for more.
    """
    return session.scalar(
        sa.select(ClientAccess.ground)
        .where(
            ClientAccess.client_id == client_id,
            ClientAccess.user_id == user_id,
            ClientAccess.at >= since,
            ClientAccess.part != Part.LIST,
        )
        .order_by(ClientAccess.id.desc())
        .limit(1)
    )


def log_of(session: Session, client_id: int, *, now: datetime, page: int = 1) -> Page[ClientAccess]:
    """Who has looked at the client's data and to whom it was given, the latest first, two years back."""
    return page_of(
        session,
        sa.select(ClientAccess)
        .where(ClientAccess.client_id == client_id, ClientAccess.at >= log_begins(now))
        .options(joinedload(ClientAccess.user))
        .order_by(ClientAccess.at.desc(), ClientAccess.id.desc()),
        page,
    )


def consents_of(session: Session, client_id: int) -> Sequence[Consent]:
    """Every consent that the client has given, the latest first."""
    return session.scalars(
        sa.select(Consent).where(Consent.client_id == client_id).order_by(Consent.id.desc())
    ).all()
