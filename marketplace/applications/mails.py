"""Mail about an application to the people on its two sides, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from marketplace import outbox
from marketplace.applications import queries
from marketplace.applications.models import Application
from marketplace.i18n import LANGUAGES


def mail_applicant(
    session: Session,
    application: Application,
    template: str,
    now: datetime,
    attachments: Iterable[outbox.Attachment] = (),
) -> None:
    """Mail to the person who began the application."""
    person = application.created_by
    _mail(session, application, template, now, (person.email, person.language, person.name), attachments)


def mail_handler(session: Session, application: Application, template: str, now: datetime) -> None:
    """Mail to the application's handler, when it has one."""
    person = application.handler
    if person is not None:
        _mail(session, application, template, now, (person.email, person.language, person.name))


def mail_office(session: Session, application: Application, template: str, now: datetime) -> None:
    """Mail to the handler; before there is one, to the pilot's contact in the office's first language."""
    if application.handler is not None:
        mail_handler(session, application, template, now)
        return
    contact, language = queries.definition_of(session, application).contact, LANGUAGES[0]
    _mail(session, application, template, now, (contact.email, language, contact.name[language]))


def _mail(
    session: Session,
    application: Application,
    template: str,
    now: datetime,
    receiver: tuple[str, str, str],
    attachments: Iterable[outbox.Attachment] = (),
) -> None:
    """Mail to a receiver: address, language, name."""
    address, language, name = receiver
    form = queries.definition_of(session, application)
    outbox.send(
        session,
        to=address,
        language=language,
        template=template,
        now=now,
        context={"name": name, "application": application, "pilot": form.name[language]},
        attachments=attachments,
    )
