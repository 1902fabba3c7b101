"""Reading what the statistics of applications are made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.applications.models import Application, ApplicationLine, Decision
from marketplace.applications.rules import Outcome
from marketplace.approvals.statistics.rules import ApplicationFact
from marketplace.i18n import helsinki_date


def facts(session: Session, pilot_keys: Collection[str]) -> list[ApplicationFact]:
    """Every application to the pilots that was sent, in two queries."""
    outcomes: dict[int, list[Outcome]] = defaultdict(list)
    lines = (
        sa.select(ApplicationLine.application_id, ApplicationLine.outcome)
        .join(Application, Application.id == ApplicationLine.application_id)
        .where(Application.pilot_key.in_(pilot_keys), ApplicationLine.outcome.is_not(None))
    )
    for application_id, outcome in session.execute(lines):
        if outcome is not None:
            outcomes[application_id].append(outcome)
    first = (
        sa.select(Decision.application_id, sa.func.min(Decision.decided_on).label("decided_on"))
        .group_by(Decision.application_id)
        .subquery()
    )
    sent = (
        sa.select(
            Application.id,
            Application.pilot_key,
            Application.state,
            Application.submitted_at,
            first.c.decided_on,
        )
        .outerjoin(first, first.c.application_id == Application.id)
        .where(Application.pilot_key.in_(pilot_keys), Application.submitted_at.is_not(None))
    )
    return [
        ApplicationFact(key, state, helsinki_date(submitted_at), decided_on, tuple(outcomes[number]))
        for number, key, state, submitted_at, decided_on in session.execute(sent)
    ]
