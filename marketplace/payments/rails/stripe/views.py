"""The provider's way to an account at Stripe."""

from __future__ import annotations

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.errors import Conflict
from marketplace.i18n import _l
from marketplace.payments.rails.stripe import queries, service
from marketplace.payments.rails.stripe.gateway import Gateway, GatewayRefusal, NoAnswer, gateway_of
from marketplace.permissions import Permission
from marketplace.providers.models import Provider
from marketplace.web.frame import current_actor, let_go, render, requires, session, settings, work

blueprint = Blueprint("stripe", __name__, url_prefix="/<int:provider_id>/stripe")


@blueprint.get("")
@requires(Permission.MANAGE_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """How the provider's account at Stripe stands."""
    provider = service.demand_payee(work(), provider_id)
    return _page(provider)


@blueprint.post("")
@requires(Permission.MANAGE_PROVIDER)
def go(provider_id: int) -> ResponseReturnValue:
    """Open the account, or ask Stripe how it stands, and show a link that leads on to Stripe."""
    provider = service.demand_payee(work(), provider_id)
    kept = queries.account_of(session(), provider_id)
    email, name, name_at_stripe = provider.email, provider.official_name, kept.account if kept else None
    let_go()
    address = settings().public_url + url_for("providers.stripe.index", provider_id=provider_id)
    gateway = _gateway()
    try:
        found = (
            gateway.account(name_at_stripe)
            if name_at_stripe
            else gateway.open_account(provider_id, email=email, name=name)
        )
        link = gateway.onboarding_link(found.id, again=address, back=address)
    except (NoAnswer, GatewayRefusal) as error:
        raise Conflict(_l("Stripe does not answer just now. Try again in a while.")) from error
    service.keep_account(work(), provider_id, found)
    return _page(session().get_one(Provider, provider_id), link=link)


def panel(provider: Provider) -> Markup:
    """A part of the provider's home: money cannot reach the provider before the account at Stripe is ready."""
    may = current_actor().may(Permission.MANAGE_PROVIDER, provider=provider.id)
    if not may or not queries.is_paid_over_stripe(session(), provider.id):
        return Markup()
    kept = queries.account_of(session(), provider.id)
    if kept is not None and kept.takes_transfers and kept.pays_out:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render("payments/stripe/_panel.html", provider=provider).get_data(as_text=True)
    )


def _page(provider: Provider, link: str = "") -> ResponseReturnValue:
    return render(
        "payments/stripe/account.html",
        provider=provider,
        account=queries.account_of(session(), provider.id),
        connected=bool(settings().stripe_key),
        link=link,
    )


def _gateway() -> Gateway:
    gateway = gateway_of(settings())
    if gateway is None:
        raise Conflict(_l("The portal is not connected to Stripe yet. Ask the organisation that pays you."))
    return gateway
