"""Mail about an information session, to one who has registered."""

from __future__ import annotations

from marketplace import outbox
from marketplace.calendars import MEDIA_TYPE
from marketplace.outbox import Attachment, MailAddress, OutboxMessage
from marketplace.recruiting.sessions.calendar import calendar_file
from marketplace.recruiting.sessions.models import SessionRegistration
from marketplace.recruiting.sessions.own_links import key_of
from marketplace.work import UnitOfWork


def session_confirm(
    work: UnitOfWork, registration: SessionRegistration, *, full: bool = False
) -> OutboxMessage:
    """The letter whose link confirms the registration. It says nothing that was written on the form.

    `full`: every seat is taken now, and who confirms waits in line.
    """
    return outbox.send(
        work,
        MailAddress(registration.email, "", registration.language),
        "session_confirm",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        full=full,
        link=_own_page(registration),
    )


def session_registered(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """The registration, with the entry for the calendar."""
    return outbox.send(
        work,
        registration,
        "session_registered",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        link=_own_page(registration),
        attachments=[_entry(registration)],
    )


def session_waiting(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """Every seat is taken; the person waits in line."""
    return outbox.send(
        work,
        registration,
        "session_waiting",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        link=_own_page(registration),
    )


def session_offered(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """A seat is free and held for the person until a moment."""
    return outbox.send(
        work,
        registration,
        "session_offered",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        until=registration.offered_until,
        link=_own_page(registration),
    )


def session_changed(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """The new time or place, with the entry that replaces the one of before."""
    return outbox.send(
        work,
        registration,
        "session_changed",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        link=_own_page(registration),
        attachments=[_entry(registration)],
    )


def session_cancelled(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """The session is not held, with the entry that takes it out of the calendar."""
    return outbox.send(
        work,
        registration,
        "session_cancelled",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        attachments=[_entry(registration)],
    )


def session_reminder(work: UnitOfWork, registration: SessionRegistration) -> OutboxMessage:
    """The session is held within a day."""
    return outbox.send(
        work,
        registration,
        "session_reminder",
        organisation_key=registration.session.pilot.organisation_key,
        session=registration.session,
        link=_own_page(registration),
    )


def _own_page(registration: SessionRegistration) -> str:
    """Where the registration can be taken back."""
    return outbox.address("recruiting.opened_registration", registration.language, key=key_of(registration))


def _entry(registration: SessionRegistration) -> Attachment:
    """The session as it is now, for a calendar."""
    planned, language = registration.session, registration.language
    page = outbox.address("recruiting.information_session", language, session_id=planned.id)
    return ("palvelutori.ics", MEDIA_TYPE, calendar_file(planned, language, page))
