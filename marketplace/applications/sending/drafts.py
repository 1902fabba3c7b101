"""A letter about a draft that has lain untouched for a week: it has not been sent. Run by the worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.accounts.queries import provider_people
from marketplace.applications import mails
from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application
from marketplace.applications.rules import ApplicationState
from marketplace.audit.models import AuditEvent
from marketplace.db import Database, for_change
from marketplace.duties import each_by_itself
from marketplace.permissions import SYSTEM
from marketplace.pilots.queries import current_definition
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.company.queries import admins_of
from marketplace.work import UnitOfWork

UNTOUCHED: Final = timedelta(days=7)
"""How long nobody has written anything in a draft before its company is reminded of it, once."""


def remind(database: Database, *, now: datetime) -> int:
    """Write about every draft that has lain for a week; how many. Needs an application context for the template.

    The letter and the event that says so are one transaction, and a draft that has the event is passed over: neither a
    crash nor a second worker reminds twice.
    """
    with database.read() as session:
        waiting = _waiting(session, now)

    def do(application_id: int) -> bool:
        with database.transaction() as session:
            return _remind(UnitOfWork(session, SYSTEM, now), application_id)

    return sum(each_by_itself(database, "remind of a draft", waiting, do, now=now))


def _waiting(session: Session, now: datetime, application_id: int | None = None) -> Sequence[int]:
    """The drafts that are a week old, in which nothing was done since, and of which nobody was reminded."""
    touched = sa.exists().where(
        AuditEvent.subject_type == Application.__audit_name__,
        AuditEvent.subject_id == sa.cast(Application.id, sa.Text),
        sa.or_(AuditEvent.at > now - UNTOUCHED, AuditEvent.action == ApplicationAudit.REMIND_DRAFT),
    )
    found = sa.select(Application.id).where(
        Application.state == ApplicationState.DRAFT, Application.created_at <= now - UNTOUCHED, ~touched
    )
    if application_id is not None:
        found = found.where(Application.id == application_id)
    return session.scalars(found.order_by(Application.id)).all()


def _remind(work: UnitOfWork, application_id: int) -> bool:
    application = work.session.get_one(Application, application_id, with_for_update=for_change(Application))
    still = _waiting(work.session, work.now, application_id)
    definition = current_definition(work.session, application.pilot_key)
    people = _readers(work.session, application)
    if not still or not people or not definition.takes_applications(work.today):
        return False
    for person in people:
        mails.application_draft_waits(work, person, application)
    record_in_pilot(work, ApplicationAudit.REMIND_DRAFT, application)
    return True


def _readers(session: Session, application: Application) -> Sequence[User]:
    """Who began the draft while that person acts for the company, else its admins."""
    if application.created_by in provider_people(session, application.provider_id):
        return [application.created_by]
    return admins_of(session, application.provider_id)
