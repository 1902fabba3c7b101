"""Finding disqualifications."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.impartiality.models import Disqualification
from marketplace.accounts.models import User
from marketplace.permissions import STAFF_ROLES


def disqualified_in(session: Session, user: User, now: datetime) -> frozenset[int]:
    """The providers in whose matters the person, one of the staff, takes no part, besides those they act for."""
    if not any(held.role in STAFF_ROLES for held in user.grants):
        return frozenset()
    return noted_of(session.connection(), user.id, now)


def noted_of(connection: sa.Connection, user_id: int, now: datetime) -> frozenset[int]:
    """The providers in whose matters a person has declared, or is known, to be disqualified."""
    return frozenset(
        connection.scalars(
            sa.select(Disqualification.provider_id).where(
                Disqualification.user_id == user_id, Disqualification.until > now
            )
        )
    )


def is_disqualified(session: Session, user: User, provider_id: int, now: datetime) -> bool:
    """Whether the person may take no part in the provider's matters."""
    acts = any(held.provider_id == provider_id for held in user.grants)
    return acts or provider_id in disqualified_in(session, user, now)
