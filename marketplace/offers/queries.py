"""Reading offers. `my_offer` gives a person only what is that person’s own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.db import asked_once, for_change
from marketplace.errors import NotFound
from marketplace.i18n import LocalizedText
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import OfferStanding, OfferState, version_in_force
from marketplace.pilots.queries import hold_versions, kept_definition
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.evidence.queries import proofs_by_provider
from marketplace.providers.evidence.rules import HeldProof, counting
from marketplace.providers.models import ServiceApproval
from marketplace.providers.queries import my_provider
from marketplace.providers.rules import unproven
from marketplace.work import UnitOfWork


@asked_once
def offers_of(session: Session, provider_id: int, *, with_photos: bool = False) -> Sequence[Offer]:
    """The provider's offers with approval, versions and prices, the newest first."""
    whole = (*_whole, selectinload(Offer.photos)) if with_photos else _whole
    return session.scalars(
        sa.select(Offer).where(Offer.provider_id == provider_id).options(*whole).order_by(Offer.id.desc())
    ).all()


def my_offer(work: UnitOfWork, provider_id: int, offer_id: int, *, lock: bool = False) -> Offer:
    """An offer of the actor's provider with its versions and prices; `lock` for a change.

    Raises NotFound for any other.
    """
    my_provider(work, provider_id)
    offer = offer_to_change(work.session, offer_id) if lock else _offer(work.session, offer_id)
    if offer is None or offer.provider_id != provider_id:
        raise NotFound()
    return offer


def offer_to_change(session: Session, offer_id: int) -> Offer | None:
    """The offer, locked, as it is now: whatever concerns it and its versions goes one after another. Its approval stays
    as it is.
    """
    hold_approvals(session, Offer.id == offer_id)
    whole = sa.select(Offer).where(Offer.id == offer_id).options(*_whole)
    return session.scalars(whole.with_for_update(**for_change(Offer))).one_or_none()


def hold_approvals(session: Session, of: sa.ColumnElement[bool]) -> None:
    """Let the approvals of offers stay as they are until the transaction ends; before the offers are locked.

    Who suspends one, or leaves, waits, and then knows of what was published and agreed under it. Many may hold it.
    """
    query = (
        sa.select(ServiceApproval)
        .join(Offer, Offer.approval_id == ServiceApproval.id)
        .where(of)
        .order_by(ServiceApproval.id)
    )
    session.scalars(query.with_for_update(read=True, of=ServiceApproval)).all()


def offers_to_change(session: Session, offers: Collection[int]) -> None:
    """Lock several offers that are going to be changed one by one: their approvals first, and each by number."""
    hold_approvals(session, Offer.id.in_(offers))
    query = sa.select(Offer).where(Offer.id.in_(offers)).order_by(Offer.id)
    session.scalars(query.with_for_update(**for_change(Offer))).all()


def _offer(session: Session, offer_id: int) -> Offer | None:
    return session.get(Offer, offer_id, options=_whole)


_whole = (joinedload(Offer.approval), selectinload(Offer.versions).selectinload(OfferVersion.prices))


def title_on(offer: Offer, day: date) -> LocalizedText:
    """The title that clients see on `day`; while no version is in force, that of the last one."""
    version = version_in_force(offer.versions, day)
    return (version or offer.versions[-1]).title


def standing_of(session: Session, offer: Offer, day: date) -> OfferStanding:
    """All that decides whether the public sees the offer on `day` (see `rules.reasons_hidden`)."""
    return standings_of(session, [offer], day)[offer.id]


def standings_of(session: Session, offers: Sequence[Offer], day: date) -> dict[int, OfferStanding]:
    """The same of each of several offers, by id; the number of queries does not depend on how many there are."""
    hold_versions(session, (offer.approval.pilot_version_id for offer in offers))
    proofs = proofs_by_provider(session, {offer.provider_id for offer in offers})
    return {offer.id: _standing(session, offer, proofs[offer.provider_id], day) for offer in offers}


def _standing(session: Session, offer: Offer, proofs: Sequence[HeldProof], day: date) -> OfferStanding:
    approval = offer.approval
    definition = kept_definition(session, approval.pilot_version_id, current_ceilings=True)
    return OfferStanding(
        provider_state=approval.provider.state,
        approval_state=approval.state,
        offer_state=offer.state,
        ends_on=offer.ends_on,
        in_force=version_in_force(offer.versions, day) is not None,
        unproven=()
        if offer.state is OfferState.PRIVATE
        else unproven(
            [each.kind for each in definition.required_evidence(offer.service_key)],
            counting(proofs, definition.organisation),
            day,
            kinds_that_prove,
        ),
    )
