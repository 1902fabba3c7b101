"""Verbs of information sessions: the office plans, changes and cancels them; anybody registers and withdraws."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.allowances import Allowance, take, to_a_mailbox
from marketplace.contact import kept_email
from marketplace.db import Database
from marketplace.duties import each_by_itself
from marketplace.errors import Conflict, Fault, Invalid, refuse_all
from marketplace.i18n import LocalizedText, _l
from marketplace.permissions import SYSTEM, Actor
from marketplace.pilots.models import Pilot
from marketplace.pilots.trail import record_in_pilot
from marketplace.recruiting.audit_actions import SessionAudit
from marketplace.recruiting.invitations.service import require
from marketplace.recruiting.sessions import mails, queries, rules
from marketplace.recruiting.sessions.audiences import FIRST, audiences
from marketplace.recruiting.sessions.models import InformationSession, SessionRegistration
from marketplace.recruiting.sessions.rules import (
    CONFIRMED_WITHIN,
    RegistrationAction,
    RegistrationState,
    SessionAction,
    SessionState,
)
from marketplace.work import UnitOfWork

FROM_ONE_ADDRESS: Final = Allowance("registrations from one address", 20, timedelta(hours=1))
TO_ONE_MAILBOX: Final = to_a_mailbox("letters that confirm a registration")


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What the office says of a session. `place`, `link` or both; `seats` None: as many as come."""

    title: LocalizedText
    starts_at: datetime
    ends_at: datetime
    place: LocalizedText = field(default_factory=LocalizedText)
    link: str = ""
    description: LocalizedText = field(default_factory=LocalizedText)
    seats: int | None = None
    audience: str = FIRST


@dataclass(frozen=True, slots=True)
class SessionTold:
    """As much of the same as can be judged while something is left out. None: no time that could be read."""

    title: LocalizedText
    starts_at: datetime | None
    ends_at: datetime | None
    place: LocalizedText
    link: str
    audience: str


def plan(work: UnitOfWork, pilot: Pilot, facts: SessionFacts) -> InformationSession:
    """Plan a session of a pilot. Raises Invalid when something of it does not hold."""
    require(work, pilot)
    refuse_all(refusals(facts, work.now))
    planned = InformationSession(
        pilot=pilot,
        state=rules.SESSION.initial,
        created_at=work.now,
        changed_at=work.now,
        sequence=0,
        **_columns(facts),
    )
    work.session.add(planned)
    record_in_pilot(work, SessionAudit.PLAN, planned, after=_for_audit(facts))
    return planned


def change(work: UnitOfWork, planned: InformationSession, facts: SessionFacts) -> None:
    """Change a planned session; when its time or place changes, everybody who comes is told with a new calendar entry.

    Raises Invalid when something of it does not hold and Conflict when it has been cancelled.
    """
    require(work, planned.pilot)
    refuse_all(refusals(facts, work.now))
    planned.state = rules.SESSION.next(planned.state, SessionAction.CHANGE)
    before = SessionFacts(**{name: getattr(planned, name) for name in SessionFacts.__dataclass_fields__})
    if facts == before:
        return
    if facts.seats is not None and facts.seats < queries.seats_taken(work.session, planned.id):
        raise Invalid(_l("More people than this have registered already."), field="seats")
    for name, value in _columns(facts).items():
        setattr(planned, name, value)
    planned.changed_at, planned.sequence = work.now, planned.sequence + 1
    record_in_pilot(work, SessionAudit.CHANGE, planned, before=_for_audit(before), after=_for_audit(facts))
    _offer_freed(work, planned)
    moved = any(
        getattr(facts, name) != getattr(before, name) for name in ("starts_at", "ends_at", "place", "link")
    )
    if moved:
        for each in queries.participants(work.session, planned.id):
            each.reminded_at = _reminded_already(planned, work.now)
            mails.session_changed(work, each)


def cancel(work: UnitOfWork, planned: InformationSession) -> None:
    """Cancel a session; everybody who was coming is told. Raises Conflict when it has been cancelled already."""
    require(work, planned.pilot)
    before = {"state": planned.state}
    planned.state = rules.SESSION.next(planned.state, SessionAction.CANCEL)
    planned.changed_at, planned.sequence = work.now, planned.sequence + 1
    record_in_pilot(work, SessionAudit.CANCEL, planned, before=before, after={"state": planned.state})
    for each in (
        *queries.participants(work.session, planned.id),
        *queries.waiting_list(work.session, planned.id),
    ):
        mails.session_cancelled(work, each)


def register(
    work: UnitOfWork,
    planned: InformationSession,
    *,
    name: str,
    company: str,
    email: str,
    language: str,
    source: str,
) -> SessionRegistration:
    """Ask for a seat of a session, locked by the caller: a letter with a link asks the address to confirm.

    No seat is held before that, so that nobody fills a session with addresses of others. An address that is registered
    already stays so, and nothing is sent. `source` is the address of the network from which it comes. Raises Conflict
    when the session has begun or been cancelled, and TooOften.
    """
    _demand_open(work, planned)
    email = kept_email(email)
    found = queries.registration(work.session, planned.id, email)
    if found is not None and not rules.REGISTRATION.allows(found.state, RegistrationAction.REGISTER):
        return found
    take(work.session, FROM_ONE_ADDRESS, source, now=work.now)
    for allowance in TO_ONE_MAILBOX:
        take(work.session, allowance, email, now=work.now)
    if found is None:
        found = SessionRegistration(session=planned, email=email, token=secrets.token_urlsafe(24))
        found.state = rules.REGISTRATION.initial
        work.session.add(found)
    else:
        found.state = rules.REGISTRATION.next(found.state, RegistrationAction.REGISTER)
    found.name, found.company, found.language = name.strip(), company.strip(), language
    found.registered_at = work.now
    work.session.flush()
    mails.session_confirm(
        work, found, full=rules.is_full(queries.seats_taken(work.session, planned.id), planned.seats)
    )
    return found


def confirm(work: UnitOfWork, registration: SessionRegistration) -> None:
    """Whoever reads the mail of the address comes: the seat is held, and a letter brings the entry for the calendar.

    When every seat is taken, they wait in line instead and are told so. Doing so twice changes nothing. Raises Conflict
    when the session has begun or been cancelled, or the registration was taken back.
    """
    if registration.state in (RegistrationState.COMING, RegistrationState.WAITING):
        return
    planned = registration.session
    state = rules.REGISTRATION.next(registration.state, RegistrationAction.CONFIRM)
    _demand_open(work, planned)
    offered = registration.state == RegistrationState.OFFERED
    if not offered and rules.is_full(queries.seats_taken(work.session, planned.id), planned.seats):
        _queue(work, registration)
        return
    registration.offered_until = None
    registration.state, registration.reminded_at = state, _reminded_already(planned, work.now)
    after = {"registration": registration.id}
    record_in_pilot(work.acting_as(_visitor(registration)), SessionAudit.REGISTER, planned, after=after)
    mails.session_registered(work, registration)


def forget(session: Session, *, now: datetime) -> int:
    """Drop registrations that nobody has confirmed in time, with their letters, and those of sessions long over.

    Returns how many.
    """
    outbox.forget_letters(session, ["session_confirm"], before=now - CONFIRMED_WITHIN)
    unconfirmed = queries.drop_unconfirmed(session, before=now - CONFIRMED_WITHIN)
    return unconfirmed + queries.drop_of_past_sessions(session, before=now - rules.KEPT)


def _demand_open(work: UnitOfWork, planned: InformationSession) -> None:
    """Raise Conflict when the session takes nobody any more."""
    if not rules.takes_registrations(planned.state, planned.starts_at, work.now):
        raise Conflict(_l("The session no longer takes registrations."))


def _queue(work: UnitOfWork, registration: SessionRegistration) -> None:
    """Put somebody at the end of the line of a session that is full, and tell them."""
    registration.state = rules.REGISTRATION.next(registration.state, RegistrationAction.QUEUE)
    registration.registered_at = work.now
    _noted(work, registration, SessionAudit.QUEUE)
    mails.session_waiting(work, registration)


def _offer_freed(work: UnitOfWork, planned: InformationSession) -> None:
    """Offer the seats that are free to the first who wait, each with a letter and time to say yes."""
    if not rules.takes_registrations(planned.state, planned.starts_at, work.now):
        return
    work.session.flush()
    waiting = [
        each
        for each in queries.waiting_list(work.session, planned.id)
        if each.state == RegistrationState.WAITING
    ]
    taken = queries.seats_taken(work.session, planned.id)
    for place, each in enumerate(waiting):
        if rules.is_full(taken + place, planned.seats):
            return
        each.state = rules.REGISTRATION.next(each.state, RegistrationAction.OFFER)
        each.offered_until = rules.offered_until(work.now, planned.starts_at)
        _noted(work, each, SessionAudit.OFFER)
        mails.session_offered(work, each)


def pass_on(database: Database, now: datetime) -> int:
    """Let the offers of seats lapse that nobody has taken in time, and offer the seats to the next; how many lapsed."""
    with database.read() as session:
        ids = queries.lapsed_offers(session, now)

    def do(session_id: int) -> int:
        with database.transaction() as session:
            return let_offers_lapse(UnitOfWork(session, SYSTEM, now), session_id)

    return sum(each_by_itself(database, "pass a seat on", ids, do, now=now))


def let_offers_lapse(work: UnitOfWork, session_id: int) -> int:
    """Let the offers of a session lapse whose time is over, and offer the seats to the next; how many lapsed."""
    planned = queries.public_session(work.session, session_id, lock=True)
    lapsed = [
        each
        for each in queries.waiting_list(work.session, session_id)
        if each.state == RegistrationState.OFFERED
        and each.offered_until is not None
        and each.offered_until <= work.now
    ]
    for each in lapsed:
        each.state = rules.REGISTRATION.next(each.state, RegistrationAction.LAPSE)
        each.offered_until = None
        _noted(work, each, SessionAudit.LAPSE)
    _offer_freed(work, planned)
    return len(lapsed)


def _noted(work: UnitOfWork, registration: SessionRegistration, action: SessionAudit) -> None:
    record_in_pilot(work, action, registration.session, after={"registration": registration.id})


def withdraw(work: UnitOfWork, registration: SessionRegistration) -> None:
    """Take a registration back; a seat that is freed goes to the first who waits. Doing so twice changes nothing."""
    if not rules.REGISTRATION.allows(registration.state, RegistrationAction.WITHDRAW):
        return
    registration.state = rules.REGISTRATION.next(registration.state, RegistrationAction.WITHDRAW)
    after = {"registration": registration.id}
    record_in_pilot(
        work.acting_as(_visitor(registration)), SessionAudit.WITHDRAW, registration.session, after=after
    )
    registration.offered_until = None
    _offer_freed(work, registration.session)


def remind(database: Database, now: datetime) -> int:
    """Remind those who come to a session within a day, each once; how many were reminded.

    Each reminder and its mark are one transaction: a crash or a second worker never reminds twice. Needs an
    application context for the templates.
    """
    with database.read() as session:
        ids = queries.to_remind(session, now)

    def do(registration_id: int) -> bool:
        with database.transaction() as session:
            found = session.get_one(SessionRegistration, registration_id)
            planned = queries.public_session(session, found.session_id, lock=True)
            session.refresh(found)
            due = planned.state == SessionState.PLANNED and rules.is_time_to_remind(planned.starts_at, now)
            if found.state != RegistrationState.COMING or found.reminded_at is not None or not due:
                return False
            found.reminded_at = now
            record_in_pilot(
                UnitOfWork(session, SYSTEM, now),
                SessionAudit.REMIND,
                planned,
                after={"registration": found.id},
            )
            mails.session_reminder(UnitOfWork(session, SYSTEM, now), found)
            return True

    return sum(each_by_itself(database, "remind of a session", ids, do, now=now))


def _reminded_already(planned: InformationSession, now: datetime) -> datetime | None:
    """Whoever gets mail of the session within its last day needs no reminder besides."""
    return now if rules.is_time_to_remind(planned.starts_at, now) else None


def refusals(told: SessionTold | SessionFacts, now: datetime) -> Iterator[Fault]:
    """Everything that does not hold of what was told, each with its field; a time left out is the form's to say."""
    if told.title.missing:
        field = f"title-{told.title.missing[0]}"
        yield field, _l("Write the name of the session in both languages.")
    if told.starts_at is not None and told.starts_at <= now:
        yield "day", _l("The session would begin in the past. Give a later time.")
    if told.starts_at is not None and told.ends_at is not None and told.ends_at <= told.starts_at:
        yield "ends", _l("The session must end after it begins.")
    if not told.link and told.place.missing:
        field = f"place-{told.place.missing[0]}"
        yield field, _l("Give a place in both languages, or a link.")
    if told.audience not in audiences():
        yield "audience", _l("Choose whom the session is for.")
    if told.link and not told.link.lower().startswith("https://"):
        yield "link", _l("The address of the meeting begins with https://.")


def _columns(facts: SessionFacts) -> dict[str, Any]:
    return {name: getattr(facts, name) for name in SessionFacts.__dataclass_fields__}


def _for_audit(facts: SessionFacts) -> dict[str, Any]:
    """The facts as JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(facts).items()
    }


def _visitor(registration: SessionRegistration) -> Actor:
    """Somebody without an account, known by the name given."""
    return Actor(user_id=None, email=registration.email, name=registration.name)
