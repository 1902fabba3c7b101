"""A provider's offers: the list, the editor, the preview from which an offer is published, free places, the end."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import Invalid
from marketplace.i18n import LANGUAGES, _, date_text, helsinki_date, in_language
from marketplace.permissions import Permission
from marketplace.providers import queries
from marketplace.providers.forms import differences
from marketplace.providers.models import Offer, OfferVersion
from marketplace.providers.offers import service
from marketplace.providers.offers.content import NotReady, Problem, content_of, publishing_problems
from marketplace.providers.offers.forms import (
    AvailabilityForm,
    EndForm,
    PublishForm,
    offer_form_class,
    values_of,
)
from marketplace.providers.rules import availability_is_stale, reasons_hidden, version_in_force
from marketplace.providers.service import Overtaken
from marketplace.web import current_actor, notify, now, render, requires, session

blueprint = Blueprint("offers", __name__, url_prefix="/<int:provider_id>/offers")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The offers with what clients see of them, and the approvals under which new ones can be written."""
    provider = queries.my_provider(session(), current_actor(), provider_id)
    today = helsinki_date(now())
    offers = queries.offers_of(session(), provider_id)
    return render(
        "providers/offers/index.html",
        provider=provider,
        rows=[_row(offer) for offer in offers],
        approvals=queries.approvals_of(session(), provider_id),
        today=today,
    )


def _row(offer: Offer) -> dict[str, Any]:
    today = helsinki_date(now())
    latest = service.editable_version(offer)
    shown = version_in_force(offer.versions, today) or latest
    return {
        "offer": offer,
        "version": shown,
        "draft": latest if latest.state != "published" else None,
        "coming": latest if latest.state == "published" and latest.valid_from > today else None,
        "reasons": reasons_hidden(queries.standing_of(session(), offer, today), today),
        "stale": availability_is_stale(offer.availability_updated_at, now()),
    }


@blueprint.post("/for/<int:approval_id>")
@requires(Permission.EDIT_PROVIDER)
def create(provider_id: int, approval_id: int) -> ResponseReturnValue:
    """Begin an offer under an approval."""
    offer = service.create_offer(
        session(), actor=current_actor(), now=now(), provider_id=provider_id, approval_id=approval_id
    )
    return redirect(url_for("providers.offers.edit", provider_id=provider_id, offer_id=offer.id))


@blueprint.route("/<int:offer_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def edit(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """The editor."""
    offer = queries.my_offer(session(), current_actor(), provider_id, offer_id)
    definition = queries.definition_for(session(), offer.approval)
    latest = service.editable_version(offer)
    values = _first_values(latest)
    shape = offer_form_class(offer, definition)
    form, others, status = shape.from_request(**values), [], 200
    if form.validate_on_submit():
        try:
            service.save_draft(
                session(), actor=current_actor(), now=now(), provider_id=provider_id,
                offer_id=offer_id, seen=form.seen.data, content=form.content,
            )  # fmt: skip
        except NotReady as error:
            for problem in error.problems:
                form.refuse(Invalid(problem.message, field=problem.field))
        except Overtaken as error:
            form.refuse(error)
            others = differences(form, shape(formdata=None, **values))
            form.seen.data, status = service.stamp(latest), error.status
        else:
            notify(_("The draft has been saved. Look at it as clients will see it, and publish it."))
            return redirect(url_for("providers.offers.preview", provider_id=provider_id, offer_id=offer_id))
    return render(
        "providers/offers/edit.html",
        status=422 if form.errors and status == 200 else status,
        form=form,
        provider=offer.provider,
        offer=offer,
        latest=latest,
        definition=definition,
        service=definition.service(offer.service_key),
        others=others,
    )


def _first_values(latest: OfferVersion) -> dict[str, Any]:
    """What the editor begins with; a first day that has gone by becomes today."""
    values = values_of(content_of(latest)) | {"seen": service.stamp(latest)}
    return values | {"valid_from": max(latest.valid_from, helsinki_date(now()))}


@blueprint.route("/<int:offer_id>/preview", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def preview(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """The latest version as clients see it in both languages, what is missing, and the button that publishes it."""
    offer = queries.my_offer(session(), current_actor(), provider_id, offer_id)
    latest = service.editable_version(offer)
    form, status = PublishForm.from_request(seen=service.stamp(latest)), 200
    problems: tuple[Problem, ...] = ()
    if form.validate_on_submit():
        try:
            version = service.publish(
                session(), actor=current_actor(), now=now(), provider_id=provider_id,
                offer_id=offer_id, seen=form.seen.data,
            )  # fmt: skip
        except NotReady as error:
            problems, status = error.problems, error.status
        except Overtaken as error:
            form.form_errors.append(
                _("The draft has changed since you looked at it. Look at it again and publish it.")
            )
            form.seen.data, status = service.stamp(latest), error.status
        else:
            notify(
                _("The offer is published. It is in force from %(day)s.", day=date_text(version.valid_from))
            )
            return redirect(url_for("providers.offers.index", provider_id=provider_id))
    today = helsinki_date(now())
    definition = queries.definition_for(session(), offer.approval)
    unpublished = latest.state != "published" and offer.state != "ended"
    return render(
        "providers/offers/preview.html",
        status=status,
        form=form,
        provider=offer.provider,
        offer=offer,
        version=latest,
        unpublished=unpublished,
        problems=problems,
        missing=publishing_problems(offer, latest, definition, today) if unpublished and not problems else (),
        reasons=reasons_hidden(queries.standing_of(session(), offer, today), today),
        seen_in={language: _as_seen(offer, latest, language) for language in LANGUAGES},
    )


def _as_seen(offer: Offer, version: OfferVersion, language: str) -> str:
    """The version as a reader of `language` sees it, as HTML."""
    with in_language(language):
        return render_template(
            "providers/offers/_as_seen.html",
            offer=offer,
            version=version,
            reader=language,
            today=helsinki_date(now()),
        )


@blueprint.route("/<int:offer_id>/availability", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def availability(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """How many places are free: by one click from the list, or with a date or a number of weeks here."""
    offer = queries.my_offer(session(), current_actor(), provider_id, offer_id)
    form = AvailabilityForm.from_request(
        state=offer.availability_state, available_from=offer.available_from, queue_weeks=offer.queue_weeks
    )
    if form.validate_on_submit():
        try:
            service.set_availability(
                session(), actor=current_actor(), now=now(), provider_id=provider_id, offer_id=offer_id,
                state=form.state.data, available_from=form.available_from.data, queue_weeks=form.queue_weeks.data,
            )  # fmt: skip
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("Clients now see how things stand with free places."))
            return redirect(url_for("providers.offers.index", provider_id=provider_id))
    status = 422 if form.is_submitted() else 200
    return render(
        "providers/offers/availability.html", status=status, form=form, provider=offer.provider, offer=offer
    )


@blueprint.route("/<int:offer_id>/end", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def end(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """End an offer, at once or after a day."""
    offer = queries.my_offer(session(), current_actor(), provider_id, offer_id)
    form = EndForm.from_request(last_day=offer.ends_on)
    if form.validate_on_submit():
        try:
            ended = service.end(
                session(), actor=current_actor(), now=now(), provider_id=provider_id,
                offer_id=offer_id, last_day=form.last_day.data,
            )  # fmt: skip
        except Invalid as error:
            form.refuse(error)
        else:
            notify(_("The last day of the offer is %(day)s.", day=date_text(ended.ends_on)))
            return redirect(url_for("providers.offers.index", provider_id=provider_id))
    status = 422 if form.is_submitted() else 200
    return render("providers/offers/end.html", status=status, form=form, provider=offer.provider, offer=offer)
