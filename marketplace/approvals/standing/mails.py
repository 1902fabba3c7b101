"""Mail about an approval that stands, to one of those who take care of the matters of the provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace import outbox
from marketplace.applications.models import Correction
from marketplace.approvals.serving.service import days_of_letter
from marketplace.approvals.standing.labels import NAMES
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.approvals.standing.rules import Expiry, MeasureAction
from marketplace.decisions.authority import authority_name
from marketplace.decisions.document import person_text
from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS
from marketplace.outbox import Attachment, MailAddress, OutboxMessage, Recipient
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, SERVICES
from marketplace.providers.models import ServiceApproval
from marketplace.work import UnitOfWork

# --- measures --------------------------------------------------------------------------------------------------------


def approval_hearing(work: UnitOfWork, to: Recipient, measure: ApprovalMeasure) -> OutboxMessage:
    """What the office considers and why, and by when the provider may explain."""
    return outbox.send(
        work,
        to,
        "approval_hearing",
        organisation_key=measure.approval.pilot.organisation_key,
        measure=measure,
        measure_name=NAMES[measure.kind],
        grounds=measure.grounds,
        condition=measure.condition,
        condition_due_on=measure.condition_due_on,
        posted=days_of_letter(work, to, measure.hearing_due_on or work.today),
        authority=authority_name(measure.approval.pilot.organisation, to.language, work.today),
        person=person_text(measure.proposed_by, to.language),
        link=_measure_page(measure, to),
        **_about(work, measure.approval, to),
    )


def approval_measure_back(
    work: UnitOfWork, reviewer: Recipient, measure: ApprovalMeasure, why: MeasureAction
) -> OutboxMessage:
    """The measure is with the reviewer again: an explanation came, none came in time, or the decider returned it."""
    return outbox.send(
        work,
        reviewer,
        "approval_measure_back",
        organisation_key=measure.approval.pilot.organisation_key,
        measure=measure,
        provider=measure.approval.provider,
        measure_name=NAMES[measure.kind],
        explained=why is MeasureAction.ANSWER,
        lapsed=why is MeasureAction.LAPSE,
        link=_office_page(measure, reviewer),
        **_about(work, measure.approval, reviewer),
    )


def approval_safety(work: UnitOfWork, decider: Recipient, measure: ApprovalMeasure) -> OutboxMessage:
    """A measure for the safety of clients waits for a decision now."""
    return outbox.send(
        work,
        decider,
        "approval_safety",
        organisation_key=measure.approval.pilot.organisation_key,
        measure=measure,
        provider=measure.approval.provider,
        measure_name=NAMES[measure.kind],
        link=_office_page(measure, decider),
        **_about(work, measure.approval, decider),
    )


def approval_measure_decided(
    work: UnitOfWork, to: Recipient, measure: ApprovalMeasure, document: Attachment
) -> OutboxMessage:
    """The decision, with its document."""
    return outbox.send(
        work,
        to,
        "approval_measure_decided",
        organisation_key=measure.approval.pilot.organisation_key,
        measure_name=NAMES[measure.kind],
        number=measure.number,
        days=PROVIDER_REVIEW_DAYS,
        link=_measure_page(measure, to),
        attachments=[document],
        **_about(work, measure.approval, to),
    )


def approval_corrected(
    work: UnitOfWork,
    to: Recipient,
    measure: ApprovalMeasure,
    correction: Correction,
    documents: Sequence[Attachment],
) -> OutboxMessage:
    """A clerical error of the decision was corrected, with the document that says so and the corrected copy."""
    return outbox.send(
        work,
        to,
        "approval_corrected",
        organisation_key=measure.approval.pilot.organisation_key,
        number=measure.number,
        correction=correction,
        link=_measure_page(measure, to),
        attachments=documents,
        **_about(work, measure.approval, to),
    )


def approval_measure_dropped(work: UnitOfWork, to: Recipient, measure: ApprovalMeasure) -> OutboxMessage:
    """The office decides nothing, and why: the approval stays as it is."""
    return outbox.send(
        work,
        to,
        "approval_measure_dropped",
        organisation_key=measure.approval.pilot.organisation_key,
        measure_name=NAMES[measure.kind],
        reason=measure.closing_reason,
        **_about(work, measure.approval, to),
    )


# --- conditions and proofs -------------------------------------------------------------------------------------------


def approval_request(work: UnitOfWork, to: Recipient, request: ApprovalCondition) -> OutboxMessage:
    """The office asks for something, and says that this binds to nothing."""
    return outbox.send(
        work,
        to,
        "approval_request",
        organisation_key=request.approval.pilot.organisation_key,
        request=request,
        posted=days_of_letter(work, to, request.due_on),
        proofs=_proofs_page(request, to),
        **_about(work, request.approval, to),
    )


def approval_condition_not_met(
    work: UnitOfWork, to: Recipient, condition: ApprovalCondition
) -> OutboxMessage:
    """The office finds that a condition has not been met, or that a request has not been answered."""
    return outbox.send(
        work,
        to,
        "approval_condition_not_met",
        organisation_key=condition.approval.pilot.organisation_key,
        condition=condition,
        proofs=_proofs_page(condition, to),
        **_about(work, condition.approval, to),
    )


def approval_condition_reminder(
    work: UnitOfWork, to: Recipient, condition: ApprovalCondition
) -> OutboxMessage:
    """The last day of a condition or of a request is near."""
    return outbox.send(
        work,
        to,
        "approval_condition_reminder",
        organisation_key=condition.approval.pilot.organisation_key,
        condition=condition,
        proofs=_proofs_page(condition, to),
        **_about(work, condition.approval, to),
    )


def proof_reminder(
    work: UnitOfWork, to: Recipient, approval: ServiceApproval, proofs: Sequence[Expiry], *, day: date
) -> OutboxMessage:
    """These proofs count until `day`: the mail speaks of today, also when it goes later than it should."""
    return outbox.send(
        work,
        to,
        "proof_reminder",
        organisation_key=approval.pilot.organisation_key,
        approval=approval,
        proofs=[(EVIDENCE_KINDS[each.kind].name, each.outlasts) for each in proofs],
        day=day,
        today=work.today,
        link=outbox.address("providers.evidence.index", to.language, provider_id=approval.provider_id),
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def _about(work: UnitOfWork, approval: ServiceApproval, to: Recipient) -> dict[str, Any]:
    """What every mail on an approval names: the service, the pilot and whom to ask."""
    definition = kept_definition(work.session, approval.pilot_version_id)
    return {
        "service": SERVICES[approval.service_key].name[to.language],
        "pilot": definition.name[to.language],
        "contact": definition.contact,
    }


def _proofs_page(condition: ApprovalCondition, to: Recipient) -> str:
    """Where the provider adds a proof; empty for who has no account to open it with."""
    if isinstance(to, MailAddress):
        return ""
    return outbox.address("providers.evidence.index", to.language, provider_id=condition.approval.provider_id)


def _office_page(measure: ApprovalMeasure, to: Recipient) -> str:
    return outbox.address("approvals.standing", to.language, approval_id=measure.approval_id)


def _measure_page(measure: ApprovalMeasure, to: Recipient) -> str:
    """The provider's page of the measure; empty for who has no account to open it with."""
    if isinstance(to, MailAddress):
        return ""
    return outbox.address(
        "approvals.measure",
        to.language,
        provider_id=measure.approval.provider_id,
        measure_id=measure.id,
    )
