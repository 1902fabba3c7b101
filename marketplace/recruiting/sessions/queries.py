"""Reading information sessions and their participants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.db import for_change
from marketplace.errors import NotFound
from marketplace.permissions import Permission
from marketplace.pilots.models import Pilot
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import HOLD_A_SEAT, REMIND_BEFORE, RegistrationState, SessionState
from marketplace.sorting import by_name
from marketplace.work import UnitOfWork


def upcoming(
    session: Session, *, now: datetime, pilot_key: str | None = None
) -> Sequence[InformationSession]:
    """The sessions that are still to be held, the next one first; all pilots' or one's."""
    query = sa.select(InformationSession).where(
        InformationSession.state == SessionState.PLANNED, InformationSession.ends_at > now
    )
    if pilot_key is not None:
        query = query.where(InformationSession.pilot_key == pilot_key)
    return session.scalars(
        query.options(joinedload(InformationSession.pilot).joinedload(Pilot.organisation)).order_by(
            InformationSession.starts_at, InformationSession.id
        )
    ).all()


def public_session(session: Session, session_id: int, *, lock: bool = False) -> InformationSession:
    """A session for anybody to see; `lock` for a change. Raises NotFound."""
    found = session.get(
        InformationSession, session_id, with_for_update=for_change(InformationSession) if lock else None
    )
    if found is None:
        raise NotFound()
    return found


def office_session(work: UnitOfWork, session_id: int, *, lock: bool = False) -> InformationSession:
    """A session of the actor's organisation; `lock` for a change. Raises NotFound for any other."""
    found = public_session(work.session, session_id, lock=lock)
    if not work.actor.may(Permission.VIEW_APPLICATIONS, organisation=found.pilot.organisation_key):
        raise NotFound()
    return found


def of_pilots(session: Session, pilot_keys: Sequence[str]) -> list[tuple[InformationSession, int]]:
    """All sessions of the pilots, the latest first, each with the number of those who come."""
    coming = (
        sa.select(SessionRegistration.session_id, sa.func.count().label("number"))
        .where(SessionRegistration.state == RegistrationState.COMING)
        .group_by(SessionRegistration.session_id)
        .subquery()
    )
    query = (
        sa.select(InformationSession, sa.func.coalesce(coming.c.number, 0))
        .outerjoin(coming, coming.c.session_id == InformationSession.id)
        .where(InformationSession.pilot_key.in_(pilot_keys))
        .order_by(InformationSession.starts_at.desc(), InformationSession.id.desc())
    )
    return [(found, int(number)) for found, number in session.execute(query)]


def participants(session: Session, session_id: int) -> Sequence[SessionRegistration]:
    """Those who come, by name."""
    return session.scalars(
        sa.select(SessionRegistration)
        .where(
            SessionRegistration.session_id == session_id,
            SessionRegistration.state == RegistrationState.COMING,
        )
        .order_by(by_name(SessionRegistration.name), SessionRegistration.id)
    ).all()


def seats_taken(session: Session, session_id: int) -> int:
    """How many seats are taken: by those who come, and by those for whom a freed one is held."""
    query = (
        sa.select(sa.func.count())
        .select_from(SessionRegistration)
        .where(
            SessionRegistration.session_id == session_id,
            SessionRegistration.state.in_(HOLD_A_SEAT),
        )
    )
    return session.scalar(query) or 0


def free_seats(session: Session, found: Sequence[InformationSession]) -> dict[int, int]:
    """Session id → seats that are free, for those that have a number of seats; one query."""
    query = (
        sa.select(SessionRegistration.session_id, sa.func.count())
        .where(
            SessionRegistration.session_id.in_([each.id for each in found]),
            SessionRegistration.state.in_(HOLD_A_SEAT),
        )
        .group_by(SessionRegistration.session_id)
    )
    taken = {session_id: int(number) for session_id, number in session.execute(query)}
    return {each.id: max(each.seats - taken.get(each.id, 0), 0) for each in found if each.seats is not None}


def waiting_list(session: Session, session_id: int) -> Sequence[SessionRegistration]:
    """Those who wait for a seat, the first in line first; those for whom one is held stand before them."""
    return session.scalars(
        sa.select(SessionRegistration)
        .where(
            SessionRegistration.session_id == session_id,
            SessionRegistration.state.in_((RegistrationState.WAITING, RegistrationState.OFFERED)),
        )
        .order_by(
            SessionRegistration.state != RegistrationState.OFFERED,
            SessionRegistration.registered_at,
            SessionRegistration.id,
        )
    ).all()


def lapsed_offers(session: Session, now: datetime) -> Sequence[int]:
    """The ids of the sessions for which an offer of a seat has run out."""
    return session.scalars(
        sa.select(SessionRegistration.session_id)
        .where(
            SessionRegistration.state == RegistrationState.OFFERED,
            SessionRegistration.offered_until <= now,
        )
        .distinct()
        .order_by(SessionRegistration.session_id)
    ).all()


def number_coming(session: Session, session_id: int) -> int:
    """How many come."""
    query = (
        sa.select(sa.func.count())
        .select_from(SessionRegistration)
        .where(
            SessionRegistration.session_id == session_id,
            SessionRegistration.state == RegistrationState.COMING,
        )
    )
    return session.scalar(query) or 0


def registration(session: Session, session_id: int, email: str) -> SessionRegistration | None:
    """The registration of an address, whatever its state."""
    return session.scalar(
        sa.select(SessionRegistration).where(
            SessionRegistration.session_id == session_id, SessionRegistration.email == email
        )
    )


def drop_unconfirmed(session: Session, *, before: datetime) -> int:
    """Delete the registrations that were asked for before `before` and never confirmed; how many."""
    result = session.execute(
        sa.delete(SessionRegistration).where(
            SessionRegistration.state == RegistrationState.ASKED, SessionRegistration.registered_at <= before
        )
    )
    return int(getattr(result, "rowcount", 0))


def drop_of_past_sessions(session: Session, *, before: datetime) -> int:
    """Delete the registrations for sessions that ended before `before`; how many."""
    past = sa.select(InformationSession.id).where(InformationSession.ends_at <= before)
    result = session.execute(sa.delete(SessionRegistration).where(SessionRegistration.session_id.in_(past)))
    return int(getattr(result, "rowcount", 0))


def registration_of_token(session: Session, token: str, *, lock: bool = False) -> SessionRegistration:
    """The registration that the link of a confirmation belongs to; `lock` for a change, its session before it.

    Raises NotFound.
    """
    known = session.execute(
        sa.select(SessionRegistration.id, SessionRegistration.session_id).where(
            SessionRegistration.token == token
        )
    ).one_or_none()
    if known is None:
        raise NotFound()
    if lock:
        public_session(session, known.session_id, lock=True)
    found = session.get(
        SessionRegistration, known.id, with_for_update=for_change(SessionRegistration) if lock else None
    )
    if found is None:  # nobody had confirmed it in time, and it was dropped meanwhile
        raise NotFound()
    return found


def to_remind(session: Session, now: datetime) -> Sequence[int]:
    """The ids of the registrations that have not been reminded of a session that begins within a day."""
    return session.scalars(
        sa.select(SessionRegistration.id)
        .join(InformationSession)
        .where(
            InformationSession.state == SessionState.PLANNED,
            InformationSession.starts_at > now,
            InformationSession.starts_at <= now + REMIND_BEFORE,
            SessionRegistration.state == RegistrationState.COMING,
            SessionRegistration.reminded_at.is_(None),
        )
        .order_by(SessionRegistration.id)
    ).all()
