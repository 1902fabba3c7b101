"""Mail about what a provider does with its application."""

from __future__ import annotations

from collections.abc import Collection

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.applications.labels import section_title
from marketplace.applications.models import Application
from marketplace.applications.queries import section_keys
from marketplace.i18n import LANGUAGES, helsinki_date, in_language
from marketplace.outbox import Attachment, MailAddress, OutboxMessage, Recipient
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork


def application_received(
    work: UnitOfWork, application: Application, copy: Attachment, *, completed: bool = False
) -> OutboxMessage:
    """The application has arrived, or its completion (`completed`), with a copy of it as it is now; to the person who
    began it.
    """
    applicant = application.created_by
    return outbox.send(
        work,
        applicant,
        "application_received",
        organisation_key=application.pilot.organisation_key,
        application=application,
        completed=completed,
        pilot=_pilot_name(work, application, applicant.language),
        link=outbox.address(
            "applications.application",
            applicant.language,
            provider_id=application.provider_id,
            application_id=application.id,
        ),
        attachments=[copy],
    )


def application_draft_waits(work: UnitOfWork, person: User, application: Application) -> OutboxMessage:
    """A draft has lain for a week and has not been sent; to somebody of its company."""
    return outbox.send(
        work,
        person,
        "application_draft_waits",
        organisation_key=application.pilot.organisation_key,
        pilot=_pilot_name(work, application, person.language),
        company=application.provider.name,
        begun_on=helsinki_date(application.created_at),
        link=outbox.address(
            "applications.application",
            person.language,
            provider_id=application.provider_id,
            application_id=application.id,
        ),
    )


def application_completed(
    work: UnitOfWork, application: Application, unchanged: Collection[str] = ()
) -> OutboxMessage | None:
    """The completion has come; to the application's handler, when it has one.

    `unchanged` are the sections that were asked for and are as they were.
    """
    handler = application.handler
    if handler is None:
        return None
    definition = kept_definition(work.session, application.definition_version_id)
    with in_language(handler.language):
        left = [
            section_title(key, definition)
            for key in section_keys(application, definition)
            if key in unchanged
        ]
    return outbox.send(
        work,
        handler,
        "application_completed",
        organisation_key=application.pilot.organisation_key,
        application=application,
        unchanged=left,
        pilot=_pilot_name(work, application, handler.language),
        link=outbox.address("approvals.review", handler.language, application_id=application.id),
    )


def application_withdrawn(work: UnitOfWork, application: Application) -> OutboxMessage:
    """The application was taken back; to its handler or, before there is one, to the pilot's contact."""
    contact = kept_definition(work.session, application.definition_version_id).contact
    first = LANGUAGES[0]
    office: Recipient = application.handler or MailAddress(contact.email, contact.name[first], first)
    return outbox.send(
        work,
        office,
        "application_withdrawn",
        organisation_key=application.pilot.organisation_key,
        application=application,
        pilot=_pilot_name(work, application, office.language),
        link=outbox.address("approvals.review", office.language, application_id=application.id),
    )


def _pilot_name(work: UnitOfWork, application: Application, language: str) -> str:
    return kept_definition(work.session, application.definition_version_id).name[language]
