"""Mail about an application to the people on its two sides, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from marketplace import outbox
from marketplace.applications import queries
from marketplace.applications.models import Application
from marketplace.i18n import LANGUAGES
from marketplace.work import UnitOfWork


def mail_applicant(
    work: UnitOfWork, application: Application, template: str, attachments: Iterable[outbox.Attachment] = ()
) -> None:
    """Mail to the person who began the application."""
    person = application.created_by
    _mail(work, application, template, (person.email, person.language, person.name), attachments)


def mail_handler(work: UnitOfWork, application: Application, template: str) -> None:
    """Mail to the application's handler, when it has one."""
    person = application.handler
    if person is not None:
        _mail(work, application, template, (person.email, person.language, person.name))


def mail_office(work: UnitOfWork, application: Application, template: str) -> None:
    """Mail to the handler; before there is one, to the pilot's contact in the office's first language."""
    if application.handler is not None:
        mail_handler(work, application, template)
        return
    contact, language = queries.definition_of(work.session, application).contact, LANGUAGES[0]
    _mail(work, application, template, (contact.email, language, contact.name[language]))


def _mail(
    work: UnitOfWork,
    application: Application,
    template: str,
    receiver: tuple[str, str, str],
    attachments: Iterable[outbox.Attachment] = (),
) -> None:
    """Mail to a receiver: address, language, name."""
    address, language, name = receiver
    form = queries.definition_of(work.session, application)
    outbox.send(
        work,
        to=address,
        language=language,
        template=template,
        context={"name": name, "application": application, "pilot": form.name[language]},
        attachments=attachments,
    )
