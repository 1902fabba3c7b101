"""Open data: what is public of all pilots, as snapshots of a day. Nothing in it tells of a client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.i18n import _l
from marketplace.offers.models import Offer, OfferPrice, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.pilots.models import in_order_of_bands
from marketplace.pilots.queries import pilots
from marketplace.providers.models import Provider
from marketplace.reports.queries import editions
from marketplace.reports.rules import Dimension, Measure
from marketplace.search.documents import all_ids, faces

Row = dict[str, Any]

SUPPLY: Final = (Measure.APPROVED, Measure.OFFERS, Measure.PRICE_OF_CEILING)


@dataclass(frozen=True, slots=True)
class DataColumn:
    """What a column holds: its JSON type, and in words; `measures` are all that may stand in it."""

    type: str
    text: Any
    measures: tuple[Measure, ...] = ()


@dataclass(frozen=True, slots=True)
class DataSet:
    """A set of open data: its rows on a day, and its columns."""

    rows: Callable[[Session, date], Iterator[Row]]
    columns: Mapping[str, DataColumn]


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
    """Every price that has held in the offers that can be chosen on the day, as the search finds them: each with its
    first day and, when it is over, its last.
    """
    for ids in all_ids(session):
        visible = sorted(face.row.offer.id for face in faces(session, ids, day))
        for _offer_id, group in groupby(_versions(session, visible, day), key=lambda row: row[1].id):
            yield from _prices_of(session, list(group))


def _versions(session: Session, offers: Sequence[int], day: date) -> sa.Result[OfferVersion, Offer, Provider]:
    """The versions of offers that have begun, the first one first, each with its offer and provider."""
    return session.execute(
        sa.select(OfferVersion, Offer, Provider)
        .join(Offer, Offer.id == OfferVersion.offer_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(
            Offer.id.in_(offers),
            OfferVersion.state == VersionState.PUBLISHED,
            OfferVersion.valid_from <= day,
        )
        .order_by(Offer.id, OfferVersion.valid_from)
    )


def _prices_of(session: Session, versions: Sequence[Any]) -> Iterator[Row]:
    """The prices of an offer's versions; each holds until the day before the next one."""
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


_PILOT: Final = DataColumn("string", _l("The key of the pilot"))
_QUARTER: Final = DataColumn("string", _l("The quarter: 2026-Q3 is July to September 2026"))

SETS: Final[Mapping[str, DataSet]] = {
    "supply": DataSet(
        supply,
        {
            "pilot": _PILOT,
            "quarter": _QUARTER,
            "measure": DataColumn("string", _l("What is counted, as on the last day of the quarter"), SUPPLY),
            "by": DataColumn(
                "string", _l("By what: the whole pilot (all), service, municipality or language")
            ),
            "key": DataColumn(
                "string",
                _l(
                    "Which service, municipality or language: its key, number or code; empty for the whole pilot"
                ),
            ),
            "value": DataColumn("integer", _l("The number or the per cent")),
        },
    ),
    "prices": DataSet(
        prices,
        {
            "pilot": _PILOT,
            "service": DataColumn("string", _l("The key of the service")),
            "offer": DataColumn("integer", _l("The number of what the provider offers, as in the API")),
            "provider": DataColumn("integer", _l("The number of the provider, as in the API")),
            "business_id": DataColumn("string", _l("The business ID of the provider")),
            "band": DataColumn("string", _l("The key of the row in the price table of the service")),
            "unit": DataColumn("string", _l("The key of what the price is for, as an hour or a visit")),
            "amount_cents": DataColumn("integer", _l("The price in cents, value added tax included")),
            "valid_from": DataColumn("string", _l("The first day on which the price held")),
            "valid_until": DataColumn(
                "string", _l("The last day on which it held; empty for the price that holds now")
            ),
        },
    ),
    "days-to-paid": DataSet(
        days_to_paid,
        {
            "pilot": _PILOT,
            "quarter": _QUARTER,
            "days": DataColumn(
                "integer",
                _l("Half of the services were paid in so many days or sooner; empty when it is not told"),
            ),
        },
    ),
}
"""The sets by the names that stand in their addresses."""
