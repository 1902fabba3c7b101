"""Where a provider takes part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import for_change
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Organisation, Pilot
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import APPROVAL, ApprovalState, ProviderState


@dataclass(frozen=True, slots=True)
class PlaceInPilot:
    """A pilot in which the provider is approved for something; `definition` is the one in force now."""

    pilot: Pilot
    organisation: Organisation
    definition: PilotDefinition
    approvals: tuple[ServiceApproval, ...]


def pauses_over(session: Session, today: date) -> Sequence[int]:
    """The providers whose last day of a pause is over."""
    over = sa.select(Provider.id).where(Provider.state == ProviderState.PAUSED, Provider.paused_until < today)
    return session.scalars(over.order_by(Provider.id)).all()


def ending(session: Session, provider_id: int) -> Sequence[ServiceApproval]:
    """The approvals under which clients are served after the provider has left, the first to end first."""
    return session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.provider_id == provider_id, ServiceApproval.state == ApprovalState.ENDING)
        .order_by(ServiceApproval.ends_on, ServiceApproval.id)
    ).all()


def places(session: Session, provider_id: int, *, lock: bool = False) -> list[PlaceInPilot]:
    """Every pilot in which an approval of the provider holds or is suspended, by key; `lock`, the approvals, for a
    change.
    """
    standing = (
        sa.select(ServiceApproval)
        .where(ServiceApproval.provider_id == provider_id, ServiceApproval.state.in_(APPROVAL.standing))
        .order_by(ServiceApproval.id)
    )
    found_now = session.scalars(standing.with_for_update(**for_change(ServiceApproval)) if lock else standing)
    held = sorted(found_now, key=lambda approval: (approval.pilot_key, approval.service_key))
    found = []
    for key, approvals in groupby(held, key=lambda approval: approval.pilot_key):
        pilot = pilots.pilot(session, key)
        found.append(
            PlaceInPilot(
                pilot=pilot,
                organisation=pilot.organisation,
                definition=pilots.current_definition(session, key),
                approvals=tuple(approvals),
            )
        )
    return found
