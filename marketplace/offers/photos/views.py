"""The pages of an offer's photos, and the pictures themselves."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from marketplace.errors import NotFound
from marketplace.files.store import ReceivedFile
from marketplace.files.uploads import filestore, sent, take_files
from marketplace.i18n import _, helsinki_date
from marketplace.offers.models import Offer
from marketplace.offers.photos import queries, service
from marketplace.offers.photos.forms import DescriptionForm, PhotoForm, PictureField
from marketplace.offers.photos.pictures import MEDIA_TYPE
from marketplace.offers.queries import my_offer
from marketplace.offers.rules import OfferState
from marketplace.permissions import Permission
from marketplace.web.frame import current_actor, now, render, requires, session, work
from marketplace.web.posting import carry_out, lead_on

blueprint = Blueprint("photos", __name__)

OFFER = "/<int:provider_id>/offers/<int:offer_id>/photos"
KEPT_SECONDS = 600
"""How long a browser keeps a public picture: an offer that is hidden loses its photos within this time."""


@blueprint.route(OFFER, methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """The photos of an offer, and the form that adds one."""
    offer = my_offer(work(), provider_id, offer_id)
    take_files(PictureField, "picture")
    form = PhotoForm.from_request()
    return carry_out(
        form,
        lambda: _add(form, offer),
        done=lambda _photo: lead_on(_page(offer), _added(offer)),
        show=lambda: render("offers/photos/index.html", form=form, provider=offer.provider, offer=offer),
    )


def _add(form: PhotoForm, offer: Offer) -> None:
    picture = cast(ReceivedFile, form.picture.data)  # required, so it is there once the form is valid
    service.add_photo(
        work(),
        filestore(),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        picture=picture,
        alt=form.alt.text,
    )


def _added(offer: Offer) -> str:
    if offer.state == OfferState.DRAFT:
        return _("The photo has been added. Clients see it when the offer is published.")
    return _("The photo has been added. Clients see it with your offer.")


def _page(offer: Offer) -> str:
    return url_for("providers.photos.index", provider_id=offer.provider_id, offer_id=offer.id)


@blueprint.route(OFFER + "/<int:photo_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def describe(provider_id: int, offer_id: int, photo_id: int) -> ResponseReturnValue:
    """Other words for what a photo shows."""
    offer = my_offer(work(), provider_id, offer_id)
    photo = next((each for each in offer.photos if each.id == photo_id), None)
    if photo is None:
        raise NotFound()
    form = DescriptionForm.from_request(alt=photo.alt)
    return carry_out(
        form,
        lambda: service.describe_photo(
            work(), provider_id=provider_id, offer_id=offer_id, photo_id=photo_id, alt=form.alt.text
        ),
        done=lambda _photo: lead_on(_page(offer), _("The description has been saved.")),
        show=lambda: render(
            "offers/photos/describe.html", form=form, provider=offer.provider, offer=offer, photo=photo
        ),
    )


@blueprint.post(OFFER + "/<int:photo_id>/first")
@requires(Permission.EDIT_PROVIDER)
def first(provider_id: int, offer_id: int, photo_id: int) -> ResponseReturnValue:
    """Show a photo before the others."""
    service.show_first(work(), provider_id=provider_id, offer_id=offer_id, photo_id=photo_id)
    return redirect(url_for("providers.photos.index", provider_id=provider_id, offer_id=offer_id))


@blueprint.post(OFFER + "/<int:photo_id>/remove")
@requires(Permission.EDIT_PROVIDER)
def remove(provider_id: int, offer_id: int, photo_id: int) -> ResponseReturnValue:
    """Remove a photo."""
    service.remove_photo(work(), provider_id=provider_id, offer_id=offer_id, photo_id=photo_id)
    address = url_for("providers.photos.index", provider_id=provider_id, offer_id=offer_id)
    return lead_on(address, _("The photo has been removed."))


@blueprint.get("/photos/<int:photo_id>/<int:width>.webp")
@requires(Permission.PUBLIC)
def picture(photo_id: int, width: int) -> ResponseReturnValue:
    """A photo in one width; of a hidden offer only for those who may see it."""
    actor = current_actor() if current_user.is_authenticated else None
    photo, public = queries.photo_for(session(), actor, photo_id, helsinki_date(now()))
    kept = next((each for each in photo.renditions if each["width"] == width), None)
    if kept is None:
        raise NotFound()
    response = sent(kept["sha256"], MEDIA_TYPE, max_age=KEPT_SECONDS if public else 0)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if not public:
        response.headers["Cache-Control"] = "private, no-store"
    return response
