"""Open data: what is public of all pilots, as snapshots of a day. Nothing in it tells of a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.pilots.models import in_order_of_bands
from marketplace.pilots.queries import pilots
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import LISTED, ApprovalState
from marketplace.reports.queries import editions
from marketplace.reports.rules import Dimension, Measure

Row = dict[str, Any]

SUPPLY: Final = (Measure.APPROVED, Measure.OFFERS, Measure.PRICE_OF_CEILING)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set of open data: its rows on a day, and its columns with their JSON types."""

    rows: Callable[[Session, date], Iterator[Row]]
    columns: Mapping[str, str]


def supply(session: Session, _day: date) -> Iterator[Row]:
    """Providers, offers and prices to the highest ones of every pilot, quarter by quarter."""
    for pilot in pilots(session):
        for edition in editions(session, pilot.key, SUPPLY):
            for measure in SUPPLY:
                for (dimension, key), value in sorted(edition.numbers.get(measure, {}).items()):
                    yield {
                        "pilot": pilot.key,
                        "quarter": edition.quarter.name,
                        "measure": measure.value,
                        "by": dimension.value,
                        "key": key,
                        "value": value,
                    }


def prices(session: Session, day: date) -> Iterator[Row]:
    """Every price that has held in the offers that hold now, each with its first day and, when it is over, its last."""
    query = (
        sa.select(OfferVersion, Offer, Provider)
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .where(
            Offer.state == OfferState.PUBLISHED,
            OfferVersion.state == VersionState.PUBLISHED,
            OfferVersion.valid_from <= day,
            ServiceApproval.state == ApprovalState.APPROVED,
            Provider.state.in_(LISTED),
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= day),
        )
        .order_by(Offer.id, OfferVersion.valid_from)
        .execution_options(yield_per=500)
    )
    for _offer_id, group in groupby(session.execute(query), key=lambda row: row[1].id):
        versions = list(group)
        kept = _prices(session, [version.id for version, _offer, _provider in versions])
        for place, (version, offer, provider) in enumerate(versions):
            following = versions[place + 1][0].valid_from if place + 1 < len(versions) else None
            for price in kept.get(version.id, []):
                yield {
                    "pilot": offer.pilot_key,
                    "service": offer.service_key,
                    "offer": offer.id,
                    "provider": provider.id,
                    "business_id": provider.business_id,
                    "band": price.band,
                    "unit": price.unit,
                    "amount_cents": price.amount.cents,
                    "valid_from": version.valid_from.isoformat(),
                    "valid_until": None if following is None else (following - timedelta(days=1)).isoformat(),
                }


def _prices(session: Session, versions: list[int]) -> dict[int, list[OfferPrice]]:
    found: dict[int, list[OfferPrice]] = {}
    query = sa.select(OfferPrice).where(OfferPrice.version_id.in_(versions))
    for price in session.scalars(query.order_by(in_order_of_bands(OfferPrice.band))):
        found.setdefault(price.version_id, []).append(price)
    return found


def days_to_paid(session: Session, _day: date) -> Iterator[Row]:
    """The middle number of days from a delivery to its payment, of every pilot and quarter, when it is told."""
    for pilot in pilots(session):
        for edition in editions(session, pilot.key, (Measure.DAYS_TO_PAID,)):
            place = (Dimension.ALL, "")
            if place in edition.numbers.get(Measure.DAYS_TO_PAID, {}):
                yield {
                    "pilot": pilot.key,
                    "quarter": edition.quarter.name,
                    "days": edition.number(Measure.DAYS_TO_PAID, place),
                }


_TEXTS: Final = dict.fromkeys(("pilot", "quarter", "measure", "by", "key"), "string")

SETS: Final[Mapping[str, DataSet]] = {
    "supply": DataSet(supply, {**_TEXTS, "value": "integer"}),
    "prices": DataSet(
        prices,
        {
            "pilot": "string",
            "service": "string",
            "offer": "integer",
            "provider": "integer",
            "business_id": "string",
            "band": "string",
            "unit": "string",
            "amount_cents": "integer",
            "valid_from": "string",
            "valid_until": "string",
        },
    ),
    "days-to-paid": DataSet(days_to_paid, {"pilot": "string", "quarter": "string", "days": "integer"}),
}
"""The sets by the names that stand in their addresses."""
