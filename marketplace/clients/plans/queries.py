"""Reading support plans."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from marketplace.clients.models import Client
from marketplace.clients.plans.models import SupportPlan
from marketplace.clients.rules import takes_part
from marketplace.pilots.queries import current_definition


def versions_of(session: Session, client_id: int) -> Sequence[SupportPlan]:
    """Every version of the client's plan, the one that holds first."""
    return session.scalars(
        sa.select(SupportPlan)
        .where(SupportPlan.client_id == client_id)
        .options(joinedload(SupportPlan.written_by))
        .order_by(SupportPlan.number.desc())
    ).all()


def plan_for_decision(session: Session, client_id: int) -> SupportPlan | None:
    """The plan that belongs to the client's decision: the version that holds, when the client wants it there."""
    newest = next(iter(versions_of(session, client_id)), None)
    return newest if newest is not None and newest.in_decision else None


def paid_person_allowed(session: Session, client: Client, today: date) -> bool:
    """Whether a pilot in which the client takes part lets one of the client's own people be paid."""
    return any(
        current_definition(session, each.pilot_key).own_people == "paid"
        for each in client.participations
        if takes_part(each.joined_on, each.ended_on, today)
    )
