"""Adding, describing, ordering and removing photos of an offer. Clients see every change at once."""

from __future__ import annotations

from typing import Final

from marketplace.errors import Conflict, Invalid, NotFound
from marketplace.files.store import FileStore, ReceivedFile
from marketplace.i18n import LANGUAGES, LocalizedText, _l
from marketplace.offers.audit_actions import OfferAudit
from marketplace.offers.models import Offer, OfferPhoto
from marketplace.offers.photos.pictures import MEDIA_TYPE, narrower
from marketplace.offers.queries import my_offer
from marketplace.offers.rules import OfferState
from marketplace.pilots.trail import record_in_pilot
from marketplace.work import UnitOfWork

MOST_PHOTOS: Final = 8
LONGEST_TEXT: Final = 250


def add_photo(
    work: UnitOfWork,
    store: FileStore,
    *,
    provider_id: int,
    offer_id: int,
    picture: ReceivedFile,
    alt: LocalizedText,
) -> OfferPhoto:
    """Add a picture made by `pictures.remake` and kept in the store; narrower sizes are made here.

    Raises Invalid without its description in both languages, Conflict when the offer has ended or has enough photos,
    NotFound for another's.
    """
    offer = _my_offer(work, provider_id, offer_id)
    if len(offer.photos) >= MOST_PHOTOS:
        raise Conflict(_l("An offer has at most 8 photos. Remove one first."))
    _demand_text(alt)
    (width, height), narrow = narrower(store.read(picture.sha256))
    renditions = [{"width": width, "height": height, "size": picture.size, "sha256": picture.sha256}]
    for smaller in narrow:
        kept = store.put(smaller.content, media_type=MEDIA_TYPE, name=picture.name)
        renditions.append(
            {"width": smaller.width, "height": smaller.height, "size": kept.size, "sha256": kept.sha256}
        )
    photo = OfferPhoto(position=_next_place(offer), alt=alt, renditions=renditions, created_at=work.now)
    offer.photos.append(photo)
    after = {"alt": {"fi": alt.fi, "sv": alt.sv}, "sha256": picture.sha256}
    record_in_pilot(work, OfferAudit.PHOTO_ADD, offer, after=after)
    return photo


def describe_photo(
    work: UnitOfWork, *, provider_id: int, offer_id: int, photo_id: int, alt: LocalizedText
) -> OfferPhoto:
    """Say in other words what a photo shows. Raises Invalid, Conflict, NotFound as `add_photo`."""
    offer = _my_offer(work, provider_id, offer_id)
    photo = _photo(offer, photo_id)
    _demand_text(alt)
    before = {"alt": {"fi": photo.alt.fi, "sv": photo.alt.sv}}
    photo.alt = alt
    after = {"alt": {"fi": alt.fi, "sv": alt.sv}}
    record_in_pilot(work, OfferAudit.PHOTO_TEXT, offer, before=before, after=after)
    return photo


def show_first(work: UnitOfWork, *, provider_id: int, offer_id: int, photo_id: int) -> None:
    """Put a photo before the others. Raises Conflict and NotFound."""
    offer = _my_offer(work, provider_id, offer_id)
    photo = _photo(offer, photo_id)
    ordered = [photo, *(each for each in offer.photos if each is not photo)]
    for position, each in enumerate(ordered, start=1):
        each.position = position
    record_in_pilot(work, OfferAudit.PHOTO_FIRST, offer, after={"photo": photo_id})


def remove_photo(work: UnitOfWork, *, provider_id: int, offer_id: int, photo_id: int) -> None:
    """Remove a photo from the offer. Raises Conflict and NotFound."""
    offer = _my_offer(work, provider_id, offer_id)
    photo = _photo(offer, photo_id)
    offer.photos.remove(photo)
    before = {"sha256": photo.renditions[0]["sha256"], "alt": {"fi": photo.alt.fi, "sv": photo.alt.sv}}
    record_in_pilot(work, OfferAudit.PHOTO_REMOVE, offer, before=before)


def _my_offer(work: UnitOfWork, provider_id: int, offer_id: int) -> Offer:
    offer = my_offer(work, provider_id, offer_id, lock=True)
    if offer.state == OfferState.ENDED:
        raise Conflict(_l("The offer has ended and is no longer changed. Make a new one."))
    return offer


def _photo(offer: Offer, photo_id: int) -> OfferPhoto:
    for photo in offer.photos:
        if photo.id == photo_id:
            return photo
    raise NotFound()


def _next_place(offer: Offer) -> int:
    return max((photo.position for photo in offer.photos), default=0) + 1


def _demand_text(alt: LocalizedText) -> None:
    if alt.missing:
        raise Invalid(_l("Describe the photo in Finnish and in Swedish."), field="alt")
    if any(len(getattr(alt, language)) > LONGEST_TEXT for language in LANGUAGES):
        raise Invalid(_l("The description is too long: at most 250 characters."), field="alt")
