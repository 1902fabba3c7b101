"""The payer's pages of Stripe: what is on the balance and filling it, and taking a payment back."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from marketplace.accounts.fresh import fresh
from marketplace.errors import Conflict, NotFound
from marketplace.i18n import _, _l
from marketplace.money import Money
from marketplace.payments.batches import at_stripe, queries
from marketplace.payments.batches.blueprint import blueprint, organisation_of_payer
from marketplace.payments.batches.forms import FillForm, TakeBackForm
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayRefusal, NoAnswer, gateway_of
from marketplace.permissions import Permission
from marketplace.web import sent_forms
from marketplace.web.frame import (
    current_actor,
    database,
    let_go,
    now,
    render,
    requires,
    session,
    settings,
    work,
)
from marketplace.web.posting import carry_out, lead_on
from marketplace.work import UnitOfWork


@blueprint.route("/stripe", methods=["GET", "POST"])
@requires(Permission.MAKE_PAYMENTS)
@fresh
def stripe_balance() -> ResponseReturnValue:
    """What is on the balance at Stripe, what will be taken from it, and filling it."""
    organisation = organisation_of_payer()
    if not at_stripe.pays_over_stripe(organisation):
        raise NotFound()
    form: Any = FillForm.from_request()
    return carry_out(
        form,
        lambda: _fill(organisation, form.amount.data),
        done=lambda _none: lead_on(
            url_for("payments.stripe_balance"),
            _("Stripe fetches the money. It takes days until it is on the balance."),
        ),
        show=lambda: _balance_page(organisation, form),
    )


def _fill(organisation: str, amount: Money) -> None:
    gateway = _connected()
    let_go()
    token = request.form.get(sent_forms.FIELD) or sent_forms.new_token()
    at_stripe.fill(database(), gateway, _begin, organisation, amount, key=f"palvelutori-fill-{token}")


def _balance_page(organisation: str, form: FillForm) -> ResponseReturnValue:
    leaves = at_stripe.still_to_leave(session(), organisation)
    balance = _balance()
    return render("payments/batches/stripe_balance.html", form=form, leaves=leaves, balance=balance)


def _balance() -> Money | None:
    """What is on the balance; None while Stripe does not say."""
    gateway = gateway_of(settings())
    if gateway is None:
        return None
    let_go()
    try:
        return gateway.balance()
    except (NoAnswer, GatewayRefusal):
        return None


@blueprint.route("/payments/<int:payment_id>/take-back", methods=["GET", "POST"])
@requires(Permission.MAKE_PAYMENTS)
@fresh
def take_back(payment_id: int) -> ResponseReturnValue:
    """Ask Stripe to take a payment back."""
    organisation_of_payer()
    row = queries.payment_for(work(), payment_id, permission=Permission.MAKE_PAYMENTS)
    if not at_stripe.may_be_taken_back(row):
        raise NotFound()
    form: Any = TakeBackForm.from_request()
    return carry_out(
        form,
        lambda: _take_back(payment_id, form.text.data or ""),
        done=lambda _none: lead_on(
            url_for("payments.payment", payment_id=payment_id),
            _("Stripe has been asked. The payment has come back when its state says so."),
        ),
        show=lambda: render(
            "payments/batches/take_back.html",
            form=form,
            payment=queries.payment_for(work(), payment_id, permission=Permission.MAKE_PAYMENTS),
        ),
    )


def _take_back(payment_id: int, reason: str) -> None:
    gateway = _connected()
    let_go()
    at_stripe.take_back(database(), gateway, _begin, payment_id, reason)


def _begin(held: Session) -> UnitOfWork:
    return UnitOfWork(held, current_actor(), now())


def _connected() -> Gateway:
    gateway = gateway_of(settings())
    if gateway is None:
        raise Conflict(_l("The portal is not connected to Stripe yet. Tell the portal’s operator."))
    return gateway
