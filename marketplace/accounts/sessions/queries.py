"""Finding sessions."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.accounts.models import User
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.rules import STEP_HOLDS, Step, is_over


def digest(token: str) -> str:
    """How a token is kept: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def living_session(session: Session, token: str, now: datetime) -> UserSession | None:
    """The session of this token with its person, or None when it has ended, run out, or the account is closed.

    One that waits for the second factor is none yet (`waiting_session`).
    """
    held = _of_token(session, token)
    return held if held is not None and held.step is not Step.SECOND_FACTOR and _lives(held, now) else None


def waiting_session(session: Session, token: str, now: datetime) -> UserSession | None:
    """The sign-in of this token that waits for its second factor, or None when there is none or it waited too long."""
    held = _of_token(session, token)
    if held is None or held.step is not Step.SECOND_FACTOR or now >= held.created_at + STEP_HOLDS:
        return None
    return held if _lives(held, now) else None


def owner_of(session: Session, token: str) -> int | None:
    """Whose session a token is or was: the person's id, or None for a token that never was one."""
    return session.scalar(sa.select(UserSession.user_id).where(UserSession.token_hash == digest(token)))


def living_sessions(session: Session, user: User, now: datetime) -> Sequence[UserSession]:
    """Where the person is signed in now, the latest visit first."""
    open_ones = session.scalars(
        sa.select(UserSession)
        .where(
            UserSession.user_id == user.id,
            UserSession.ended_at.is_(None),
            UserSession.step != Step.SECOND_FACTOR,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return [held for held in open_ones if _lives(held, now)]


def _of_token(session: Session, token: str) -> UserSession | None:
    found = session.scalars(
        sa.select(UserSession)
        .where(UserSession.token_hash == digest(token), UserSession.ended_at.is_(None))
        .options(joinedload(UserSession.user).joinedload(User.grants))
    )
    return found.unique().one_or_none()


def _lives(held: UserSession, now: datetime) -> bool:
    roles = [grant.role for grant in held.user.grants]
    over = is_over(created_at=held.created_at, last_seen_at=held.last_seen_at, roles=roles, now=now)
    return held.user.active and not over
