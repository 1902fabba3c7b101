"""Writing down that a letter was posted: from its service on, and only from then, the party's time runs."""

from __future__ import annotations

from datetime import date
from typing import Any

from marketplace.applications.audit_actions import ApplicationAudit
from marketplace.applications.models import Application, CompletionRequest, Correction, Decision, Hearing
from marketplace.approvals.circulars.audit_actions import CircularAudit
from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.serving.labels import POSTING_FAULTS
from marketplace.approvals.serving.models import ServedDocument
from marketplace.approvals.serving.rules import Served, posting_fault
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.decisions.rules import Channel, due_from_service, presumed_service
from marketplace.errors import Conflict, Invalid, NotAllowed
from marketplace.i18n import _l
from marketplace.offers.pricing.days import is_day_off
from marketplace.permissions import Permission
from marketplace.pilots.trail import record_in_pilot
from marketplace.providers.audit_actions import ApprovalAudit
from marketplace.providers.models import ServiceApproval
from marketplace.work import UnitOfWork

Subject = Hearing | CompletionRequest | Decision | ApprovalMeasure | ApprovalCondition | Circular


def mark_posted(
    work: UnitOfWork, document: ServedDocument, posted_on: date, received_on: date | None = None
) -> ServedDocument:
    """Write down when the letter was posted, and when it was received if that is shown.

    What waits for an answer gets its last day: the time that was given, counted from the service. Raises Conflict when
    it is posted already, Invalid for days that cannot be, NotAllowed.
    """
    organisation = document.pilot.organisation_key
    if not any(
        work.may(permission, organisation=organisation, about=document.provider_id)
        for permission in (Permission.REVIEW_APPLICATIONS, Permission.DECIDE_APPLICATIONS)
    ):
        raise NotAllowed(_l("Your role does not allow this step."))
    if document.sent_on is not None:
        raise Conflict(_l("The day of posting has been marked already."))
    fault = posting_fault(document.written_on, posted_on, received_on, work.today)
    if fault is not None:
        raise Invalid(POSTING_FAULTS[fault[1]], field=fault[0])
    document.sent_on = posted_on
    served_on = document.served_on = received_on or presumed_service(Channel.POST, posted_on)
    document.posted_by_id = work.actor.user_id
    subject = subject_of(work, document)
    _set_due(document, subject, served_on)
    told = {"letter": document.kind, "posted_on": posted_on.isoformat(), "served_on": served_on.isoformat()}
    match thing_of(subject):
        case ServiceApproval() as approval:
            record_in_pilot(work, ApprovalAudit.POST, approval, after=told)
        case Application() as application:
            record_in_pilot(work, ApplicationAudit.POST, application, after=told)
        case _:
            about = {**told, "circular": document.circular_id}
            work.record(CircularAudit.POST, document.provider, organisation=organisation, after=about)
    return document


def subject_of(work: UnitOfWork, document: ServedDocument) -> Subject:
    """What the document is about; of a correction, the decision that it corrects."""
    named: tuple[tuple[int | None, type[Subject | Correction]], ...] = (
        (document.hearing_id, Hearing),
        (document.completion_id, CompletionRequest),
        (document.decision_id, Decision),
        (document.correction_id, Correction),
        (document.measure_id, ApprovalMeasure),
        (document.condition_id, ApprovalCondition),
        (document.circular_id, Circular),
    )
    number, model = next((number, model) for number, model in named if number is not None)
    found: Any = work.session.get_one(model, number)
    if isinstance(found, Correction):
        found = found.decision or work.session.get_one(ApprovalMeasure, found.measure_id)
    subject: Subject = found
    return subject


def thing_of(subject: Subject) -> Application | ServiceApproval | None:
    """The application or approval in whose history the document stands; None for a message to many."""
    if isinstance(subject, Circular):
        return None
    if isinstance(subject, (ApprovalMeasure, ApprovalCondition)):
        return subject.approval
    return subject.application


def _set_due(document: ServedDocument, subject: Subject, served_on: date) -> None:
    def moved(due_on: date) -> date:
        return due_from_service(document.written_on, due_on, served_on, is_day_off)

    match document.kind, subject:
        case (
            (Served.HEARING | Served.COMPLETION | Served.REQUEST),
            (Hearing() | CompletionRequest() | ApprovalCondition()),
        ):
            subject.due_on = moved(subject.due_on)
        case Served.MEASURE_HEARING, ApprovalMeasure(hearing_due_on=date() as due_on):
            subject.hearing_due_on = moved(due_on)
        case _:
            pass  # nothing is waited for
