"""Reading mandates: whom somebody acts for, and who acts for a client."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.rules import holds
from marketplace.clients.models import Client
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile


def digest(token: str) -> str:
    """How the token of a link is kept: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def mandates_held(session: Session, user_id: int, today: date) -> Sequence[Mandate]:
    """The mandates by which somebody may see the pages of clients today."""
    held = session.scalars(
        sa.select(Mandate)
        .join(Mandate.client)
        .where(Mandate.helper_id == user_id, Client.erased_at.is_(None))
        .options(joinedload(Mandate.client))
        .order_by(Mandate.id)
    )
    return [each for each in held if in_force(each, today)]


def own_clients(session: Session, user_id: int) -> Sequence[Client]:
    """The clients that somebody is: one for each organisation."""
    return session.scalars(
        sa.select(Client).where(Client.user_id == user_id, Client.erased_at.is_(None)).order_by(Client.id)
    ).all()


def mandates_of(session: Session, client_id: int, *, lock: bool = False) -> Sequence[Mandate]:
    """Every mandate that the client has given, the latest first; `lock` for a change, before all else is locked."""
    query = (
        sa.select(Mandate)
        .where(Mandate.client_id == client_id)
        .options(joinedload(Mandate.helper))
        .order_by(Mandate.id.desc())
    )
    return session.scalars(query.with_for_update(**for_change(Mandate)) if lock else query).all()


def paper_of(session: Session, client: Client, mandate_id: int) -> StoredFile:
    """The signed paper of a mandate that the client has given. Raises NotFound where none is kept here."""
    found = session.get(Mandate, mandate_id)
    if found is None or found.client_id != client.id or found.file is None:
        raise NotFound()
    return found.file


def hold_in_force(session: Session, mandate: Mandate, today: date) -> None:
    """Let a mandate stand as it is until the transaction ends: who revokes it waits for what its helper does.

    Before all else is locked; the helper may act in several windows at once. Raises NotFound when it holds no more.
    """
    session.refresh(mandate, with_for_update={"read": True, "of": Mandate})
    if not in_force(mandate, today):
        raise NotFound()


def mandate_of_token(session: Session, token: str, now: datetime, *, lock: bool = False) -> Mandate | None:
    """The mandate that waits behind a link, or None when it was taken, revoked or is too old."""
    query = sa.select(Mandate).where(
        Mandate.token_hash == digest(token), Mandate.revoked_at.is_(None), Mandate.expires_at > now
    )
    return session.scalar(query.with_for_update() if lock else query)


def in_force(mandate: Mandate, today: date) -> bool:
    """Whether the mandate holds today."""
    return holds(
        accepted_at=mandate.accepted_at, revoked_at=mandate.revoked_at, ends_on=mandate.ends_on, today=today
    )
