"""Reading the corrections of decisions."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.applications.models import Application, Correction, Decision


def corrections(session: Session, application: Application) -> Sequence[Correction]:
    """The corrections of the application's decisions, the first one first."""
    return session.scalars(
        sa.select(Correction)
        .join(Decision, Decision.id == Correction.decision_id)
        .where(Decision.application_id == application.id)
        .options(joinedload(Correction.file), joinedload(Correction.corrected_by))
        .order_by(Correction.id)
    ).all()
