"""What the calendar alone changes of the public offers, when one Helsinki day becomes another."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.i18n import HELSINKI
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import STALE_AVAILABILITY
from marketplace.pilots import vocabulary
from marketplace.providers.evidence.models import ProofLook
from marketplace.providers.evidence.rules import LookState
from marketplace.providers.models import Evidence

_A_DAY: Final = timedelta(days=1)
"""Room for the hours by which moments of a day in Finland differ from those of its date."""


def _day_start(day: date) -> datetime:
    return datetime.combine(day, time(), HELSINKI)


def changed_between(session: Session, earlier: date, later: date) -> set[int]:
    """Offers whose public face changes by the calendar alone when `earlier` becomes `later`.

    A price or text takes effect, an offer has had its last day, a place becomes free, what was told of it
    becomes old, a proof begins or ends, or has counted unseen for as long as it may.
    """
    queries = (
        sa.select(OfferVersion.offer_id).where(
            OfferVersion.valid_from > earlier, OfferVersion.valid_from <= later
        ),
        sa.select(Offer.id).where(Offer.ends_on >= earlier, Offer.ends_on < later),
        sa.select(Offer.id).where(Offer.available_from > earlier, Offer.available_from <= later),
        sa.select(Offer.id).where(
            Offer.availability_updated_at >= _day_start(earlier) - STALE_AVAILABILITY - _A_DAY,
            Offer.availability_updated_at < _day_start(later) - STALE_AVAILABILITY + _A_DAY,
        ),
        sa.select(Offer.id)
        .join(Evidence, Evidence.provider_id == Offer.provider_id)
        .where(
            sa.or_(
                sa.and_(Evidence.valid_until >= earlier, Evidence.valid_until < later),
                sa.and_(Evidence.issued_on > earlier, Evidence.issued_on <= later),
            )
        ),
        sa.select(Offer.id)
        .join(Evidence, Evidence.provider_id == Offer.provider_id)
        .join(ProofLook, ProofLook.evidence_id == Evidence.id)
        .where(
            ProofLook.state == LookState.WAITING,
            ProofLook.counts_until >= earlier,
            ProofLook.counts_until < later,
        ),
    )
    return {identity for query in queries for identity in session.scalars(query)}


def vat_changes_between(earlier: date, later: date) -> bool:
    """True when a VAT rate begins or ends: every price then shows another rate."""
    return any(
        earlier < rate.valid_from <= later or (rate.valid_to is not None and earlier <= rate.valid_to < later)
        for code in vocabulary.VAT.values()
        for rate in code.rates
    )
