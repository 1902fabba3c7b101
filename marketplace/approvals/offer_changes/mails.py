"""Mail about a change of an offer, to one of those who act for the provider."""

from __future__ import annotations

from marketplace import outbox
from marketplace.accounts.models import User
from marketplace.offers.models import OfferVersion
from marketplace.outbox import OutboxMessage
from marketplace.work import UnitOfWork


def offer_change_approved(work: UnitOfWork, person: User, version: OfferVersion) -> OutboxMessage:
    """The changes are approved, and from when clients see them."""
    return outbox.send(
        work,
        person,
        "offer_change_approved",
        organisation_key=version.offer.pilot.organisation_key,
        title=version.title[person.language],
        day=version.valid_from,
        link=outbox.address(
            "providers.offers.preview",
            person.language,
            provider_id=version.offer.provider_id,
            offer_id=version.offer_id,
        ),
    )


def offer_change_returned(work: UnitOfWork, person: User, version: OfferVersion) -> OutboxMessage:
    """The changes were returned, and what the office writes."""
    return outbox.send(
        work,
        person,
        "offer_change_returned",
        organisation_key=version.offer.pilot.organisation_key,
        title=version.title[person.language],
        reason=version.return_reason,
        link=outbox.address(
            "providers.offers.edit",
            person.language,
            provider_id=version.offer.provider_id,
            offer_id=version.offer_id,
        ),
    )
