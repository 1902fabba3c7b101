"""The client's own pages of deliveries: each as it comes, to confirm or to object to. A helper does the same."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.clients.area.acting import acting, acting_work
from marketplace.clients.rules import Part
from marketplace.deliveries import queries, service
from marketplace.deliveries.forms import EACH_TIME, OBJECT, AskingForm, WordsForm
from marketplace.deliveries.models import Delivery
from marketplace.deliveries.recording import form_for, is_hourly, rules_of, said_faults
from marketplace.deliveries.rules import DELIVERY
from marketplace.i18n import _, helsinki_date, money_text
from marketplace.permissions import Permission
from marketplace.web.frame import found, now, render, requires, session, work
from marketplace.web.page_links import asked_page
from marketplace.web.posting import carry_out, lead_on

blueprint: Final = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("", endpoint="index")
@requires(Permission.OWN_MATTERS)
def deliveries() -> ResponseReturnValue:
    """What providers say that they have given, the latest first."""
    whose = acting(Part.DELIVERIES)
    chosen = EACH_TIME if whose.client.ask_each_time else OBJECT
    return _listed(AskingForm.from_request(asking=chosen))


def _listed(form: AskingForm) -> ResponseReturnValue:
    whose = acting(Part.DELIVERIES)
    page = queries.of_client(session(), whose.client, asked_page())
    return render(
        "deliveries/client.html",
        page=page,
        own=queries.agreements_with_own_people(session(), whose.client, helsinki_date(now())),
        form=form,
        may_act=whose.may_act,
        page_url=lambda number: url_for("client_area.deliveries.index", page=number),
    )


@blueprint.post("", endpoint="asking")
@requires(Permission.OWN_MATTERS)
def asking() -> ResponseReturnValue:
    """Choose whether one is asked about each delivery."""
    form = AskingForm.from_request()
    whose, doing = acting_work(Part.DELIVERIES)
    return carry_out(
        form,
        lambda: service.choose_asking(doing, whose.client, each_time=form.asking.data == EACH_TIME),
        done=lambda _none: lead_on(
            url_for("client_area.deliveries.index"), _("Your choice has been saved. It holds from now on.")
        ),
        show=lambda: _listed(form),
    )


@blueprint.route("/new/<int:agreement_id>", methods=["GET", "POST"], endpoint="record")
@requires(Permission.OWN_MATTERS)
def record(agreement_id: int) -> ResponseReturnValue:
    """Record what a person near to the client has given, for that person."""
    whose, doing = acting_work(Part.DELIVERIES)
    agreement = queries.own_agreement(session(), whose.client, agreement_id)
    form = form_for(agreement)
    return carry_out(
        form,
        lambda: service.record_for_own_person(doing, whose.client, agreement_id, form.said(form.measure)),
        done=lambda delivery: lead_on(
            url_for("client_area.deliveries.show", delivery_id=delivery.id),
            _("The delivery has been recorded: %(amount)s.", amount=money_text(delivery.amount)),
        ),
        faults=lambda: said_faults(doing, form, agreement),
        show=lambda: render(
            "deliveries/client_record.html",
            agreement=agreement,
            form=form,
            hourly=is_hourly(agreement),
            rules=rules_of(agreement),
        ),
    )


@blueprint.post("/<int:delivery_id>/withdraw", endpoint="withdraw")
@requires(Permission.OWN_MATTERS)
def withdraw(delivery_id: int) -> ResponseReturnValue:
    """Take back what was recorded for a person near to the client."""
    whose, doing = acting_work(Part.DELIVERIES)
    service.withdraw_for_own_person(
        doing, queries.for_client(doing.session, whose.client, delivery_id, lock=True)
    )
    return lead_on(
        url_for("client_area.deliveries.index"), _("The delivery has been withdrawn. It will not be paid.")
    )


@blueprint.get("/<int:delivery_id>", endpoint="show")
@requires(Permission.OWN_MATTERS)
def delivery(delivery_id: int) -> ResponseReturnValue:
    """One delivery, with what the client can do about it."""
    return _shown(delivery_id, WordsForm.from_request())


def _shown(delivery_id: int, form: WordsForm) -> ResponseReturnValue:
    whose = acting(Part.DELIVERIES)
    shown = queries.for_client(session(), whose.client, delivery_id)
    return render(
        "deliveries/client_delivery.html",
        delivery=shown,
        messages=queries.messages_of(session(), delivery_id),
        form=form,
        actions=DELIVERY.actions(shown.state) if whose.may_act else (),
        may_confirm=queries.may_confirm(work(), shown),
    )


@blueprint.post("/<int:delivery_id>", endpoint="act")
@requires(Permission.OWN_MATTERS)
def act(delivery_id: int) -> ResponseReturnValue:
    """Object to a delivery, or write about it."""
    form = WordsForm.from_request()
    whose, doing = acting_work(Part.DELIVERIES)
    text = form.text.data or ""

    def found_for_change() -> Delivery:
        return queries.for_client(doing.session, whose.client, delivery_id, lock=True)

    verbs = {
        "dispute": (
            lambda: service.dispute(doing, found_for_change(), text, owner_id=whose.client.counsellor_id),
            _("You have objected. The delivery is not paid before the matter is settled."),
        ),
        "answer": (lambda: service.answer(doing, found_for_change(), text), _("Your message has been sent.")),
    }
    verb, words = found(verbs.get(request.form.get("action", "")))
    return carry_out(
        form,
        verb,
        done=lambda _result: lead_on(url_for("client_area.deliveries.show", delivery_id=delivery_id), words),
        show=lambda: _shown(delivery_id, form),
    )


@blueprint.post("/<int:delivery_id>/confirm", endpoint="confirm")
@requires(Permission.OWN_MATTERS)
def confirm(delivery_id: int) -> ResponseReturnValue:
    """Say that the delivery is right."""
    whose, doing = acting_work(Part.DELIVERIES)
    service.confirm(doing, queries.for_client(doing.session, whose.client, delivery_id, lock=True))
    return lead_on(url_for("client_area.deliveries.index"), _("Thank you. The delivery has been confirmed."))


def area_link() -> tuple[str, str]:
    """The page among those of the client's area; for the slot `clients.area_links`."""
    return _("Deliveries"), url_for("client_area.deliveries.index")
