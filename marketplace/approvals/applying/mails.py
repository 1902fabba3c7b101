"""Mail about an application to the people on its two sides, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.approvals import queries
from marketplace.approvals.models import Application


def mail_applicant(
    session: Session,
    application: Application,
    template: str,
    now: datetime,
    attachments: Iterable[outbox.Attachment] = (),
) -> None:
    """Mail to the person who began the application."""
    _mail(session, application, application.created_by, template, now, attachments)


def mail_handler(session: Session, application: Application, template: str, now: datetime) -> None:
    """Mail to the application's handler, when it has one."""
    if application.handler is not None:
        _mail(session, application, application.handler, template, now)


def _mail(
    session: Session,
    application: Application,
    person: User,
    template: str,
    now: datetime,
    attachments: Iterable[outbox.Attachment] = (),
) -> None:
    form = queries.definition_of(session, application)
    outbox.send(
        session,
        to=person.email,
        language=person.language,
        template=template,
        now=now,
        context={"name": person.name, "application": application, "pilot": form.name[person.language]},
        attachments=attachments,
    )
