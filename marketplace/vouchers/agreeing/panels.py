"""What choosing adds to the pages of offers: the button, for whom somebody may choose."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_login import current_user
from markupsafe import Markup

from marketplace.clients.area.acting import PARAMETER, Acting, reachable
from marketplace.i18n import _, helsinki_date
from marketplace.offers.models import Offer
from marketplace.permissions import Permission
from marketplace.vouchers.granting.queries import has_decision_on
from marketplace.web.frame import current_actor, now, session


def choose_button(offer_id: int, *, about: str = "") -> Markup:
    """The button by which a signed-in client chooses the provider of an offer, or a helper for each client for whom
    the helper may act; for those with a decision on the service. Nothing for everybody else.

    `about` is read to those who do not see what the button stands beside. For the slot `search.choosing`.
    """
    if not current_user.is_authenticated or not current_actor().may(Permission.OWN_MATTERS):
        return Markup()
    offer = session().get(Offer, offer_id)
    if offer is None:
        return Markup()
    links = [(_text(each), _address(each, offer_id)) for each in reachable() if _may_choose(each, offer)]
    if not links:
        return Markup()
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template("vouchers/agreeing/_choose_button.html", links=links, about=about)
    )


def _may_choose(whose: Acting, offer: Offer) -> bool:
    return (
        whose.may_act
        and whose.client.organisation_key == offer.pilot.organisation_key
        and has_decision_on(
            session(), whose.client.id, offer.pilot_key, offer.service_key, helsinki_date(now())
        )
    )


def _text(whose: Acting) -> str:
    if whose.is_own:
        return _("Choose this provider")
    return _("Choose this provider for %(client)s", client=whose.client.title)


def _address(whose: Acting, offer_id: int) -> str:
    values: dict[str, Any] = {PARAMETER: whose.client.id}
    return url_for("client_area.agreements.choose", offer_id=offer_id, **values)
