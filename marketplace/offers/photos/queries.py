"""Finding photos: a provider's own, and those that everybody may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from marketplace.errors import NotFound
from marketplace.offers.models import Offer, OfferPhoto
from marketplace.offers.queries import standing_of
from marketplace.offers.rules import is_visible
from marketplace.permissions import Actor, Permission


def photos_of(session: Session, offer_id: int) -> Sequence[OfferPhoto]:
    """The photos of an offer in their order."""
    return session.scalars(
        sa.select(OfferPhoto)
        .where(OfferPhoto.offer_id == offer_id)
        .order_by(OfferPhoto.position, OfferPhoto.id)
    ).all()


def photo_for(session: Session, actor: Actor | None, photo_id: int, day: date) -> tuple[OfferPhoto, bool]:
    """A photo and whether everybody may see it on `day`: then its offer is visible.

    The photo of an offer that is not visible is shown to the provider's people and the office only; for others it does
    not exist: NotFound.
    """
    photo = session.get(OfferPhoto, photo_id)
    if photo is None:
        raise NotFound()
    public = is_visible(standing_of(session, photo.offer, day), day)
    if not public and not _may_see(actor, photo.offer):
        raise NotFound()
    return photo, public


def _may_see(actor: Actor | None, offer: Offer) -> bool:
    if actor is None:
        return False
    organisation = offer.pilot.organisation_key
    return actor.may(Permission.EDIT_PROVIDER, provider=offer.provider_id) or actor.may(
        Permission.VIEW_APPLICATIONS, organisation=organisation
    )


def contents_in_use(session: Session) -> Iterator[str]:
    """The SHA-256 of every kept picture: the renditions of photos have no rows of their own."""
    for renditions in session.scalars(sa.select(OfferPhoto.renditions)):
        yield from (rendition["sha256"] for rendition in renditions)
