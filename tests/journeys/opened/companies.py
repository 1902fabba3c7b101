"""What the pages of companies and of their offers open, and what is compared and planned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.accounts.models import User
from marketplace.offers.models import Offer, OfferPhoto, OfferPrice, OfferVersion
from marketplace.offers.rules import OfferState, VersionState
from marketplace.providers.company.models import AccountChange
from marketplace.providers.models import Evidence, ServiceApproval
from marketplace.providers.rules import ApprovalState
from marketplace.providers.units.models import ServiceUnit
from tests.journeys.opened.demo import PILOT, PROVIDER, first, provider_of


def _offer(session: Session, *wanted: sa.ColumnElement[bool]) -> int:
    """The demo provider's first offer that clients see (and that is as `wanted`)."""
    visible = (
        sa.select(Offer.id)
        .join(OfferVersion)
        .join(ServiceApproval, ServiceApproval.id == Offer.approval_id)
        .where(
            Offer.provider_id == provider_of(session),
            Offer.state == OfferState.PUBLISHED,
            OfferVersion.state == VersionState.PUBLISHED,
        )
        .where(ServiceApproval.state == ApprovalState.APPROVED, Offer.pilot_key == PILOT)
        .where(*wanted)
    )
    found = session.scalars(visible.order_by(Offer.id)).first()
    assert found is not None
    return found


def _own_approval(session: Session) -> int:
    """The approval under which that offer was written."""
    return session.get_one(Offer, _offer(session)).approval_id


def _hourly_offer(session: Session) -> int:
    """An offer with a price by the hour: bands by coefficients are for such services alone."""
    return _offer(session, OfferVersion.prices.any(OfferPrice.unit == "h"))


def _chosen(session: Session) -> list[int]:
    """Three offers of one service that clients see."""
    wanted = sa.select(Offer.id).where(Offer.service_key == "day_activity", Offer.pilot_key == PILOT)
    ids = session.scalars(wanted.where(Offer.state == OfferState.PUBLISHED).order_by(Offer.id)).all()
    assert len(ids) >= 3
    return list(ids[:3])


def _compared(session: Session) -> str:
    """Three offers side by side and what eight days a month of each cost."""
    return "?" + urlencode([*(("offer", number) for number in _chosen(session)), ("hours[day]", 8)])


def _planned(session: Session) -> str:
    """Three services of some days a month each, more than the budget allows."""
    ids = _chosen(session)
    days = [(f"units[{number}][day]", 8) for number in ids]
    return "?" + urlencode([*(("offer", number) for number in ids), *days, ("budget", 1000)])


def _photo(session: Session) -> int:
    found = session.scalars(sa.select(OfferPhoto.id).where(OfferPhoto.offer_id == _offer(session))).first()
    assert found is not None, "the demo provider's first offer has no photo"
    return found


def _unit(session: Session) -> int:
    mine = sa.select(ServiceUnit.id).where(ServiceUnit.provider_id == provider_of(session))
    found = session.scalars(mine.order_by(ServiceUnit.id)).first()
    assert found is not None, "the demo provider has no unit"
    return found


def _proof(session: Session) -> int:
    mine = sa.select(Evidence.id).where(Evidence.provider_id == provider_of(session))
    found = session.scalars(mine.order_by(Evidence.id)).first()
    assert found is not None, "the demo provider has no proof"
    return found


def _own_person(session: Session) -> int:
    found = session.scalar(sa.select(User.id).where(User.email == PROVIDER))
    assert found is not None
    return found


VALUES: Final[dict[str, Callable[[Session], Any]]] = {
    "change_id": first(AccountChange),
    "offer_id": _offer,
    "photo_id": _photo,
    "proof_id": _proof,
    "provider_id": provider_of,
    "unit_id": _unit,
}

QUERIES: Final[dict[str, Callable[[Session], str]]] = {
    "planning.plan": _planned,
    "search.compare": _compared,
    "search.results": lambda _: "?" + urlencode({"q": "päivätoiminta", "municipality": 186, "available": 1}),
}

SPECIAL: Final[dict[str, Callable[[Session], dict[str, Any]]]] = {
    "providers.people.remove": lambda session: {"user_id": _own_person(session)},
    "providers.offers.create": lambda session: {"approval_id": _own_approval(session)},
    "providers.offers.coefficients": lambda session: {"offer_id": _hourly_offer(session)},
}
