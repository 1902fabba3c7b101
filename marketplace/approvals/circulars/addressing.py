"""Whom a message to many goes to, and how each of them is reached."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from marketplace.approvals.circulars.models import Circular
from marketplace.approvals.serving.service import PartyReach, reaches_of
from marketplace.approvals.standing.queries import StandingFilter, fitting
from marketplace.providers.models import Provider
from marketplace.work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Addressed:
    """A company that a message goes to: through an approval in a pilot, and how it is reached."""

    provider: Provider
    pilot_key: str
    reach: PartyReach


def addressed(work: UnitOfWork, circular: Circular) -> list[Addressed]:
    """The companies whose approvals fit, by name; not those in whose matters the actor may take no part."""
    wanted = StandingFilter(
        pilot=circular.pilot,
        service=circular.service,
        municipality=circular.municipality,
        state=circular.standing,
    )
    pilots: dict[int, str] = {}
    for approval in work.session.scalars(fitting(circular.organisation_key, wanted)):
        if not work.actor.is_disqualified(approval.provider_id):
            pilots.setdefault(approval.provider_id, approval.pilot_key)
    providers = {
        each.id: each for each in work.session.scalars(sa.select(Provider).where(Provider.id.in_(pilots)))
    }
    reaches = reaches_of(work.session, list(providers.values()))
    return [Addressed(providers[key], pilot, reaches[key]) for key, pilot in pilots.items()]
