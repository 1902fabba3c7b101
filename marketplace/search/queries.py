"""Reads about the catalogue as a whole: how fresh it is, what it could not find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, Session

from marketplace.i18n import helsinki_date
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import VersionState
from marketplace.providers.models import ServiceApproval
from marketplace.search import documents, following
from marketplace.search.engine import DamagedIndex, Engine, SearchAway
from marketplace.search.models import CatalogueChange

MAY_LAG: Final = 5.0
"""Seconds behind after which the index no longer counts as fresh; a change is normally in within one."""


class IndexState(StrEnum):
    """How the index on this machine is.

    `OTHER_RULES`: another version of the program, or other words, made it. `LEFT_BEHIND`: changes that it lacks are no
    longer in the log, and it is made again. `AWAY`: the search server does not answer.
    """

    OK = "ok"
    MISSING = "missing"
    UNREADABLE = "unreadable"
    OTHER_RULES = "other rules"
    LEFT_BEHIND = "left behind"
    AWAY = "away"


MIDNIGHT: Final = timedelta(minutes=5)
"""So long after midnight an index of the day before still counts as fresh: prices and proofs of the new day come in."""


def freshness(session: Session, index: Engine, *, now: datetime) -> dict[str, Any]:
    """Whether the index holds what the database says: `fresh`, `waiting` (changes) and `lag_seconds` of the oldest.

    `state` is an IndexState. Only an index that is ok can be fresh.
    """
    state = state_of(index)
    if state in {IndexState.MISSING, IndexState.UNREADABLE, IndexState.AWAY}:
        return {"state": state, "fresh": False, "waiting": None, "lag_seconds": None}
    position = index.position()
    rows = session.execute(
        sa.select(CatalogueChange.id, CatalogueChange.at).where(CatalogueChange.id > position.low)
    ).all()
    if state == IndexState.OK and position.low < following.trimmed_to(session):
        state = IndexState.LEFT_BEHIND
    seen = set(position.seen)
    waiting = [row.at for row in rows if row.id not in seen]
    lag = max(((now - at).total_seconds() for at in waiting), default=0.0)
    days = {helsinki_date(moment).isoformat() for moment in (now, now - MIDNIGHT)}
    return {
        "state": state,
        "fresh": state == IndexState.OK and position.day in days and lag <= MAY_LAG,
        "waiting": len(waiting),
        "lag_seconds": round(max(lag, 0.0), 2),
    }


def state_of(index: Engine) -> IndexState:
    """How the index is as far as it says itself, without the database."""
    try:
        index.refresh()
        definitions = index.position().definitions
    except SearchAway:
        return IndexState.AWAY
    except DamagedIndex:
        return IndexState.UNREADABLE if index.exists else IndexState.MISSING
    return IndexState.OK if definitions == documents.fingerprint() else IndexState.OTHER_RULES


def last_changes(session: Session, offers: Sequence[int], day: date) -> Mapping[int, date]:
    """The Helsinki day on which the page of each offer last said something new, not after `day`.

    A version was published or took effect, or the provider told how many places are free.
    """
    return _last_changes(session, Offer.id, day, Offer.id.in_(offers))


def last_changes_of_providers(session: Session, providers: Sequence[int], day: date) -> Mapping[int, date]:
    """The Helsinki day on which the page of each provider last said something new: an offer of its own, or approval."""
    told = dict(_last_changes(session, Offer.provider_id, day, Offer.provider_id.in_(providers)))
    approved = sa.select(ServiceApproval.provider_id, sa.func.max(ServiceApproval.approved_on)).where(
        ServiceApproval.provider_id.in_(providers), ServiceApproval.approved_on <= day
    )
    for identity, since in session.execute(approved.group_by(ServiceApproval.provider_id)):
        told[identity] = max(since, told.get(identity, date.min))
    return told


def last_change(session: Session, day: date) -> date | None:
    """The Helsinki day on which the catalogue last said something new; None when it has never held an offer."""
    return max(_last_changes(session, OfferVersion.state, day, sa.true()).values(), default=None)


def _last_changes(
    session: Session, of: InstrumentedAttribute[Any], day: date, among: sa.ColumnElement[bool]
) -> dict[Any, date]:
    begun = sa.case((OfferVersion.valid_from <= day, OfferVersion.valid_from))
    query = (
        sa.select(
            of,
            sa.func.max(Offer.availability_updated_at, type_=Offer.availability_updated_at.type),
            sa.func.max(OfferVersion.published_at, type_=OfferVersion.published_at.type),
            sa.func.max(begun, type_=OfferVersion.valid_from.type),
        )
        .join(OfferVersion, OfferVersion.offer_id == Offer.id)
        .where(among, OfferVersion.state == VersionState.PUBLISHED)
        .group_by(of)
    )
    return {
        key: max(helsinki_date(told), helsinki_date(published), valid or date.min)
        for key, told, published, valid in session.execute(query)
    }
