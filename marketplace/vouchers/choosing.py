"""Finding the offer that an agreement is recorded in, among those that clients can see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, contains_eager, selectinload

from marketplace.i18n import LANGUAGES
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.rules import OfferState, VersionState, version_in_force
from marketplace.paging import Page, contains, page_of
from marketplace.pilots.models import Pilot
from marketplace.pilots.queries import kept_definition
from marketplace.pilots.vocabulary import kinds_that_prove
from marketplace.providers.evidence.queries import proofs_by_provider
from marketplace.providers.evidence.rules import counting
from marketplace.providers.models import Provider, ServiceApproval
from marketplace.providers.rules import ApprovalState, ProviderState, unproven
from marketplace.sorting import by_name


@dataclass(frozen=True, slots=True)
class Choice:
    """An offer with the version in force; `proven`: clients see it, no required proof has expired."""

    offer: Offer
    version: OfferVersion
    proven: bool


def choices(
    session: Session, organisation: str, *, words: str = "", service: str = "", page: int = 1, today: date
) -> Page[Choice]:
    """The published offers in the organisation's pilots, by provider: approved, begun, not over.

    `words`: a part of the provider's name or of the offer's title. The number of queries does not depend on the
    number of offers.
    """
    query = (
        sa.select(Offer)
        .join(Pilot, Pilot.key == Offer.pilot_key)
        .join(Offer.approval)
        .join(ServiceApproval.provider)
        .where(
            Pilot.organisation_key == organisation,
            Offer.state == OfferState.PUBLISHED,
            sa.or_(Offer.ends_on.is_(None), Offer.ends_on >= today),
            ServiceApproval.state == ApprovalState.APPROVED,
            Provider.state == ProviderState.ACTIVE,
            _has_version(today),
        )
        .options(
            contains_eager(Offer.approval).contains_eager(ServiceApproval.provider),
            selectinload(Offer.versions),
        )
        .order_by(by_name(Provider.official_name), Offer.id)
    )
    if service:
        query = query.where(Offer.service_key == service)
    if words:
        query = query.where(
            sa.or_(
                contains(Provider.official_name, words),
                contains(Provider.trade_name, words),
                _has_version(today, words),
            )
        )
    found = page_of(session, query, page)
    return found.showing(_choices(session, found.rows, today))


def _has_version(today: date, words: str = "") -> sa.ColumnElement[bool]:
    """Whether some published version has begun; `words`: with these in its title."""
    begun = sa.select(OfferVersion.id).where(
        OfferVersion.offer_id == Offer.id,
        OfferVersion.state == VersionState.PUBLISHED,
        OfferVersion.valid_from <= today,
    )
    if words:
        title = sa.type_coerce(OfferVersion.title, sa.JSON)
        begun = begun.where(sa.or_(*(contains(title[each].as_string(), words) for each in LANGUAGES)))
    return begun.exists()


def _choices(session: Session, offers: Sequence[Offer], today: date) -> list[Choice]:
    proofs = proofs_by_provider(session, {offer.provider_id for offer in offers})
    found = []
    for offer in offers:
        definition = kept_definition(session, offer.approval.pilot_version_id)
        lacking = unproven(
            [each.kind for each in definition.required_evidence(offer.service_key)],
            counting(proofs[offer.provider_id], definition.organisation),
            today,
            kinds_that_prove,
        )
        version = version_in_force(offer.versions, today)
        if version is not None:
            found.append(Choice(offer, version, not lacking))
    return found
