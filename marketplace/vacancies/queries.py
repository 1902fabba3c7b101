"""Reading wishes to be told of a free place."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.i18n import _l
from marketplace.vacancies.models import PlaceNotice, PlaceNoticeLink


def digest(token: str) -> str:
    """What is kept of the token of a link: SHA-256, 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def by_token(session: Session, token: str, *, now: datetime, lock: bool = False) -> PlaceNotice:
    """The wish whose link has this token. Raises NotFound when it has been fulfilled, ended or dropped."""
    key = digest(token)
    further = sa.select(PlaceNoticeLink.notice_id).where(PlaceNoticeLink.token_hash == key)
    query = sa.select(PlaceNotice).where(
        sa.or_(PlaceNotice.token_hash == key, PlaceNotice.id.in_(further)), PlaceNotice.expires_at > now
    )
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound(
            _l("This has ended: you have been told of a free place, or you or the time have ended it.")
        )
    return found


def of_address(session: Session, offer_id: int, email: str) -> PlaceNotice | None:
    """The wish of an address about an offer, locked for the change that follows."""
    return session.scalar(
        sa.select(PlaceNotice)
        .where(PlaceNotice.offer_id == offer_id, PlaceNotice.email == email)
        .with_for_update()
    )


def wished(session: Session) -> Sequence[int]:
    """The offers of which somebody has confirmed to want to be told."""
    return session.scalars(
        sa.select(PlaceNotice.offer_id).where(PlaceNotice.confirmed_at.is_not(None)).distinct()
    ).all()


def confirmed(session: Session, offer_id: int) -> Sequence[int]:
    """The confirmed wishes about an offer, by id."""
    return session.scalars(
        sa.select(PlaceNotice.id)
        .where(PlaceNotice.offer_id == offer_id, PlaceNotice.confirmed_at.is_not(None))
        .order_by(PlaceNotice.id)
    ).all()
