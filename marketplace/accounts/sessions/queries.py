"""Finding sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import User
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.rules import is_over


def digest(token: str) -> str:
    """How a token is kept: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def living_session(session: Session, token: str, now: datetime) -> UserSession | None:
    """The session of this token with its person, or None when it has ended, run out, or the account is closed."""
    held = session.scalar(
        sa.select(UserSession)
        .where(UserSession.token_hash == digest(token), UserSession.ended_at.is_(None))
        .options(joinedload(UserSession.user))
    )
    return held if held is not None and _lives(held, now) else None


def living_sessions(session: Session, user: User, now: datetime) -> Sequence[UserSession]:
    """Where the person is signed in now, the latest visit first."""
    open_ones = session.scalars(
        sa.select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.ended_at.is_(None))
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return [held for held in open_ones if _lives(held, now)]


def _lives(held: UserSession, now: datetime) -> bool:
    roles = [grant.role for grant in held.user.grants]
    over = is_over(created_at=held.created_at, last_seen_at=held.last_seen_at, roles=roles, now=now)
    return held.user.active and not over
