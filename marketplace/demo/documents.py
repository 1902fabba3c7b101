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
from marketplace.decisions.rules import CorrectionState
from marketplace.files.store import FileStore
from marketplace.i18n import HELSINKI
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import kept_definition

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
        street = decision.application.provider.street
        decision.corrections.append(
            Correction(
                state=CorrectionState.PROPOSED,
                wrong=street,
                right=f"{street} A",
                proposed_by_id=decision.proposed_by_id,
                proposed_at=datetime.combine(decision.decided_on, time(15), HELSINKI),
            )
        )
        session.add(
            ReviewRequest(
                decision=decision,
                state=ReviewState.PENDING,
                by=decision.application.created_by.name,
                received_on=decision.decided_on,
                recorded_by_id=decision.proposed_by_id,
                recorded_at=datetime.combine(decision.decided_on, time(15), HELSINKI),
            )
        )
    session.flush()
    return len(decisions)
