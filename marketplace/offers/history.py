"""What an offer has cost and will cost: public, version by version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from marketplace.money import Money
from marketplace.offers.models import OfferVersion
from marketplace.pilots.vocabulary import BANDS


@dataclass(frozen=True, slots=True)
class Period:
    """From when and until when (its last day; none: until further notice) a version's prices hold."""

    begins: date
    ends: date | None


@dataclass(frozen=True, slots=True)
class BandHistory:
    """A row of the price table over the periods; an empty place means that it was not offered."""

    band: str
    unit: str
    amounts: tuple[Money | None, ...]


@dataclass(frozen=True, slots=True)
class PublicPrices:
    """The prices of an offer, the newest period first; neighbours with equal prices are one period."""

    periods: tuple[Period, ...]
    rows: tuple[BandHistory, ...]


def published_versions(session: Session, offer_id: int) -> Sequence[OfferVersion]:
    """The published versions of an offer with their prices, the earliest first."""
    return session.scalars(
        sa.select(OfferVersion)
        .where(OfferVersion.offer_id == offer_id, OfferVersion.state == "published")
        .order_by(OfferVersion.valid_from)
        .options(selectinload(OfferVersion.prices))
    ).all()


def history_of(versions: Sequence[OfferVersion]) -> PublicPrices:
    """Every price that published versions, the earliest first, make; those to come included."""
    tables = [(each.valid_from, {row.band: row.amount for row in each.prices}) for each in versions]
    changes = [
        (day, table)
        for number, (day, table) in enumerate(tables)
        if number == 0 or table != tables[number - 1][1]
    ]
    if not changes:
        return PublicPrices((), ())
    following = [day for day, _table in changes[1:]]
    ends = [*(day - timedelta(days=1) for day in following), None]
    periods = [Period(day, end) for (day, _table), end in zip(changes, ends, strict=True)]
    units = {row.band: row.unit for each in versions for row in each.prices}
    rows = [
        BandHistory(band, units[band], tuple(table.get(band) for _day, table in reversed(changes)))
        for band in BANDS
        if band in units
    ]
    return PublicPrices(tuple(reversed(periods)), tuple(rows))
