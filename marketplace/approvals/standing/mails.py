"""Mail about an approval that stands, to one of those who take care of the matters of the provider."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.approvals.standing.labels import NAMES
from marketplace.approvals.standing.models import ApprovalCondition, ApprovalMeasure
from marketplace.decisions.rules import PROVIDER_REVIEW_DAYS
from marketplace.outbox import Attachment, OutboxMessage
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import EVIDENCE_KINDS, SERVICES
from marketplace.providers.models import ServiceApproval
from marketplace.work import UnitOfWork

# --- measures --------------------------------------------------------------------------------------------------------


def approval_hearing(work: UnitOfWork, admin: User, measure: ApprovalMeasure) -> OutboxMessage:
    """What the office considers and why, and by when the provider may explain."""
    return outbox.send(
        work,
        admin,
        "approval_hearing",
        measure=measure,
        measure_name=NAMES[measure.kind],
        grounds=measure.grounds,
        link=_measure_page(measure, admin),
        **_about(work, measure.approval, admin),
    )


def approval_measure_decided(
    work: UnitOfWork, admin: User, measure: ApprovalMeasure, document: Attachment
) -> OutboxMessage:
    """The decision, with its document."""
    return outbox.send(
        work,
        admin,
        "approval_measure_decided",
        measure_name=NAMES[measure.kind],
        number=measure.number,
        days=PROVIDER_REVIEW_DAYS,
        link=_measure_page(measure, admin),
        attachments=[document],
        **_about(work, measure.approval, admin),
    )


def approval_measure_dropped(work: UnitOfWork, admin: User, measure: ApprovalMeasure) -> OutboxMessage:
    """The office decides nothing: the approval stays as it is."""
    return outbox.send(
        work,
        admin,
        "approval_measure_dropped",
        measure_name=NAMES[measure.kind],
        **_about(work, measure.approval, admin),
    )


# --- conditions and proofs -------------------------------------------------------------------------------------------


def approval_condition(work: UnitOfWork, admin: User, condition: ApprovalCondition) -> OutboxMessage:
    """A condition was set."""
    return outbox.send(
        work, admin, "approval_condition", condition=condition, **_about(work, condition.approval, admin)
    )


def approval_condition_reminder(work: UnitOfWork, admin: User, condition: ApprovalCondition) -> OutboxMessage:
    """The last day of a condition is near."""
    return outbox.send(
        work,
        admin,
        "approval_condition_reminder",
        condition=condition,
        **_about(work, condition.approval, admin),
    )


def proof_reminder(
    work: UnitOfWork, admin: User, approval: ServiceApproval, kinds: Sequence[str], *, day: date, step: int
) -> OutboxMessage:
    """Proofs of these kinds end on `day`, which is `step` days ago; before it the number is negative."""
    return outbox.send(
        work,
        admin,
        "proof_reminder",
        approval=approval,
        proofs=[EVIDENCE_KINDS[kind].name for kind in kinds],
        day=day,
        step=step,
        link=outbox.address("providers.evidence.index", admin.language, provider_id=approval.provider_id),
    )


# --- parts -----------------------------------------------------------------------------------------------------------


def _about(work: UnitOfWork, approval: ServiceApproval, admin: User) -> dict[str, Any]:
    """What every mail on an approval names: the service, the pilot and whom to ask."""
    definition = kept_definition(work.session, approval.pilot_version_id)
    return {
        "service": SERVICES[approval.service_key].name[admin.language],
        "pilot": definition.name[admin.language],
        "contact": definition.contact,
    }


def _measure_page(measure: ApprovalMeasure, admin: User) -> str:
    return outbox.address(
        "approvals.measure",
        admin.language,
        provider_id=measure.approval.provider_id,
        measure_id=measure.id,
    )
