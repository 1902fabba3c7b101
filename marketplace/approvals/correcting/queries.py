"""Reading the corrections of decisions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.contesting.queries import Contested
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.decisions.rules import CorrectionState
from marketplace.errors import NotFound
from marketplace.files.models import StoredFile
from marketplace.pilots.models import Pilot
from marketplace.providers.models import ServiceApproval


def corrections(session: Session, application: Application) -> Sequence[Correction]:
    """The corrections of the application's decisions, the first one first."""
    return session.scalars(
        sa.select(Correction)
        .join(Decision, Decision.id == Correction.decision_id)
        .where(Decision.application_id == application.id)
        .options(
            joinedload(Correction.file),
            joinedload(Correction.corrected_by),
            joinedload(Correction.proposed_by),
        )
        .order_by(Correction.id)
    ).all()


def correction_of(subject: Contested, correction_id: int) -> Correction:
    """A correction of the decision. Raises NotFound for any other."""
    for correction in subject.corrections:
        if correction.id == correction_id:
            return correction
    raise NotFound()


def decision_with(application: Application, correction_id: int) -> Decision:
    """The decision on the application that a correction is of. Raises NotFound for a correction of any other."""
    for decision in application.decisions:
        if any(each.id == correction_id for each in decision.corrections):
            return decision
    raise NotFound()


def file_of(measure: ApprovalMeasure, correction_id: int, which: str) -> StoredFile:
    """The correction's document, or the corrected copy (`which`). Raises NotFound while it has none."""
    found = correction_of(measure, correction_id)
    file = found.copy if which == "copy" else found.file
    if file is None:
        raise NotFound()
    return file


def waiting(session: Session, organisation: str) -> tuple[Sequence[int], Sequence[int]]:
    """The applications and the approvals of the organisation with corrections that wait, one for each correction."""
    applications = session.scalars(
        sa.select(Application.id)
        .join(Decision, Decision.application_id == Application.id)
        .join(Correction, Correction.decision_id == Decision.id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Correction.state == CorrectionState.PROPOSED)
        .order_by(Correction.id)
    ).all()
    approvals = session.scalars(
        sa.select(ServiceApproval.id)
        .join(ApprovalMeasure, ApprovalMeasure.approval_id == ServiceApproval.id)
        .join(Correction, Correction.measure_id == ApprovalMeasure.id)
        .join(Pilot, Pilot.key == ServiceApproval.pilot_key)
        .where(Pilot.organisation_key == organisation, Correction.state == CorrectionState.PROPOSED)
        .order_by(Correction.id)
    ).all()
    return applications, approvals
