"""What an offer has cost and will cost: public, version by version."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.money import Money
from marketplace.offers.models import OfferVersion
from marketplace.offers.rules import VersionState, version_in_force
from marketplace.pilots.vocabulary import BANDS


@dataclass(frozen=True, slots=True)
class PriceColumn:
    """The first and the last day of a version's prices; without a last day they hold until further notice."""

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

    periods: tuple[PriceColumn, ...]
    rows: tuple[BandHistory, ...]


def published_versions(session: Session, offer_id: int) -> Sequence[OfferVersion]:
    """The published versions of an offer with their prices, the earliest first; one query."""
    return (
        session.scalars(
            sa.select(OfferVersion)
            .where(OfferVersion.offer_id == offer_id, OfferVersion.state == VersionState.PUBLISHED)
            .order_by(OfferVersion.valid_from)
            .options(joinedload(OfferVersion.prices))
        )
        .unique()
        .all()
    )


@dataclass(frozen=True, slots=True)
class ComingPrice:
    """A price that changes on a later day; `now` or `then` is None for a band that begins or ends."""

    band: str
    unit: str
    begins: date
    now: Money | None
    then: Money | None


def coming_prices(session: Session, offer_ids: Collection[int], day: date) -> dict[int, list[ComingPrice]]:
    """The next change of each offer's prices after `day`, band by band; offers without one are left out."""
    versions = session.scalars(
        sa.select(OfferVersion)
        .where(OfferVersion.offer_id.in_(offer_ids), OfferVersion.state == VersionState.PUBLISHED)
        .order_by(OfferVersion.offer_id, OfferVersion.valid_from)
        .options(selectinload(OfferVersion.prices))
    ).all()
    found: dict[int, list[ComingPrice]] = {}
    for offer_id, own in groupby(versions, key=lambda version: version.offer_id):
        kept = list(own)
        present, later = version_in_force(kept, day), [each for each in kept if each.valid_from > day]
        changes = _changed(present, later[0]) if present is not None and later else []
        if changes:
            found[offer_id] = changes
    return found


def _changed(present: OfferVersion, coming: OfferVersion) -> list[ComingPrice]:
    now = {row.band: row for row in present.prices}
    then = {row.band: row for row in coming.prices}
    return [
        ComingPrice(
            band,
            (then.get(band) or now[band]).unit,
            coming.valid_from,
            now[band].amount if band in now else None,
            then[band].amount if band in then else None,
        )
        for band in BANDS
        if (band in now or band in then)
        and (now[band].amount if band in now else None) != (then[band].amount if band in then else None)
    ]


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
    periods = [PriceColumn(day, end) for (day, _table), end in zip(changes, ends, strict=True)]
    units = {row.band: row.unit for each in versions for row in each.prices}
    rows = [
        BandHistory(band, units[band], tuple(table.get(band) for _day, table in reversed(changes)))
        for band in BANDS
        if band in units
    ]
    return PublicPrices(tuple(reversed(periods)), tuple(rows))
