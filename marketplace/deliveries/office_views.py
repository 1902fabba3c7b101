"""The counsellor's pages of deliveries: what is disputed, one delivery, the client's word and the office's decision."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.approvals.today import Matter
from marketplace.clients.looking import client_seen
from marketplace.clients.models import Client
from marketplace.clients.rules import Part
from marketplace.deliveries import queries, service
from marketplace.deliveries.forms import DeliveriesShownForm, WordsForm
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.recording import form_for, is_hourly, rules_of, said_faults
from marketplace.deliveries.rules import DELIVERY, DeliveryState
from marketplace.errors import NotAllowed
from marketplace.i18n import _, _l, helsinki_date, money_text
from marketplace.permissions import Actor, Permission
from marketplace.pilots.branding import show_own_organisation
from marketplace.vouchers.panels import record_seen
from marketplace.web.forms import options
from marketplace.web.frame import (
    current_actor,
    feature_blueprint,
    found,
    now,
    render,
    requires,
    session,
    work,
)
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

blueprint = feature_blueprint("office_deliveries", __name__, "/counsellor/deliveries")

_SHOWN = {
    "disputed": (DeliveryState.DISPUTED,),
    "open": (DeliveryState.RECORDED,),
    "all": tuple(DeliveryState),
}


@blueprint.get("")
@requires(Permission.VIEW_AGREEMENTS)
def index() -> ResponseReturnValue:
    """The deliveries to the organisation's clients: disputed ones first of all."""
    organisation = _organisation()
    form = DeliveriesShownForm(request.args)
    form.show.choices = options(
        [
            ("disputed", _("Disputed ones")),
            ("open", _("Those that the client can object to")),
            ("all", _("All")),
        ]
    )
    wanted = form.show.data if form.show.data in _SHOWN else "disputed"
    form.show.data = wanted
    page = queries.of_organisation(session(), organisation, _SHOWN[wanted], asked_page())
    record_seen(
        [each.agreement for each in page.rows],
        organisation=organisation,
        subject=("Organisation", organisation),
    )
    return render(
        "deliveries/office.html",
        page=page,
        form=form,
        page_url=lambda number: url_for("office_deliveries.index", show=wanted, page=number),
    )


@blueprint.get("/<int:delivery_id>")
@requires(Permission.VIEW_AGREEMENTS)
def show(delivery_id: int) -> ResponseReturnValue:
    """One delivery with what has been said about it."""
    return _shown(delivery_id, WordsForm.from_request())


def _shown(delivery_id: int, form: WordsForm) -> ResponseReturnValue:
    _organisation()
    delivery = queries.for_staff(work(), delivery_id)
    _seen(delivery)
    acts = work().may(Permission.RECORD_AGREEMENTS, organisation=delivery.organisation_key)
    return render(
        "deliveries/office_delivery.html",
        delivery=delivery,
        messages=queries.messages_of(session(), delivery_id),
        form=form,
        actions=DELIVERY.actions(delivery.state) if acts else (),
        may_confirm=queries.may_confirm(work(), delivery),
    )


@blueprint.post("/<int:delivery_id>")
@requires(Permission.RECORD_AGREEMENTS)
def act(delivery_id: int) -> ResponseReturnValue:
    """The client's word, a message, or the decision of a dispute."""
    form = WordsForm.from_request()
    text = form.text.data or ""
    verbs = {
        "dispute": (
            lambda: service.dispute(work(), _found(delivery_id), text, owner_id=work().person_id),
            _("The objection has been written down."),
        ),
        "answer": (
            lambda: service.answer(work(), _found(delivery_id), text),
            _("Your message has been sent."),
        ),
        "uphold": (
            lambda: service.decide(work(), _found(delivery_id), upheld=True, reason=text),
            _("The dispute is settled: the delivery will be paid."),
        ),
        "reverse": (
            lambda: service.reverse(work(), _found(delivery_id), text),
            _("The delivery has been taken back. What was paid for it is taken off the next statement."),
        ),
        "reject": (
            lambda: service.decide(work(), _found(delivery_id), upheld=False, reason=text),
            _("The dispute is settled: the delivery will not be paid."),
        ),
    }
    verb, words = found(verbs.get(request.form.get("action", "")))
    return carry_out(
        form,
        verb,
        done=lambda _result: lead_on(url_for("office_deliveries.show", delivery_id=delivery_id), words),
        show=lambda: _shown(delivery_id, form),
    )


@blueprint.post("/<int:delivery_id>/confirm")
@requires(Permission.RECORD_AGREEMENTS)
def confirm(delivery_id: int) -> ResponseReturnValue:
    """Write down that the client confirms."""
    service.confirm(work(), _found(delivery_id))
    return lead_on(
        url_for("office_deliveries.show", delivery_id=delivery_id), _("The delivery has been confirmed.")
    )


@blueprint.route("/of/<int:client_id>/new/<int:agreement_id>", methods=["GET", "POST"])
@requires(Permission.RECORD_AGREEMENTS)
def record(client_id: int, agreement_id: int) -> ResponseReturnValue:
    """Record for a client what a person near to the client has given."""
    _organisation()
    client = client_seen(client_id, Part.DELIVERIES, permission=Permission.MANAGE_CLIENTS)
    agreement = queries.own_agreement(session(), client, agreement_id)
    form = form_for(agreement)
    return carry_out(
        form,
        lambda: service.record_for_own_person(work(), client, agreement_id, form.said(form.measure)),
        done=lambda delivery: lead_on(
            url_for("office_deliveries.show", delivery_id=delivery.id),
            _("The delivery has been recorded: %(amount)s.", amount=money_text(delivery.amount)),
        ),
        faults=lambda: said_faults(work(), form, agreement),
        show=lambda: render(
            "deliveries/office_record.html",
            client=client,
            agreement=agreement,
            form=form,
            hourly=is_hourly(agreement),
            rules=rules_of(agreement),
        ),
    )


@blueprint.post("/<int:delivery_id>/withdraw")
@requires(Permission.RECORD_AGREEMENTS)
def withdraw(delivery_id: int) -> ResponseReturnValue:
    """Take back what was recorded for a person near to the client."""
    service.withdraw_for_own_person(work(), _found(delivery_id))
    return lead_on(
        url_for("office_deliveries.show", delivery_id=delivery_id),
        _("The delivery has been withdrawn. It will not be paid."),
    )


def own_deliveries(client: Client) -> Markup:
    """A part of the counsellor's page of a client: the agreements with people near to the client, under which the
    counsellor records for them. Nothing where there are none.
    """
    actor = current_actor()
    may = all(
        actor.may(each, organisation=client.organisation_key)
        for each in (Permission.RECORD_AGREEMENTS, Permission.MANAGE_CLIENTS)
    )
    found_ones = queries.agreements_with_own_people(session(), client, helsinki_date(now())) if may else ()
    if not found_ones:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template("deliveries/_own_people.html", client=client, agreements=found_ones)
    )


def matters(actor: Actor, _day: date) -> Iterator[Matter]:
    """Disputed deliveries among what waits for the office."""
    organisation = actor.organisation
    if organisation is not None and actor.may(Permission.VIEW_AGREEMENTS, organisation=organisation):
        yield Matter(
            _("Disputed deliveries"),
            queries.disputed_count(session(), organisation),
            url_for("office_deliveries.index"),
            "warning",
        )


def _organisation() -> str:
    organisation = current_actor().organisation
    if organisation is None:
        raise NotAllowed(_l("Your account does not belong to an organisation."))
    show_own_organisation()
    return organisation


def _found(delivery_id: int) -> Delivery:
    return queries.for_counsellor(work(), delivery_id)


def _seen(delivery: Delivery) -> None:
    record_seen(
        [delivery.agreement],
        organisation=delivery.organisation_key,
        subject=(Delivery.__audit_name__, delivery.id),
    )
