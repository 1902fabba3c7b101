"""How often offers are looked at and compared: numbers by day, without a trace of who looked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.db import Database, add_up
from marketplace.offers.models import Offer, OfferViews
from marketplace.tallies import PAUSE_SECONDS, Tally

Kind = Literal["views", "comparisons"]

Counted = tuple[int, date, Kind]
"""Offer, day and what was done."""

SHOWN_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Interest:
    """How often an offer was looked at and compared in the last `SHOWN_DAYS` days."""

    views: int = 0
    comparisons: int = 0


def tally(database: Database, *, pause: float = PAUSE_SECONDS) -> Tally[Counted]:
    """What one process counts of offers; gathered, so that no page waits for it."""
    return Tally(database, _write, pause=pause)


def _write(session: Session, counts: Sequence[tuple[Counted, int]]) -> None:
    for (offer_id, day, kind), number in counts:
        values = {"views": 0, "comparisons": 0, kind: number}
        add_up(session, OfferViews, {"offer_id": offer_id, "day": day}, values, kind)


def interest_in(session: Session, provider_id: int, today: date) -> dict[int, Interest]:
    """Offer id → how often it was looked at and compared lately, for the provider's offers that were."""
    rows = session.execute(
        sa.select(OfferViews.offer_id, sa.func.sum(OfferViews.views), sa.func.sum(OfferViews.comparisons))
        .join(Offer, Offer.id == OfferViews.offer_id)
        .where(Offer.provider_id == provider_id, OfferViews.day > today - timedelta(days=SHOWN_DAYS))
        .group_by(OfferViews.offer_id)
    )
    return {offer_id: Interest(int(views), int(comparisons)) for offer_id, views, comparisons in rows}
