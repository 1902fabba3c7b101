"""A provider's offers: the list, the editor, several prices at once, and the preview from which one publishes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any, cast

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.errors import Conflict, DomainError, Fault, NotFound
from marketplace.i18n import LANGUAGES, LocalizedText, _, date_text, helsinki_date, in_language
from marketplace.money import Money
from marketplace.offers import listing, service
from marketplace.offers.blueprint import blueprint
from marketplace.offers.content import TEXTS, ContentProblem, NotReady, content_of, content_problems
from marketplace.offers.forms import (
    CoefficientsForm,
    OfferForm,
    PublishForm,
    coefficient_message,
    coefficients_form,
    offer_form,
    values_of,
)
from marketplace.offers.interest import interest_in
from marketplace.offers.models import Offer, OfferVersion
from marketplace.offers.pricing.rules import HOUR, coefficient_faults
from marketplace.offers.publishing import changes
from marketplace.offers.publishing import service as publishing
from marketplace.offers.publishing.doubts import doubts_about
from marketplace.offers.queries import my_offer, standing_of
from marketplace.offers.rules import (
    FreePlaces,
    OfferState,
    VersionState,
    is_over,
    reasons_hidden,
)
from marketplace.permissions import Permission
from marketplace.pilots.definition import PilotDefinition
from marketplace.pilots.queries import kept_definition
from marketplace.providers import queries
from marketplace.providers.forms import tell_overtaken
from marketplace.providers.service import Overtaken
from marketplace.web.frame import now, render, requires, session, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """The offers with what clients see of them, and the approvals under which new ones can be written."""
    provider = queries.my_provider(work(), provider_id)
    rows = listing.rows_of(session(), provider_id, now())
    form = listing.filter_form(rows, request.args)
    approvals = queries.approvals_of(session(), provider_id)
    return render(
        "offers/index.html",
        provider=provider,
        rows=listing.narrowed(rows, form),
        all_rows=rows,
        is_long=len(rows) > listing.FEW,
        form=form,
        interest=interest_in(session(), provider_id, helsinki_date(now())),
        approvals=approvals,
        closed=listing.closed_services(approvals),
        today=helsinki_date(now()),
        now=now(),
    )


@blueprint.route("/for/<int:approval_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def create(provider_id: int, approval_id: int) -> ResponseReturnValue:
    """The page on which a new offer is written; nothing is kept of it before it is saved."""
    with conflicts_lead_to(url_for("providers.offers.index", provider_id=provider_id)):
        begun = service.begun_offer(work(), provider_id=provider_id, approval_id=approval_id)

    def save(form: OfferForm) -> Offer:
        return service.create_offer(
            work(), provider_id=provider_id, approval_id=approval_id, content=form.content
        )

    return _written(begun, save)


@blueprint.route("/<int:offer_id>", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def edit(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """The page on which an offer is written; the draft is saved by it."""

    def save(form: OfferForm) -> Offer:
        return service.save_draft(
            work(), provider_id=provider_id, offer_id=offer_id, seen=form.seen.data, content=form.content
        ).offer

    return _written(my_offer(work(), provider_id, offer_id), save)


def _written(offer: Offer, save: Callable[[OfferForm], Offer]) -> ResponseReturnValue:
    """The editor of an offer that is kept already or only begun."""
    definition = kept_definition(session(), offer.approval.pilot_version_id, current_ceilings=True)
    latest = service.editable_version(offer)
    values = _first_values(latest)
    first_day = values["valid_from"]
    form = offer_form(offer, definition, first_day, values)
    saved = partial(offer_form, offer, definition, first_day, values, as_saved=True)
    others: list[tuple[str, str]] = []
    return carry_out(
        form,
        lambda: save(form),
        done=_saved,
        show=lambda: _editor(offer, latest, definition, form, others, first_day),
        faults=lambda: _content_faults(form, offer, definition, first_day),
        refuse=lambda error: others.extend(tell_overtaken(form, error, saved(), mark="seen")),
    )


def _saved(offer: Offer) -> ResponseReturnValue:
    """From the editor to what its button named: several prices at once, a new unit, or else the preview."""
    session().flush()
    match request.form.get("then"):
        case "coefficients":
            page = url_for("providers.offers.coefficients", provider_id=offer.provider_id, offer_id=offer.id)
            return lead_on(page, _("The draft has been saved."))
        case "unit":
            page = url_for("providers.units.add", provider_id=offer.provider_id)
            return lead_on(page, _("The draft has been saved. Choose the unit in it when you have added it."))
    return lead_on(
        url_for("providers.offers.preview", provider_id=offer.provider_id, offer_id=offer.id),
        _("The draft has been saved. Look at it as clients will see it, and publish it."),
    )


def _editor(
    offer: Offer,
    latest: OfferVersion,
    definition: PilotDefinition,
    form: OfferForm,
    others: list[tuple[str, str]],
    first_day: date,
) -> ResponseReturnValue:
    given = definition.service(offer.service_key)
    return render(
        "offers/edit.html",
        form=form,
        provider=offer.provider,
        offer=offer,
        latest=latest,
        definition=definition,
        service=given,
        bands=given.bands_on(first_day),
        first_day=first_day,
        hourly=_hourly(definition, offer),
        done=_texts_done(latest),
        others=others,
    )


def _content_faults(
    form: OfferForm, offer: Offer, definition: PilotDefinition, first_day: date
) -> Iterator[Fault]:
    """Beside what the form itself refuses, all that cannot be; by `first_day` when no day can be read."""
    content = replace(form.content, valid_from=form.valid_from.data or first_day)
    for problem in content_problems(offer, content, definition):
        yield problem.field, problem.message


def _first_values(latest: OfferVersion) -> dict[str, Any]:
    """What the editor begins with; a first day that has gone by becomes today."""
    values = values_of(content_of(latest)) | {"seen": service.stamp(latest)}
    return values | {"valid_from": max(latest.valid_from, helsinki_date(now()))}


def _texts_done(version: OfferVersion) -> dict[str, int]:
    """Language → how many of the texts are written in it."""
    texts: list[LocalizedText] = [getattr(version, name) for name in TEXTS]
    return {language: sum(language not in text.missing for text in texts) for language in LANGUAGES}


def _hourly(definition: PilotDefinition, offer: Offer) -> tuple[str, ...]:
    """The bands that are priced by the hour; with two or more of them, coefficients make sense."""
    return tuple(row.band for row in definition.service(offer.service_key).bands if row.unit == HOUR)


@blueprint.route("/<int:offer_id>/coefficients", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def coefficients(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """Several prices at once: a price of an hour and coefficients fill the price table of the draft."""
    offer = my_offer(work(), provider_id, offer_id)
    definition = kept_definition(session(), offer.approval.pilot_version_id, current_ceilings=True)
    hourly = _hourly(definition, offer)
    if not hourly:
        raise NotFound()
    latest = service.editable_version(offer)
    form = coefficients_form(hourly, seen=service.stamp(latest))
    return carry_out(
        form,
        lambda: _fill(form, offer),
        done=lambda _filled: lead_on(
            url_for("providers.offers.edit", provider_id=provider_id, offer_id=offer_id) + "#prices",
            _("The prices have been written into the draft. Check them here and save."),
        ),
        show=lambda: render(
            "offers/coefficients.html",
            form=form,
            provider=offer.provider,
            offer=offer,
            bands=[row for row in definition.service(offer.service_key).bands if row.unit == HOUR],
        ),
        faults=lambda: (
            (f"coefficient_{band}", coefficient_message(code))
            for band, code in coefficient_faults(form.coefficients)
        ),
        refuse=lambda error: form.show_faults(
            (name.replace("price_", "coefficient_"), message) for name, message in error.faults
        ),
    )


def _fill(form: CoefficientsForm, offer: Offer) -> None:
    """Write the prices into the draft."""
    service.fill_prices(
        work(),
        provider_id=offer.provider_id,
        offer_id=offer.id,
        seen=form.seen.data,
        base=cast(Money, form.base.data),
        coefficients=form.coefficients,
    )


@blueprint.route("/<int:offer_id>/preview", methods=["GET", "POST"])
@requires(Permission.EDIT_PROVIDER)
def preview(provider_id: int, offer_id: int) -> ResponseReturnValue:
    """The latest version as clients see it in both languages, what is missing, and the button that publishes it."""
    offer = my_offer(work(), provider_id, offer_id)
    latest = service.editable_version(offer)
    form, problems = PublishForm.from_request(seen=service.stamp(latest)), list[ContentProblem]()

    def refuse(error: DomainError) -> None:
        if isinstance(error, NotReady):  # its fields are those of the editor, to which the page leads
            problems.extend(error.problems)
        elif isinstance(error, Overtaken):
            changed = _("The draft has changed since you looked at it. Look at it again and publish it.")
            form.refuse(Conflict(changed))
            form.seen.data = service.stamp(latest)
        else:
            form.refuse(error)

    return carry_out(
        form,
        lambda: publishing.publish(
            work(),
            provider_id=provider_id,
            offer_id=offer_id,
            seen=form.seen.data,
            nothing_extra=form.nothing_extra.data,
            sure=form.sure.data,
            places=FreePlaces(form.state.data, form.available_from.data, form.queue_weeks.data),
        ),
        done=lambda version: lead_on(
            url_for("providers.offers.index", provider_id=provider_id), _published_text(version)
        ),
        show=lambda: _preview_page(offer, latest, form, problems),
        refuse=refuse,
    )


def _published_text(version: OfferVersion) -> str:
    day = date_text(version.valid_from)
    if version.state == VersionState.WAITING:
        return _(
            "The changes have been sent to the office. Clients see the offer as it was until it approves them."
        )
    return _("The offer is published. It is in force from %(day)s.", day=day)


def _preview_page(
    offer: Offer, latest: OfferVersion, form: PublishForm, problems: Sequence[ContentProblem]
) -> ResponseReturnValue:
    today = helsinki_date(now())
    definition = kept_definition(session(), offer.approval.pilot_version_id, current_ceilings=True)
    over = is_over(offer.state, offer.ends_on, today)
    unpublished = latest.state in (VersionState.DRAFT, VersionState.RETURNED) and not over
    missing = publishing.publishing_problems(offer, latest, definition, today) if unpublished else ()
    found = doubts_about(session(), offer, latest) if unpublished and not missing else ()
    replaced = changes.replaced_by(offer, latest) if latest.state != VersionState.PUBLISHED else None
    return render(
        "offers/preview.html",
        form=form,
        provider=offer.provider,
        offer=offer,
        version=latest,
        today=today,
        state=OfferState.ENDED if over else offer.state,
        unpublished=unpublished,
        may_be_withdrawn=publishing.may_be_withdrawn(offer, latest, today),
        problems=problems,
        missing=() if problems else missing,
        doubts=found,
        waits=unpublished
        and changes.waits_for_office(
            offer, latest, definition, doubted=any(doubt.for_office for doubt in found)
        ),
        differences=changes.differences(content_of(replaced), content_of(latest)) if replaced else (),
        kinds=changes.KINDS,
        reasons=reasons_hidden(standing_of(session(), offer, today), today),
        seen_in={language: _as_seen(offer, latest, language) for language in LANGUAGES},
    )


def _as_seen(offer: Offer, version: OfferVersion, language: str) -> str:
    """The version as a reader of `language` sees it, as HTML."""
    with in_language(language):
        return render_template(
            "offers/_as_seen.html",
            offer=offer,
            version=version,
            reader=language,
            today=helsinki_date(now()),
        )
