"""What a kept offer costs, and which offers cost more than the ceiling in force."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from marketplace.errors import NotFound
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.pricing.ceilings import AboveCeiling, above_ceiling, lowest_ceiling
from marketplace.offers.pricing.days import Region, calendar_of, region_of
from marketplace.offers.pricing.rules import Cost, PriceHistory, cost
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.models import Pilot
from marketplace.providers.models import ServiceApproval
from marketplace.providers.rules import APPROVAL

MOST_ABOVE: Final = 200
"""The most offers above the ceiling that are looked at: a list that a person goes through."""

_whole = (
    joinedload(Offer.approval),
    joinedload(Offer.provider),
    selectinload(Offer.versions).selectinload(OfferVersion.prices),
)


def offer_cost(
    session: Session, offer_id: int, start: datetime, end: datetime, *, municipality: str | None = None
) -> Cost:
    """What the offer costs from `start` to `end`, split by band, at the prices in force on each day.

    The bands are those of the pilot's definition by which the service was approved. `municipality` is the code of where
    the service is given, for its holidays; without it they are the mainland's. Whether the reader may see the offer is
    for the caller to know. Raises NotFound, and what `rules.cost` raises.
    """
    whole = (joinedload(Offer.approval), selectinload(Offer.versions).selectinload(OfferVersion.prices))
    offer = session.get(Offer, offer_id, options=whole)
    if offer is None:
        raise NotFound()
    region = Region.MAINLAND if municipality is None else region_of(municipality)
    calendar = calendar_of(
        pilots.kept_definition(session, offer.approval.pilot_version_id, current_ceilings=True).time_bands,
        region,
    )
    return cost(PriceHistory.of(offer.versions), calendar, start, end)


def prices_above_ceiling(session: Session, offer: Offer, today: date) -> tuple[AboveCeiling, ...]:
    """Where the offer's live and coming prices lie above the ceiling in force; nothing when it is not published."""
    return (
        ()
        if offer.state != OfferState.PUBLISHED
        else _above(
            offer,
            pilots.kept_definition(session, offer.approval.pilot_version_id, current_ceilings=True),
            today,
        )
    )


def _above(offer: Offer, definition: PilotDefinition, today: date) -> tuple[AboveCeiling, ...]:
    published = [version for version in offer.versions if version.state == VersionState.PUBLISHED]
    return above_ceiling(published, definition.service(offer.service_key).bands, today, offer.ends_on)


def offers_above_ceiling(
    session: Session, today: date, organisation: str | None = None
) -> list[tuple[Offer, tuple[AboveCeiling, ...]]]:
    """The offers whose live or coming prices lie above the ceiling in force, in an organisation’s pilots or in all.

    The database gives those that have a price above the lowest ceiling from today on; the rule looks at their days.
    """
    definitions = {
        version_id: pilots.kept_definition(session, version_id, current_ceilings=True)
        for version_id in _versions_in_use(session, organisation)
    }
    if not definitions:
        return []
    ids = (
        sa.select(Offer.id)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .join(OfferVersion, OfferVersion.offer_id == Offer.id)
        .join(OfferPrice, OfferPrice.version_id == OfferVersion.id)
        .where(
            Offer.state == OfferState.PUBLISHED,
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= today),
            ServiceApproval.state.in_(APPROVAL.standing),
            OfferVersion.state == VersionState.PUBLISHED,
            _not_replaced(today),
            sa.or_(*(_dear(version_id, each, today) for version_id, each in definitions.items())),
        )
        .distinct()
        .order_by(Offer.id)
        .limit(MOST_ABOVE)
    )
    offers = session.scalars(
        sa.select(Offer).where(Offer.id.in_(ids.scalar_subquery())).options(*_whole).order_by(Offer.id)
    ).all()
    looked_at = (
        (offer, _above(offer, definitions[offer.approval.pilot_version_id], today)) for offer in offers
    )
    return [(offer, found) for offer, found in looked_at if found]


def _dear(version_id: int, definition: PilotDefinition, today: date) -> sa.ColumnElement[bool]:
    """What was approved by this version of the pilot and has a price above the lowest ceiling from `today` on."""
    above = (
        sa.and_(
            Offer.service_key == service.key,
            OfferPrice.band == row.band,
            OfferPrice.unit == row.unit,
            OfferPrice.amount > lowest_ceiling(row, today),
        )
        for service in definition.services
        for row in service.bands
    )
    return sa.and_(
        Offer.pilot_key == definition.key, ServiceApproval.pilot_version_id == version_id, sa.or_(*above)
    )


def _versions_in_use(session: Session, organisation: str | None) -> Sequence[int]:
    """The ids of the pilots' versions by which something is approved."""
    query = sa.select(ServiceApproval.pilot_version_id).distinct()
    if organisation is not None:
        own_pilots = sa.select(Pilot.key).where(Pilot.organisation_key == organisation)
        query = query.where(ServiceApproval.pilot_key.in_(own_pilots))
    return session.scalars(query.order_by(ServiceApproval.pilot_version_id)).all()


def _not_replaced(today: date) -> sa.ColumnElement[bool]:
    """That no other published version has begun after this one: it is in force or still to come."""
    newer = aliased(OfferVersion)
    return ~sa.exists().where(
        newer.offer_id == OfferVersion.offer_id,
        newer.state == VersionState.PUBLISHED,
        newer.valid_from > OfferVersion.valid_from,
        newer.valid_from <= today,
    )
