"""Reads about the catalogue as a whole: how fresh it is, what it holds, what it could not find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.i18n import LocalizedText, helsinki_date
from marketplace.pilots.vocabulary import SERVICES
from marketplace.providers.models import Offer, Provider, ServiceApproval
from marketplace.search.engine import DamagedIndex
from marketplace.search.models import CatalogueChange
from marketplace.search.offer_index import OfferIndex

MAY_LAG: Final = 5.0
"""Seconds behind after which the index no longer counts as fresh; a change is normally in within one."""

_OFFERED_MOST: Final = 8


@dataclass(frozen=True, slots=True)
class ServiceSupply:
    """A service with the number of offers."""

    key: str
    name: LocalizedText
    count: int


@dataclass(frozen=True, slots=True)
class Supply:
    """What the marketplace holds; `services` the most offered ones, the largest first."""

    offers: int
    providers: int
    services: Sequence[ServiceSupply]


def supply(session: Session, *, now: datetime) -> Supply:
    """Offers of active, approved providers, for the start page."""
    public = (
        sa.select(Offer.service_key, sa.func.count(), sa.func.count(sa.distinct(Offer.provider_id)))
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .join(Provider, Provider.id == Offer.provider_id)
        .where(
            Offer.state == "published",
            ServiceApproval.state == "approved",
            Provider.state == "active",
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= helsinki_date(now)),
        )
    )
    rows = session.execute(public.group_by(Offer.service_key)).all()
    providers = session.execute(
        public.with_only_columns(sa.func.count(sa.distinct(Offer.provider_id)))
    ).scalar()
    services = sorted(
        (ServiceSupply(key, SERVICES[key].name, count) for key, count, _ in rows),
        key=lambda found: -found.count,
    )
    return Supply(sum(found.count for found in services), providers or 0, services[:_OFFERED_MOST])


def freshness(session: Session, index_dir: Path, *, now: datetime) -> dict[str, Any]:
    """Whether the index holds what the database says: `fresh`, `waiting` (changes) and `lag_seconds` of the oldest."""
    try:
        index = OfferIndex(index_dir)
        index.refresh()
        position = index.position()
    except DamagedIndex:
        return {"fresh": False, "waiting": None, "lag_seconds": None}
    rows = session.execute(
        sa.select(CatalogueChange.id, CatalogueChange.at).where(CatalogueChange.id > position.low)
    ).all()
    seen = set(position.seen)
    waiting = [row.at for row in rows if row.id not in seen]
    lag = max(((now - at).total_seconds() for at in waiting), default=0.0)
    today = position.day == helsinki_date(now).isoformat()
    return {
        "fresh": today and lag <= MAY_LAG,
        "waiting": len(waiting),
        "lag_seconds": round(max(lag, 0.0), 2),
    }
