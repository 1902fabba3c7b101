"""The steps of an offer beside writing it: free places, copying, taking back, deleting a draft, the end."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import NotFound
from marketplace.i18n import _, date_text, helsinki_date, ngettext
from marketplace.offers import service
from marketplace.offers.blueprint import blueprint
from marketplace.offers.forms import AvailabilityForm, DeleteForm, EndOfferForm, WithdrawForm
from marketplace.offers.models import Offer
from marketplace.offers.publishing import service as publishing
from marketplace.offers.queries import my_offer
from marketplace.offers.rules import Availability, OfferState, VersionState
from marketplace.permissions import Permission
from marketplace.text import whole_number
from marketplace.web.forms import chosen as form_choice
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

HOLDS = "holds"
"""The button that says of the chosen offers that what was said still holds."""


def _to_list(provider_id: int, message: str) -> ResponseReturnValue:
    return lead_on(url_for("providers.offers.index", provider_id=provider_id), message)


def _to_editor(offer: Offer, message: str) -> ResponseReturnValue:
    return lead_on(
        url_for("providers.offers.edit", provider_id=offer.provider_id, offer_id=offer.id), message
    )


@blueprint.route("/<int:offer_id>/availability", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def availability(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """How many places are free: by one click from the list, or with a date or a number of weeks here."""
    offer = my_offer(work(), provider_id, offer_id)
    form = AvailabilityForm.from_request(
        state=offer.availability_state, available_from=offer.available_from, queue_weeks=offer.queue_weeks
    )
    return carry_out(
        form,
        lambda: service.set_availability(
            work(),
            provider_id=provider_id,
            offer_id=offer_id,
            state=form.state.data,
            available_from=form.available_from.data,
            queue_weeks=form.queue_weeks.data,
        ),
        done=lambda told: _to_list(provider_id, _told(told)),
        show=lambda: render("offers/availability.html", form=form, provider=offer.provider, offer=offer),
    )


@blueprint.post("/<int:offer_id>/availability/holds")
@requires(Permission.EDIT_PROVIDER)
def availability_holds(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """What was said about free places still holds: one click from the list."""
    told = service.confirm_availability(work(), provider_id=provider_id, offer_id=offer_id)
    return _to_list(provider_id, _told(told))


def _told(offer: Offer) -> str:
    """What follows from a word about the free places of an offer."""
    if offer.state == OfferState.DRAFT:
        return _("The free places have been saved. Clients see them when the offer is published.")
    return _("Clients now see how things stand with free places.")


@blueprint.post("/availability")
@requires(Permission.EDIT_PROVIDER)
def availability_of_many(provider_id: int) -> ResponseReturnValue:
    """The free places of the offers chosen in the list, or of all that it shows."""
    said = request.form.get("state", "")
    named = request.form.getlist("shown" if request.form.get("all") else "chosen")
    chosen = [number for text in named if (number := whole_number(text)) is not None]
    narrowed: dict[str, Any] = {
        name: request.args[name] for name in ("q", "service", "state") if request.args.get(name)
    }
    page = url_for("providers.offers.index", provider_id=provider_id, **narrowed)
    if not chosen:
        return lead_on(page, _("Choose the services first."), "warning")
    with conflicts_lead_to(page):
        count = service.set_availability_of(
            work(),
            provider_id=provider_id,
            offers=chosen,
            state=None if said == HOLDS else form_choice(Availability, said),
        )
    told = ngettext(
        "The free places of %(num)d service have been saved.",
        "The free places of %(num)d services have been saved.",
        count,
    )
    return lead_on(page, told)


@blueprint.post("/<int:offer_id>/copy")
@requires(Permission.EDIT_PROVIDER)
def copy(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """Begin a new offer with what this one says."""
    offer = service.copy_offer(work(), provider_id=provider_id, offer_id=offer_id)
    session().flush()
    return _to_editor(offer, _("This is a copy, still a draft. Change what is different in it."))


@blueprint.post("/<int:offer_id>/take-back")
@requires(Permission.EDIT_PROVIDER)
def take_back(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """Take changes back from the office to write them further."""
    publishing.take_back(work(), provider_id=provider_id, offer_id=offer_id)
    return _to_editor(
        my_offer(work(), provider_id, offer_id),
        _("The changes are back in draft. The office does not decide on them before you send them again."),
    )


@blueprint.route("/<int:offer_id>/versions/<int:number>/withdraw", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def withdraw(provider_id: int, offer_id: int, number: int) -> ResponseReturnValue:
    """Withdraw published changes before their first day, after asking."""
    offer = my_offer(work(), provider_id, offer_id)
    version = next((each for each in offer.versions if each.number == number), None)
    if version is None:
        raise NotFound()
    form = WithdrawForm.from_request()
    others = [each for each in offer.versions if each is not version]
    return carry_out(
        form,
        lambda: publishing.withdraw(work(), provider_id=provider_id, offer_id=offer_id, number=number),
        done=lambda _version: _to_list(
            provider_id,
            _("The changes are withdrawn. They are a draft again, and clients see the offer as it is now."),
        ),
        show=lambda: render(
            "offers/withdraw.html",
            form=form,
            provider=offer.provider,
            offer=offer,
            version=version,
            possible=publishing.may_be_withdrawn(offer, version, helsinki_date(now())),
            only=not any(each.state == VersionState.PUBLISHED for each in others),
        ),
    )


@blueprint.route("/<int:offer_id>/delete", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def delete(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """Delete a draft, after asking."""
    offer = my_offer(work(), provider_id, offer_id)
    form = DeleteForm.from_request()
    return carry_out(
        form,
        lambda: service.delete_draft(work(), provider_id=provider_id, offer_id=offer_id),
        done=lambda _gone: _to_list(provider_id, _("The draft has been deleted.")),
        show=lambda: render("offers/delete.html", form=form, provider=offer.provider, offer=offer),
    )


@blueprint.route("/<int:offer_id>/end", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def end(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """End an offer, at once or after a day."""
    offer = my_offer(work(), provider_id, offer_id)
    form = EndOfferForm.from_request(last_day=offer.ends_on)
    return carry_out(
        form,
        lambda: service.end(work(), provider_id=provider_id, offer_id=offer_id, last_day=form.last_day.data),
        done=lambda ended: _to_list(
            provider_id, _("The last day of the offer is %(day)s.", day=date_text(ended.ends_on))
        ),
        show=lambda: render(
            "offers/end.html", form=form, provider=offer.provider, offer=offer, today=helsinki_date(now())
        ),
    )


@blueprint.post("/<int:offer_id>/keep")
@requires(Permission.EDIT_PROVIDER)
def keep(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """Take back an end that is still ahead."""
    service.keep(work(), provider_id=provider_id, offer_id=offer_id)
    return _to_list(provider_id, _("The offer goes on until further notice."))
