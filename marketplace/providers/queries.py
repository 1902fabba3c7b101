"""Reading providers, their proofs, approvals and offers. `my_…` gives a person only what is that person's own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from marketplace.errors import NotFound
from marketplace.permissions import Actor, Permission
from marketplace.pilots import queries as pilots
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.models import Evidence, Offer, OfferVersion, Provider, ServiceApproval, StoredFile
from marketplace.providers.rules import Standing, unproven, version_in_force


def my_provider(session: Session, actor: Actor, provider_id: int) -> Provider:
    """A provider for which the actor works. Raises NotFound for any other."""
    provider = session.get(Provider, provider_id)
    if provider is None or not actor.may(Permission.EDIT_PROVIDER, provider=provider_id):
        raise NotFound()
    return provider


def my_providers(session: Session, actor: Actor) -> Sequence[Provider]:
    """The providers for which the actor works, by name."""
    query = sa.select(Provider).where(Provider.id.in_(actor.providers)).order_by(Provider.official_name)
    return session.scalars(query).all()


def provider_with_business_id(session: Session, business_id: str) -> Provider | None:
    """The provider with this business ID, written `1234567-8`, or None."""
    return session.scalar(sa.select(Provider).where(Provider.business_id == business_id))


def evidence_of(session: Session, provider_id: int) -> Sequence[Evidence]:
    """All proofs of a provider, the newest of each kind first."""
    return session.scalars(
        sa.select(Evidence)
        .where(Evidence.provider_id == provider_id)
        .order_by(Evidence.kind, Evidence.issued_on.desc(), Evidence.id.desc())
    ).all()


def latest_evidence(session: Session, provider_id: int) -> dict[str, Evidence]:
    """Kind → the provider's newest proof of it."""
    latest: dict[str, Evidence] = {}
    for proof in evidence_of(session, provider_id):
        latest.setdefault(proof.kind, proof)
    return latest


def my_file(session: Session, actor: Actor, provider_id: int, file_id: int) -> StoredFile:
    """A file among the proofs of the actor's provider. Raises NotFound for any other."""
    my_provider(session, actor, provider_id)
    found = session.scalar(
        sa.select(StoredFile)
        .join(Evidence, Evidence.file_id == StoredFile.id)
        .where(StoredFile.id == file_id, Evidence.provider_id == provider_id)
        .limit(1)
    )
    if found is None:
        raise NotFound()
    return found


def approvals_of(session: Session, provider_id: int) -> Sequence[ServiceApproval]:
    """What the provider has been approved for, in every pilot."""
    return session.scalars(
        sa.select(ServiceApproval)
        .where(ServiceApproval.provider_id == provider_id)
        .order_by(ServiceApproval.pilot_key, ServiceApproval.service_key, ServiceApproval.id)
    ).all()


def my_approval(session: Session, actor: Actor, provider_id: int, approval_id: int) -> ServiceApproval:
    """An approval of the actor's provider. Raises NotFound for any other."""
    my_provider(session, actor, provider_id)
    approval = session.get(ServiceApproval, approval_id)
    if approval is None or approval.provider_id != provider_id:
        raise NotFound()
    return approval


def offers_of(session: Session, provider_id: int) -> Sequence[Offer]:
    """The provider's offers with approval, versions and prices, the newest first."""
    return session.scalars(
        sa.select(Offer).where(Offer.provider_id == provider_id).options(*_whole).order_by(Offer.id.desc())
    ).all()


def my_offer(session: Session, actor: Actor, provider_id: int, offer_id: int) -> Offer:
    """An offer of the actor's provider with its versions and prices. Raises NotFound for any other."""
    my_provider(session, actor, provider_id)
    offer = session.get(Offer, offer_id, options=_whole)
    if offer is None or offer.provider_id != provider_id:
        raise NotFound()
    return offer


_whole = (joinedload(Offer.approval), selectinload(Offer.versions).selectinload(OfferVersion.prices))


def definition_for(session: Session, approval: ServiceApproval) -> PilotDefinition:
    """The definition by which the approval was decided: it stays the measure of its proofs and its price table.

    The ceilings in it are those that the pilot has now.
    """
    return pilots.definition_in_force(session, approval.pilot_version_id)


def standing_of(session: Session, offer: Offer, day: date) -> Standing:
    """All that decides whether the public sees the offer on `day` (see `rules.reasons_hidden`)."""
    approval = offer.approval
    required = definition_for(session, approval).required_evidence(offer.service_key)
    return Standing(
        provider_state=approval.provider.state,
        approval_state=approval.state,
        offer_state=offer.state,
        ends_on=offer.ends_on,
        in_force=version_in_force(offer.versions, day) is not None,
        unproven=unproven(
            [each.kind for each in required],
            [proof for proof in evidence_of(session, offer.provider_id) if proof.counts],
            day,
            kinds_that_prove,
        ),
    )
