"""Reading the corrections of decisions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, Correction, Decision
from marketplace.decisions.rules import CorrectionState
from marketplace.errors import NotFound
from marketplace.pilots.models import Pilot


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


def correction_of(session: Session, application: Application, correction_id: int) -> Correction:
    """A correction of one of the application's decisions. Raises NotFound for any other."""
    for correction in corrections(session, application):
        if correction.id == correction_id:
            return correction
    raise NotFound()


def waiting(session: Session, organisation: str) -> Sequence[Correction]:
    """The corrections that wait to be made by a decider of the organisation, the first one first."""
    return session.scalars(
        sa.select(Correction)
        .join(Decision, Decision.id == Correction.decision_id)
        .join(Application, Application.id == Decision.application_id)
        .join(Pilot, Pilot.key == Application.pilot_key)
        .where(Pilot.organisation_key == organisation, Correction.state == CorrectionState.PROPOSED)
        .options(joinedload(Correction.decision))
        .order_by(Correction.id)
    ).all()
