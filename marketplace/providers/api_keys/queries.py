"""Reading the keys of a provider's programs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.sessions.queries import digest
from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.permissions import PROVIDER_ROLES
from marketplace.providers.api_keys.models import ApiKey


def keys_of(session: Session, provider_id: int) -> Sequence[ApiKey]:
    """The keys of a provider: those that hold first, then the latest."""
    query = (
        sa.select(ApiKey)
        .where(ApiKey.provider_id == provider_id)
        .options(joinedload(ApiKey.created_by))
        .order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())
    )
    return session.scalars(query).all()


def key_to_change(session: Session, provider_id: int, key_id: int) -> ApiKey:
    """A key of the provider, locked. Raises NotFound for another's."""
    found = session.get(ApiKey, key_id, with_for_update=for_change(ApiKey))
    if found is None or found.provider_id != provider_id:
        raise NotFound()
    return found


def maker_of(session: Session, key_id: int) -> Sequence[int]:
    """The person who made a key; nobody of one that there is not."""
    return session.scalars(sa.select(ApiKey.created_by_id).where(ApiKey.id == key_id)).all()


def key_that_holds(session: Session, token: str, now: datetime) -> ApiKey | None:
    """The key with this text, when it has neither been revoked nor expired and who made it still acts for the provider;
    or None.
    """
    found = session.scalar(
        sa.select(ApiKey)
        .where(ApiKey.token_hash == digest(token), ApiKey.revoked_at.is_(None), ApiKey.expires_at > now)
        .options(joinedload(ApiKey.created_by))
    )
    return found if found is not None and still_acts(found) else None


def about_to_expire(session: Session, now: datetime, before: timedelta) -> Sequence[int]:
    """The keys that hold and expire soon, of which nobody has been told, by id."""
    return session.scalars(
        sa.select(ApiKey.id)
        .where(
            ApiKey.revoked_at.is_(None),
            ApiKey.told_at.is_(None),
            ApiKey.expires_at.between(now, now + before),
        )
        .order_by(ApiKey.id)
    ).all()


def still_acts(key: ApiKey) -> bool:
    """Whether who made the key still acts for the provider."""
    person = key.created_by
    return person.active and any(
        grant.provider_id == key.provider_id and grant.role in PROVIDER_ROLES for grant in person.grants
    )
