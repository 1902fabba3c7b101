"""Taking part: a pause, no new clients, leaving a pilot or the portal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, cast

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from marketplace.errors import NotFound
from marketplace.i18n import _, current_language, date_text, helsinki_date
from marketplace.permissions import Permission
from marketplace.providers.company.queries import managed_provider
from marketplace.providers.models import Provider
from marketplace.providers.participation import queries, service
from marketplace.providers.participation.ending import Bond, bond_of
from marketplace.providers.participation.forms import LeavingForm, PauseForm
from marketplace.providers.queries import my_provider
from marketplace.providers.rules import ProviderState
from marketplace.slots import Panel
from marketplace.web.frame import current_actor, found, now, render, requires, session, work
from marketplace.web.posting import carry_out, conflicts_lead_to, lead_on

place_panels: Final = Panel[Callable[[Provider, str], Markup]](
    "providers.place",
    "What a provider's admin can do in a pilot where it takes part: ready HTML for a pilot's key.",
)

blueprint = Blueprint("participation", __name__, url_prefix="/<int:provider_id>/participation")


@blueprint.get("")
@requires(Permission.EDIT_PROVIDER)
def index(provider_id: int) -> ResponseReturnValue:
    """Where the company takes part, the notice rules, and what can be done."""
    provider = my_provider(work(), provider_id)
    return render(
        "providers/participation/index.html",
        provider=provider,
        places=queries.places(session(), provider_id),
        ending=queries.ending(session(), provider_id),
        panels=place_panels,
        manages=current_actor().may(Permission.MANAGE_PROVIDER, provider=provider_id),
    )


@blueprint.post("")
@requires(Permission.MANAGE_PROVIDER)
def move(provider_id: int) -> ResponseReturnValue:
    """Go on after a pause, or come back after leaving."""
    verbs = {
        "resume": (service.resume, _("Your offers are shown again.")),
        "return": (
            service.come_back,
            _("The account is open again. Apply to a pilot when you want to take part."),
        ),
    }
    verb, words = found(verbs.get(request.form.get("action", "")))
    verb(work(), provider_id=provider_id)
    return lead_on(_page(provider_id), words)


@blueprint.route("/pause", methods=["GET", "POST"])
@requires(Permission.MANAGE_PROVIDER)
def pause(provider_id: int) -> ResponseReturnValue:
    """Asks until when and why before every offer is hidden, and says whom it touches; or changes the last day."""
    provider = managed_provider(work(), provider_id)
    with conflicts_lead_to(_page(provider_id)):
        service.demand_place(session(), provider_id)
    form = PauseForm.from_request(until=provider.paused_until)
    verb = service.change_end_of_pause if provider.state == ProviderState.PAUSED else service.pause
    return carry_out(
        form,
        lambda: verb(
            work(),
            provider_id=provider_id,
            until=cast(date, form.until.data),
            reason=form.reason.data or "",
        ),
        done=_paused,
        show=lambda: render(
            "providers/participation/pause.html",
            provider=provider,
            form=form,
            clients=service.clients_of(work(), provider_id),
        ),
        moved_on=_page(provider_id),
    )


def _paused(provider: Provider) -> ResponseReturnValue:
    return lead_on(
        _page(provider.id),
        _(
            "Your offers are hidden until %(day)s. The office has been told.",
            day=date_text(provider.paused_until),
        ),
    )


@blueprint.route("/<pilot_key>/leave", methods=["GET", "POST"])
@requires(Permission.MANAGE_PROVIDER)
def leave(provider_id: int, pilot_key: str) -> ResponseReturnValue:
    """Leave one pilot."""
    provider = managed_provider(work(), provider_id)
    place = next(
        (each for each in queries.places(session(), provider_id) if each.pilot.key == pilot_key), None
    )
    if place is None:
        raise NotFound()
    form = LeavingForm.from_request()
    name = place.definition.name[current_language()]
    return carry_out(
        form,
        lambda: service.leave_pilot(
            work(), provider_id=provider_id, pilot_key=pilot_key, reason=form.reason.data or ""
        ),
        done=lambda _left: lead_on(_page(provider_id), _("You have left the pilot %(pilot)s.", pilot=name)),
        show=lambda: render(
            "providers/participation/leave.html",
            provider=provider,
            form=form,
            places=[place],
            bonds=_bonds([place]),
            whole=False,
        ),
    )


@blueprint.route("/leave", methods=["GET", "POST"])
@requires(Permission.MANAGE_PROVIDER)
def leave_portal(provider_id: int) -> ResponseReturnValue:
    """Leave every pilot and the portal."""
    provider = managed_provider(work(), provider_id)
    form = LeavingForm.from_request()
    return carry_out(
        form,
        lambda: service.leave_portal(work(), provider_id=provider_id, reason=form.reason.data or ""),
        done=lambda _left: lead_on(_page(provider_id), _("The company has left the portal.")),
        show=lambda: render(
            "providers/participation/leave.html",
            provider=provider,
            form=form,
            places=queries.places(session(), provider_id),
            bonds=_bonds(queries.places(session(), provider_id)),
            whole=True,
        ),
        moved_on=_page(provider_id),
    )


def _page(provider_id: int) -> str:
    return url_for("providers.participation.index", provider_id=provider_id)


def _bonds(places: Sequence[queries.PlaceInPilot]) -> dict[str, Bond]:
    """What leaving each of the pilots today leaves to be done."""
    today = helsinki_date(now())
    return {place.pilot.key: bond_of(session(), place, today) for place in places}
