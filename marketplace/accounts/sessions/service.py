"""Opening and ending sessions."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.sessions.models import UserSession
from marketplace.accounts.sessions.queries import digest
from marketplace.accounts.sessions.rules import ABSOLUTE, KEPT_FOR, NOTE_EVERY, End, Step
from marketplace.db import for_change
from marketplace.errors import Conflict
from marketplace.i18n import _l


class SignInOvertaken(Conflict):
    """The account was closed, or its password set, while somebody was signing in with what held before."""

    def __init__(self) -> None:
        super().__init__(_l("Your account has changed while you were signing in. Sign in again."))


def hold_person(session: Session, user: User) -> User:
    """The person who signs in, as the account is now, locked: no session of it begins while all of them end.

    `user` is the account as it was when the password was looked at. Raises SignInOvertaken when it has been closed or
    has another password since.
    """
    went_by = user.password_hash
    held = session.get_one(User, user.id, with_for_update=for_change(User))
    if not held.active or held.password_hash != went_by:
        raise SignInOvertaken()
    return held


def open_session(
    session: Session,
    user: User,
    *,
    agent: str,
    now: datetime,
    step: Step = Step.OPEN,
    openid_session: str | None = None,
) -> str:
    """Begin a session; gives the token (256 random bits) that only the browser keeps.

    `agent` is what the list calls the browser; `openid_session` as in the table. Raises SignInOvertaken.
    """
    hold_person(session, user)
    token = secrets.token_urlsafe(32)
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=user.id,
            created_at=now,
            last_seen_at=now,
            proved_at=now,
            agent=agent,
            step=step,
            openid_session=openid_session,
        )
    )
    session.flush()
    return token


def note_visit(session: Session, session_id: int, *, now: datetime) -> None:
    """Write down that the person is still there, at most once a minute."""
    session.execute(
        sa.update(UserSession)
        .where(UserSession.id == session_id, UserSession.last_seen_at < now - NOTE_EVERY)
        .values(last_seen_at=now)
    )


def note_proof(session: Session, session_id: int, *, now: datetime) -> None:
    """Write down that the person has just shown who they are."""
    session.execute(sa.update(UserSession).where(UserSession.id == session_id).values(proved_at=now))


def end_session(session: Session, user_id: int, session_id: int, reason: End, *, now: datetime) -> bool:
    """End one session of the person; whether there was one to end."""
    ended = _end(session, UserSession.id == session_id, user_id=user_id, reason=reason, now=now)
    return ended == 1


def lock_people(session: Session, ids: Iterable[int]) -> None:
    """Lock people of whom something is going to be taken away, before all else: what they are just doing ends first
    (`hold_signed_in`), and no session of theirs begins.
    """
    query = sa.select(User.id).where(User.id.in_(sorted(ids))).order_by(User.id)
    session.execute(query.with_for_update(**for_change(User))).all()


def hold_signed_in(connection: sa.Connection, user_id: int, session_id: int) -> bool:
    """Let the account of who acts stay as it is until the transaction ends, and whether the session still lives.

    Whoever closes the account, takes a role away or sets another password ends it, and locks the person for that: they
    wait for what is being done, and what comes later finds the session ended. Many windows may act at once.
    """
    return hold_account(connection, user_id) and (
        connection.scalar(
            sa.select(UserSession.id).where(UserSession.id == session_id, UserSession.ended_at.is_(None))
        )
        is not None
    )


def hold_account(connection: sa.Connection, user_id: int) -> bool:
    """Let an account stay as it is until the transaction ends; whether it is open. Before all else is locked."""
    query = sa.select(User.active).where(User.id == user_id)
    return connection.scalar(query.with_for_update(read=True, of=User)) is True


def end_sessions(session: Session, user_id: int, reason: End, *, now: datetime) -> int:
    """End all sessions of the person, on every device; how many there were. One that is about to begin waits."""
    lock_people(session, [user_id])
    return _end(session, sa.true(), user_id=user_id, reason=reason, now=now)


def end_openid_sessions(session: Session, user_id: int, openid_session: str | None, *, now: datetime) -> int:
    """End the sessions that came by OpenID Connect, all of the person or the named one; how many there were."""
    which = (
        UserSession.openid_session.is_not(None)
        if openid_session is None
        else UserSession.openid_session == openid_session
    )
    return _end(session, which, user_id=user_id, reason=End.OPENID, now=now)


def purge(session: Session, *, now: datetime) -> int:
    """Drop the sessions that nobody can have used for a month; how many there were."""
    result = session.execute(
        sa.delete(UserSession).where(UserSession.last_seen_at < now - ABSOLUTE - KEPT_FOR)
    )
    return int(getattr(result, "rowcount", 0))


def _end(session: Session, which: sa.ColumnElement[bool], *, user_id: int, reason: End, now: datetime) -> int:
    result = session.execute(
        sa.update(UserSession)
        .where(which, UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=now, end_reason=reason)
    )
    return int(getattr(result, "rowcount", 0))
