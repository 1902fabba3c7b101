"""Real documents for the first decisions; the others keep the shared stand-in, because each takes a while to set."""

from __future__ import annotations

from datetime import datetime, time
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, Correction, Decision
from marketplace.approvals.contesting.models import ReviewRequest
from marketplace.approvals.contesting.rules import ReviewState
from marketplace.approvals.deciding.document import application_decision
from marketplace.approvals.hearing.queries import hearings
from marketplace.approvals.standing.document import measure_paper
from marketplace.approvals.standing.models import ApprovalMeasure
from marketplace.approvals.standing.rules import MeasureState
from marketplace.decisions.rules import CorrectionState
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import kept_definition
from marketplace.providers.models import ServiceApproval

REAL_DOCUMENTS: Final = 15


def write_decisions(session: Session, store: FileStore, *, organisation: str) -> int:
    """Give the first decisions of the organisation, the demo provider's among them, documents of their own."""
    query = (
        sa.select(Decision)
        .join(Decision.application)
        .join(Pilot, Application.pilot_key == Pilot.key)
        .where(Pilot.organisation_key == organisation)
        .order_by(Decision.id)
        .limit(REAL_DOCUMENTS)
    )
    decisions = session.scalars(query).all()
    for decision in decisions:
        paper = application_decision(
            decision.application,
            kept_definition(session, decision.application.definition_version_id),
            number=decision.number,
            decided_by=decision.decided_by,
            language=decision.language,
            now=datetime.combine(decision.decided_on, time(12), HELSINKI),
            hearings=hearings(session, decision.application),
        )
        kept = store.put(paper.pdf(), media_type="application/pdf", name=decision.file.name)
        decision.content = paper.kept
        decision.file.sha256, decision.file.size = kept.sha256, kept.size
    for decision in decisions[-1:]:
        written = datetime.combine(decision.decided_on, time(15), HELSINKI)
        decision.corrections.append(
            _correction(decision.application.provider.street, decision.proposed_by_id, written)
        )
        session.add(
            ReviewRequest(
                decision=decision,
                state=ReviewState.PENDING,
                by=decision.application.created_by.name,
                received_on=decision.decided_on,
                recorded_by_id=decision.proposed_by_id,
                recorded_at=written,
            )
        )
    session.flush()
    _write_measures(session, store, organisation)
    return len(decisions)


def _write_measures(session: Session, store: FileStore, organisation: str) -> None:
    """Give the last decision on an approval a document of its own, with a correction that waits, and the last one of
    another organisation too, without one.
    """
    decided = (
        sa.select(ApprovalMeasure)
        .join(ApprovalMeasure.approval)
        .join(Pilot, ServiceApproval.pilot_key == Pilot.key)
        .where(ApprovalMeasure.state == MeasureState.DECIDED)
        .order_by(ApprovalMeasure.id.desc())
    )
    for owner, corrected in (
        (Pilot.organisation_key == organisation, True),
        (Pilot.organisation_key != organisation, False),
    ):
        measure = session.scalars(decided.where(owner)).first()
        if measure is not None and _write_measure(session, store, measure) and corrected:
            measure.corrections.append(
                _correction(measure.approval.provider.street, measure.proposed_by_id, measure.decided_at)
            )
    session.flush()


def _correction(street: str, proposed_by_id: int, at: datetime | None) -> Correction:
    """A correction of a slip in a street that waits for a decider."""
    return Correction(
        state=CorrectionState.PROPOSED,
        wrong=street,
        right=f"{street} A",
        proposed_by_id=proposed_by_id,
        proposed_at=at,
    )


def _write_measure(session: Session, store: FileStore, measure: ApprovalMeasure) -> bool:
    """Give a decision on an approval a document of its own; False where it lacks who decided, when, or the file."""
    if measure.decided_by is None or measure.decided_at is None or measure.file is None:
        return False
    approval = measure.approval
    paper = measure_paper(
        measure,
        kept_definition(session, approval.pilot_version_id),
        approval.pilot.organisation,
        number=measure.number or "",
        decided_by=measure.decided_by,
        now=measure.decided_at,
    )
    kept = store.put(paper.pdf(), media_type="application/pdf", name=measure.file.name)
    measure.content = paper.kept
    measure.file.sha256, measure.file.size = kept.sha256, kept.size
    return True
