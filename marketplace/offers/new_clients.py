"""Whether a provider takes new clients in a pilot: said of all its published offers there at once."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from marketplace.i18n import ngettext
from marketplace.offers.models import Offer
from marketplace.offers.rules import Availability, OfferState
from marketplace.permissions import Permission
from marketplace.providers.audit_actions import ParticipationAudit
from marketplace.providers.company.queries import managed_provider
from marketplace.providers.models import Provider
from marketplace.providers.participation.service import place_of
from marketplace.web.frame import notify, requires, session, work
from marketplace.work import UnitOfWork

blueprint = Blueprint("new_clients", __name__, url_prefix="/<int:provider_id>/participation")


def published_offers(session: Session, provider_id: int, pilot_key: str) -> Sequence[Offer]:
    """The provider's published offers in a pilot."""
    return session.scalars(
        sa.select(Offer)
        .where(
            Offer.provider_id == provider_id,
            Offer.pilot_key == pilot_key,
            Offer.state == OfferState.PUBLISHED,
        )
        .order_by(Offer.id)
    ).all()


def set_new_clients(work: UnitOfWork, *, provider_id: int, pilot_key: str, taken: bool) -> int:
    """Say of every published offer in the pilot that it is full, or that it has places; how many changed.

    Raises NotAllowed, Conflict when the provider takes no part in the pilot.
    """
    managed_provider(work, provider_id)
    place = place_of(work.session, provider_id, pilot_key)
    wanted = Availability.NOW if taken else Availability.FULL
    count = 0
    for offer in published_offers(work.session, provider_id, pilot_key):
        if (offer.availability_state == Availability.FULL) == taken:
            offer.availability_state, offer.available_from, offer.queue_weeks = wanted, None, None
            offer.availability_updated_at = work.now
            count += 1
    work.record(
        ParticipationAudit.TAKE_CLIENTS if taken else ParticipationAudit.NO_NEW_CLIENTS,
        (Provider.__audit_name__, provider_id),
        organisation=place.organisation.key,
        after={"pilot": pilot_key, "offers": count},
    )
    return count


def new_clients_panel(provider: Provider, pilot_key: str) -> Markup:
    """The button that stops new clients in a pilot or takes them again; nothing when no offer is published there."""
    offers = published_offers(session(), provider.id, pilot_key)
    return Markup(  # noqa: S704 - the template escapes what it shows
        render_template(
            "offers/_new_clients.html",
            provider=provider,
            pilot_key=pilot_key,
            offers=offers,
            takes_clients=any(offer.availability_state != Availability.FULL for offer in offers),
        )
    )


@blueprint.post("/<pilot_key>/clients")
@requires(Permission.MANAGE_PROVIDER)
def clients(provider_id: int, pilot_key: str) -> ResponseReturnValue:
    """Take no new clients in a pilot, or take them again."""
    taken = request.form.get("action") == "take"
    count = set_new_clients(work(), provider_id=provider_id, pilot_key=pilot_key, taken=taken)
    if taken:
        notify(
            ngettext("%(num)d offer has free places again.", "%(num)d offers have free places again.", count)
        )
    else:
        notify(
            ngettext("%(num)d offer is now shown as full.", "%(num)d offers are now shown as full.", count)
        )
    return redirect(url_for("providers.participation.index", provider_id=provider_id))
