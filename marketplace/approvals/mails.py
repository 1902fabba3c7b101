"""Mail about what the office does with an application, to the applicant and to its handler."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.applications import labels
from marketplace.applications.models import Application, CompletionRequest, Correction, Decision, Hearing
from marketplace.approvals.serving.service import days_of_letter
from marketplace.decisions.authority import authority_name
from marketplace.decisions.document import person_text
from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS
from marketplace.i18n import in_language
from marketplace.outbox import Attachment, MailAddress, OutboxMessage, Recipient
from marketplace.pilots.queries import kept_definition
from marketplace.work import UnitOfWork

# --- to the provider: who began the application, or whoever else is there for it ---------------------------------


def application_completion(
    work: UnitOfWork, to: Recipient, application: Application, request: CompletionRequest
) -> OutboxMessage:
    """What is to be completed, and by when."""
    return outbox.send(
        work,
        to,
        "application_completion",
        organisation_key=application.pilot.organisation_key,
        completion=request,
        posted=days_of_letter(work, to, request.due_on),
        definition=kept_definition(work.session, application.definition_version_id),
        link=_own_page(application, to),
        **_about(work, application, to),
    )


def completion_reminder(
    work: UnitOfWork, to: Recipient, application: Application, request: CompletionRequest, *, last_day: date
) -> OutboxMessage:
    """The completion has not come; it can still be sent until `last_day`."""
    return outbox.send(
        work,
        to,
        "completion_reminder",
        organisation_key=application.pilot.organisation_key,
        completion=request,
        last_day=last_day,
        link=_own_page(application, to),
        **_about(work, application, to),
    )


def completion_taken_back(
    work: UnitOfWork, to: Recipient, application: Application, request: CompletionRequest
) -> OutboxMessage:
    """The office waits for the completion no longer, and why."""
    return outbox.send(
        work,
        to,
        "completion_taken_back",
        organisation_key=application.pilot.organisation_key,
        completion=request,
        link=_own_page(application, to),
        **_about(work, application, to),
    )


def application_hearing(
    work: UnitOfWork, to: Recipient, application: Application, hearing: Hearing
) -> OutboxMessage:
    """What the office intends and why, and by when the provider may answer."""
    return outbox.send(
        work,
        to,
        "application_hearing",
        organisation_key=application.pilot.organisation_key,
        hearing=hearing,
        posted=days_of_letter(work, to, hearing.due_on),
        authority=authority_name(application.pilot.organisation, to.language, work.today),
        person="" if application.handler is None else person_text(application.handler, to.language),
        link=_own_page(application, to, "approvals.hearing"),
        **_about(work, application, to),
    )


def decision_made(
    work: UnitOfWork, to: Recipient, application: Application, number: str, document: Attachment
) -> OutboxMessage:
    """The decision, with its document: one outcome, or that of each service where they differ."""
    lines = [(line.service_key, line.outcome) for line in application.lines if line.outcome is not None]
    found = {outcome for _key, outcome in lines}
    with in_language(to.language):
        outcomes = [(labels.service_name(key), str(labels.OUTCOMES[outcome][0])) for key, outcome in lines]
    return outbox.send(
        work,
        to,
        "decision_made",
        organisation_key=application.pilot.organisation_key,
        outcome=found.pop() if len(found) == 1 else None,
        outcomes=outcomes,
        number=number,
        days=PROVIDER_REVIEW_DAYS,
        link=_own_page(application, to),
        attachments=[document],
        **_about(work, application, to),
    )


def decision_corrected(
    work: UnitOfWork,
    to: Recipient,
    decision: Decision,
    correction: Correction,
    documents: Sequence[Attachment],
) -> OutboxMessage:
    """A clerical error of the decision was corrected, with the document that says so and the corrected copy."""
    return outbox.send(
        work,
        to,
        "decision_corrected",
        organisation_key=decision.application.pilot.organisation_key,
        decision=decision,
        correction=correction,
        link=_own_page(decision.application, to),
        attachments=documents,
        **_about(work, decision.application, to),
    )


# --- to the handler, when the application has one --------------------------------------------------------------------


def application_heard(work: UnitOfWork, application: Application, hearing: Hearing) -> OutboxMessage | None:
    """The provider has answered the hearing, or its last day has passed."""
    handler = application.handler
    if handler is None:
        return None
    return outbox.send(
        work,
        handler,
        "application_heard",
        organisation_key=application.pilot.organisation_key,
        hearing=hearing,
        link=_review_page(application, handler),
        **_about(work, application, handler),
    )


def completion_late(
    work: UnitOfWork, application: Application, request: CompletionRequest, *, last_day: date | None
) -> OutboxMessage | None:
    """The completion has not come: the provider can still send it until `last_day`, or (None) not any more."""
    handler = application.handler
    if handler is None:
        return None
    return outbox.send(
        work,
        handler,
        "completion_late",
        organisation_key=application.pilot.organisation_key,
        completion=request,
        last_day=last_day,
        link=_review_page(application, handler),
        **_about(work, application, handler),
    )


def application_returned(work: UnitOfWork, application: Application, reason: str) -> OutboxMessage | None:
    """The decider does not decide as proposed, and why."""
    handler = application.handler
    if handler is None:
        return None
    return outbox.send(
        work,
        handler,
        "application_returned",
        organisation_key=application.pilot.organisation_key,
        reason=reason,
        link=_review_page(application, handler),
        **_about(work, application, handler),
    )


def application_handed_over(work: UnitOfWork, application: Application, handler: User) -> OutboxMessage:
    """The application is the handler's from now on."""
    return outbox.send(
        work,
        handler,
        "application_handed_over",
        organisation_key=application.pilot.organisation_key,
        by=work.actor.name,
        link=_review_page(application, handler),
        **_about(work, application, handler),
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def _about(work: UnitOfWork, application: Application, to: Recipient) -> dict[str, Any]:
    """What every mail here names: the application, the pilot and whom to ask."""
    definition = kept_definition(work.session, application.definition_version_id)
    return {
        "application": application,
        "pilot": definition.name[to.language],
        "contact": definition.contact,
    }


def _own_page(application: Application, to: Recipient, page: str = "applications.application") -> str:
    """The provider's page of the application; empty for who has no account to open it with."""
    if isinstance(to, MailAddress):
        return ""
    return outbox.address(
        page, to.language, provider_id=application.provider_id, application_id=application.id
    )


def _review_page(application: Application, handler: Recipient) -> str:
    return outbox.address("approvals.review", handler.language, application_id=application.id)
