"""Where a provider takes part."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation, Pilot
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL


@dataclass(frozen=True, slots=True)
class Place:
    """A pilot in which the provider is approved for something; `definition` is the one in force now."""

    pilot: Pilot
    organisation: Organisation
    definition: PilotDefinition
    approvals: tuple[ServiceApproval, ...]


def places(session: Session, provider_id: int) -> list[Place]:
    """Every pilot in which an approval of the provider holds or is suspended, by key."""
    held = session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.provider_id == provider_id, ServiceApproval.state.in_(APPROVAL.standing))
        .order_by(ServiceApproval.pilot_key, ServiceApproval.service_key)
    ).all()
    found = []
    for key, approvals in groupby(held, key=lambda approval: approval.pilot_key):
        pilot = pilots.pilot(session, key)
        found.append(
            Place(
                pilot=pilot,
                organisation=pilot.organisation,
                definition=pilots.current_definition(session, key),
                approvals=tuple(approvals),
            )
        )
    return found
