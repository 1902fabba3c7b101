"""Whose pages these are: one's own, or those of the client for whom one acts.

Every request finds it out again, so a mandate that was revoked opens nothing any more: the answer is 404. While a
helper changes something the mandate is held, so that nothing is done by it after it was revoked. Somebody who
may see the pages of several clients has the client's number of the row in the address (`for`), never in a cookie: two
tabs of one browser may be about two clients.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from flask import current_app, g, request, url_for

from marketplace.clients.area.blueprint import blueprint
from marketplace.clients.looking import note_when_shown
from marketplace.clients.mandates.models import Mandate
from marketplace.clients.mandates.queries import hold_in_force, mandates_held, own_clients
from marketplace.clients.mandates.rules import Scope
from marketplace.clients.models import Client
from marketplace.clients.rules import Ground, Part
from marketplace.errors import DomainError, NotAllowed, NotFound
from marketplace.i18n import _l, helsinki_date
from marketplace.pilots.branding import show_organisation
from marketplace.pilots.models import Organisation
from marketplace.pilots.queries import hold
from marketplace.text import whole_number
from marketplace.web.frame import SAFE_METHODS, current_actor, now, session, work
from marketplace.work import UnitOfWork

PARAMETER: Final = "for"


class WhoseNeeded(DomainError):
    """The person may see the pages of several clients and has not said of which."""

    status = 300


@dataclass(frozen=True, slots=True)
class Acting:
    """Whose pages are shown. `mandate` is None for one's own."""

    client: Client
    mandate: Mandate | None = None

    @property
    def may_act(self) -> bool:
        """Whether more than seeing is allowed."""
        return self.mandate is None or self.mandate.scope is Scope.ACT

    @property
    def is_own(self) -> bool:
        """Whether the person is the client."""
        return self.mandate is None


def reachable() -> Sequence[Acting]:
    """Everybody whose pages the signed-in person may see: oneself first, then those who have given a mandate."""
    user_id = current_actor().user_id or 0
    own = [Acting(client) for client in own_clients(session(), user_id)]
    return [
        *own,
        *(Acting(each.client, each) for each in mandates_held(session(), user_id, helsinki_date(now()))),
    ]


def acting(part: Part, *, to_act: bool = False) -> Acting:
    """Whose page this is; every page of the area begins with it, and work done afterwards is done for that client.

    What a helper sees is written into the client's log as `part`. `to_act`: the page changes something. Raises NotFound
    when the person may see nobody's pages or not those asked for, WhoseNeeded to let the person choose, and NotAllowed
    for a helper who may only see.
    """
    found = _asked_for(reachable())
    if to_act and not found.may_act:
        raise NotAllowed(_l("Your mandate allows you to see this, not to change it."))
    if to_act and found.mandate is not None and request.method not in SAFE_METHODS:
        hold_in_force(session(), found.mandate, helsinki_date(now()))
    g.acting = found
    organisation = session().get_one(Organisation, found.client.organisation_key)
    hold(session(), organisation)
    show_organisation(organisation)
    if not found.is_own:
        note_when_shown([found.client.id], part, Ground.MANDATE)
        g.work = UnitOfWork(session(), replace(current_actor(), acting_for=found.client.id), now())
    return found


def acting_work(part: Part) -> tuple[Acting, UnitOfWork]:
    """The client whose page this is and the unit of work, for a page that changes something (see `acting`)."""
    found = acting(part, to_act=True)
    return found, work()


def _asked_for(choices: Sequence[Acting]) -> Acting:
    asked = whole_number(request.args.get(PARAMETER))
    if not choices:
        raise NotFound()
    if asked is None:
        if len(choices) > 1:
            raise WhoseNeeded()
        return choices[0]
    for each in choices:
        if each.client.id == asked:
            g.acting_for = asked
            return each
    raise NotFound()


@blueprint.app_url_defaults
def _keep_whose(endpoint: str, values: dict[str, Any]) -> None:
    """Pages of the area link to one another for the same client."""
    asked = g.get("acting_for")
    if asked is not None and PARAMETER not in values and endpoint.startswith(f"{blueprint.name}."):
        values[PARAMETER] = asked


@blueprint.app_errorhandler(WhoseNeeded)
def _ask_whose(_error: WhoseNeeded) -> Any:
    return current_app.redirect(url_for("client_area.whose", next=request.full_path.rstrip("?")))


def acting_now() -> Acting | None:
    """Whose page is being made; None on pages outside of the area."""
    return cast("Acting | None", g.get("acting"))
