"""What a kept offer costs."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.errors import NotFound
from marketplace.providers.models import Offer, OfferVersion
from marketplace.providers.pricing.days import Region, calendar_of, region_of
from marketplace.providers.pricing.rules import Cost, PriceHistory, cost
from marketplace.providers.queries import definition_for


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
    calendar = calendar_of(definition_for(session, offer.approval).time_bands, region)
    return cost(PriceHistory.of(offer.versions), calendar, start, end)
